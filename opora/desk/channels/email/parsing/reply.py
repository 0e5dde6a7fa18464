"""The author's new words, apart from what was quoted. Own engine: the time is linear in the length of the text.

Two faults are possible and they do not weigh the same: a piece of quotation left in annoys, a lost word of the author harms.
So only what mail programs write as the opening of a quotation, or mark as one, is folded away, and the whole text is kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .blocks import back_over_addressees, back_over_rules, header_block, is_label
from .charsets import decode_noting
from .html import QUOTE_MARK, read_html
from .letter import Letter
from .openings import WIDTH_LIMIT, attribution, is_separator, late_attribution, may_end_attribution
from .quoting import Marks, own_words_after
from .signatures import is_added, is_signature_mark, parted_from_armour, signature_begins

LINE_LIMIT = 5000
_DIGIT = re.compile(r"\d")
BODY_LIMIT = 1_000_000
_QUOTES_IN_HTML = re.compile(
    r"<blockquote|divRplyFwdMsg|appendonsend|gmail_quote|yahoo_quoted|border-top:\s?solid", re.I
)
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype|html|head|body|div|p|table|span|br|meta|style|font|b|center|blockquote)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """The author's own words, and what is folded away below them."""

    reply: str
    quoted: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A quotation: lines `begin` to `end` are folded away, and the first `words` characters of line `begin` are not."""

    begin: int
    end: int
    words: int = 0


def cut_reply(text: str) -> Cut:
    """The new words and the quoted ones. All of `text` stands in one or the other; `reply` is blank only if `text` is."""
    lines = text.replace("\r\n", "\n").split("\n", LINE_LIMIT)
    if "-----BEGIN PGP SIG" in text:
        lines, armour = parted_from_armour(lines)
        cut = _cut(lines)
        return Cut(cut.reply, "\n".join([cut.quoted, *armour]).strip("\n"))
    return _cut(lines)


def _cut(lines: list[str]) -> Cut:
    found = _find_quotation(lines)
    own, quoted = _parted(lines, found)
    at = signature_begins(own)
    if at < len(own):
        above = found.begin + (1 if found.words else 0)
        if at < above:
            own, quoted = own[:at] + own[above:], own[at:above] + quoted
            rest = signature_begins(own) if found.end < len(lines) else len(own)
            own, quoted = own[:rest], quoted + own[rest:]
        else:
            own, quoted = own[:at], quoted + own[at:]
    reply = _tidy(own)
    if not reply:
        return Cut(_tidy(lines), "")
    return Cut(reply, "\n".join(line for line in quoted if line != QUOTE_MARK).strip("\n"))


def _tidy(lines: list[str]) -> str:
    return "\n".join(line for line in lines if line != QUOTE_MARK).strip()


def _parted(lines: list[str], found: _Found) -> tuple[list[str], list[str]]:
    own, quoted = lines[: found.begin], lines[found.begin : found.end]
    if found.words:
        own.append(quoted[0][: found.words])
        quoted[0] = quoted[0][found.words :]
    return own + lines[found.end :], quoted


def _find_quotation(lines: list[str]) -> _Found:
    marks = Marks(lines, LINE_LIMIT)
    nothing = _Found(len(lines), len(lines))
    for number in range(min(len(lines), LINE_LIMIT)):
        line = lines[number]
        if not line or line.isspace():
            continue
        if marks.is_quoted(number):
            return _marked(lines, marks, number, number) or nothing
        if line[0] == QUOTE_MARK:
            return _Found(back_over_rules(lines, number), len(lines))
        if _worth_a_look(line) and (found := _opening(lines, marks, number)) is not None:
            return found
    return nothing


def _worth_a_look(line: str) -> bool:
    stripped = line[:WIDTH_LIMIT].strip() if len(line) < WIDTH_LIMIT else line[:40] + line[-200:].rstrip()
    return bool(stripped) and (
        stripped[0] in "-_*=—–#>" or ":" in stripped[:30] or "：" in stripped[:12] or may_end_attribution(stripped)
        or (len(stripped) < 90 and is_separator(stripped))
    )  # fmt: skip


def _opening(lines: list[str], marks: Marks, number: int) -> _Found | None:
    """The quotation that opens with this line, or whose attribution ends with it."""
    line = lines[number][:WIDTH_LIMIT].strip()
    if is_separator(line):
        return _Found(back_over_rules(lines, number), len(lines))
    below = marks.next_with_words(number + 1)
    quoted_below = below < len(lines) and marks.is_quoted(below)
    if (
        may_end_attribution(line)
        and marks.glance()
        and _is_rich_enough(line, lines, number, quoted_below)
        and marks.spend(len(line))
    ):
        if (words := late_attribution(lines[number])) is not None:
            return _behind_attribution(lines, marks, _Found(number, number, words), below, quoted_below)
        begin = attribution(lines, number, quoted_below)
        if begin is not None:
            return _behind_attribution(
                lines, marks, _Found(back_over_addressees(lines, begin), number), below, quoted_below
            )
    if (
        (":" in line[:30] or "：" in line[:30])
        and is_label(line)
        and marks.spend(len(line))
        and header_block(lines, number) is not None
    ):
        return _Found(back_over_rules(lines, number), len(lines))
    return None


def _is_rich_enough(line: str, lines: list[str], number: int, quoted_below: bool) -> bool:
    """A cheap look: an attribution names a moment or a mailbox, in its line or the one or two before, or stands before `>`."""
    if quoted_below:
        return True
    joined = line + "".join(text[-200:] for text in lines[max(0, number - 4) : number])
    return "@" in joined or bool(_DIGIT.search(joined))


def _behind_attribution(lines: list[str], marks: Marks, opening: _Found, below: int, quoted_below: bool) -> _Found:
    if quoted_below:
        found = _marked(lines, marks, opening.begin, below)
        if found is None:  # answers stand between the quoted lines: only the attribution itself goes
            return _Found(opening.begin, opening.end + 1, opening.words)
        return _Found(opening.begin, found.end, opening.words)
    return _Found(opening.begin, len(lines), opening.words)


def _marked(lines: list[str], marks: Marks, begin: int, first: int) -> _Found | None:
    """A block of marked lines from `first`. None when the author's words stand between the marked lines."""
    end = marks.block_end(first)
    rest = own_words_after(lines, end, LINE_LIMIT)
    if not rest or _only_added(rest):
        return _Found(begin, len(lines))
    if marks.any_quoted(end):
        return None
    if begin == first and any(line.strip() for line in lines[:begin]):
        return None  # words above and below, and no program says who wrote: a passage the author quotes
    return _Found(begin, end)


