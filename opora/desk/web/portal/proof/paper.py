"""The proof on paper: A4 across, the sums first, then every promise in a table whose head stands on each page."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from textwrap import fill
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from opora.desk.sla.words import say_length
from opora.desk.web.portal import plain
from opora.desk.web.portal.proof.rows import Proof, Row, Sum

FONTS = Path(__file__).resolve().parent.parent / "fonts"
PLAIN, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
INK, QUIET, LINE, STRIPE, GOOD, LATE = "#1b1b22", "#53535f", "#d0d0da", "#f7f7f9", "#17693b", "#b3212f"
TONES = {"kept": GOOD, "missed": LATE}
MARGIN, CELL = 36, 7.5


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the top: whose proof it is, of which period, by which contract, and when it was made."""

    organisation: str
    period: str
    contract: str
    made: datetime
    language: str


def as_pdf(proof: Proof, heading: Heading) -> bytes:
    """The pages. The same rows make the same bytes."""
    from reportlab.lib.pagesizes import A4, landscape  # type: ignore[import-untyped]
    from reportlab.platypus import SimpleDocTemplate, Spacer  # type: ignore[import-untyped]

    _load_fonts()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=landscape(A4),
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 10,
        title=f"{_('Proof of promises')}: {heading.organisation}, {heading.period}",
        author="Opora",
        lang=heading.language,
        invariant=1,
    )
    story = [*_top(heading), _sums(proof.sums, document.width), Spacer(0, 14)]
    story += [_table(proof.rows, document.width)] if proof.rows else [_words(_("Nothing was promised in this period."))]
    document.build(story, canvasmaker=_numbered_pages())
    return out.getvalue()


@cache
def _load_fonts() -> None:
    from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))


def _words(text: str, *, size: float = 8, colour: str = INK, font: str = PLAIN) -> Any:
    """A paragraph; whatever is in the text is text."""
    from reportlab.platypus import Paragraph

    return Paragraph(escape(text), _style(font, size, colour))


@cache
def _style(font: str, size: float, colour: str) -> Any:
    from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]

    name, leading = f"{font}{size}{colour}", size * 1.35
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=leading, textColor=_colour(colour))


@cache
def _colour(written: str) -> Any:
    """The colour read once: a page names hundreds."""
    from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]

    return HexColor(written)


def _top(heading: Heading) -> list[Any]:
    from reportlab.platypus import Spacer

    made = _("Made on %(moment)s (%(zone)s).") % {
        "moment": plain.say_moment(heading.made, year=True),
        "zone": plain.zone_in_words(heading.made),
    }
    counts = _("Every promise that began in the period, as it stands now. Lengths are working time by the contract.")
    return [
        _words(_("Proof of promises"), size=17, font=BOLD),
        Spacer(0, 4),
        _words(f"{heading.organisation}, {heading.period}", size=11),
        _words(" ".join(filter(None, [heading.contract, made, counts])), colour=QUIET),
        Spacer(0, 12),
    ]


def _sums(sums: Sequence[Sum], width: float) -> Any:
    head = [_("Promise"), _("Kept"), _("Missed"), _("Open or taken back"), _("Kept, of those decided")]
    lines = [
        [one.promise, str(one.kept), str(one.missed), str(one.others), "—" if one.share is None else f"{one.share} %"]
        for one in sums
    ]
    return _ruled([head, *lines], [width * 0.3, *([width * 0.12] * 4)])


def _table(rows: Sequence[Row], width: float) -> Any:
    head = [_("Request"), _("Promise"), _("Promised by"), _("Answered"), _("Counted"), _("Outcome"), _("Why")]
    shares = (0.235, 0.1, 0.11, 0.11, 0.1, 0.085, 0.26)
    tones = [("TEXTCOLOR", (5, n), (5, n), _colour(TONES.get(row.state, QUIET))) for n, row in enumerate(rows, start=1)]
    return _ruled([head, *map(_line, rows)], [width * share for share in shares], tones)


def _line(row: Row) -> list[Any]:
    """Only what may be long is a paragraph: a thousand of them take a second."""
    from reportlab.platypus import Paragraph

    about = _("%(priority)s, asked by %(name)s") % {"priority": row.priority, "name": row.requester}
    counted, target = say_length(row.counted), say_length(row.target)
    return [
        Paragraph(f"{row.mark}  {escape(row.subject)}<br/><font color='{QUIET}'>{escape(about)}</font>", _cell()),
        fill(row.promise, 17),
        plain.say_moment(row.due),
        plain.say_moment(row.ended) if row.ended else "—",
        _("%(counted)s\nof %(target)s") % {"counted": counted, "target": target},
        fill(row.outcome, 14),
        Paragraph(escape(row.why), _cell()),
    ]


def _cell() -> Any:
    return _style(PLAIN, CELL, INK)


def _ruled(lines: list[list[Any]], widths: list[float], more: Sequence[tuple[Any, ...]] = ()) -> Any:
    """A table whose first line is its head, with thin rules."""
    from reportlab.platypus import LongTable, TableStyle

    head, *rest = lines
    cells = [[_words(word, font=BOLD, colour=QUIET, size=7) for word in head], *rest]
    style = [
        ("FONT", (0, 1), (-1, -1), PLAIN, CELL, CELL * 1.35),
        ("TEXTCOLOR", (0, 1), (-1, -1), _colour(INK)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, _colour(QUIET)),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, _colour(LINE)),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [_colour("#ffffff"), _colour(STRIPE)]),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        *more,
    ]
    return LongTable(cells, colWidths=widths, repeatRows=1, style=TableStyle(style), hAlign="LEFT")


def _numbered_pages() -> type:
    """A canvas that writes "page 2 of 5" below each page, once it knows how many there are."""
    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self.setFont(PLAIN, 7)
                self.setFillColor(_colour(QUIET))
                words = _("Page %(number)s of %(count)s") % {"number": number, "count": len(self._pages)}
                self.drawRightString(self._pagesize[0] - MARGIN, MARGIN - 8, words)
                super().showPage()
            super().save()

    return Numbered