def _only_added(rest: Sequence[str]) -> bool:
    return is_signature_mark(rest[0]) or (len(rest) == 1 and is_added(rest[0]))


def cut_letter(plain: str, html: str) -> tuple[str, Cut]:
    """The words of a letter, and its reply: of the plain part, with what the HTML part knows of the quotation."""
    if not plain.strip():
        marked = read_html(html, marked=True)
        return without_marks(marked), cut_reply(marked)
    cut = cut_reply(plain)
    if not cut.quoted and html and _QUOTES_IN_HTML.search(html):
        cut = _cut_as(plain, cut_reply(read_html(html, marked=True))) or cut
    return plain, cut


def _cut_as(plain: str, other: Cut) -> Cut | None:
    """The plain words cut where the HTML's own reply ends, if they begin with the same words."""
    words = other.reply.split()
    if not other.quoted or plain.split(maxsplit=len(words))[: len(words)] != words:
        return None
    at = 0
    for word in words:
        at = plain.index(word, at) + len(word)
    return Cut(plain[:at].strip(), plain[at:].strip("\n")) if plain[at:].strip() else None


def without_marks(text: str) -> str:
    """The text without the lines that only mark where a quoted letter opens."""
    return "\n".join(line for line in text.split("\n") if line != QUOTE_MARK).strip() if QUOTE_MARK in text else text


def cut_body(raw: bytes) -> Letter:
    """A letter made of a bare body, text or HTML, with its reply cut. Never raises."""
    text, defect = decode_noting(raw[:BODY_LIMIT])
    defects = [defect] if defect not in ("", "charset missing") else []
    if len(raw) > BODY_LIMIT:
        defects.append("text over 1 MB")
    html = text if _HTML.match(text[:2000]) else ""
    text, cut = cut_letter("" if html else text, html)
    return Letter(text=text, html=html, reply_text=cut.reply, quoted_text=cut.quoted, defects=tuple(defects))
