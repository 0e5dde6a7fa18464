"""Forwarded letters: who wrote the inner one. It may be enclosed, or written out under the words by any mail program."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_tz

from .addresses import read_people
from .charsets import decode
from .headers import split_head
from .letter import Forwarded, Person
from .openings import header_block, opens_forward
from .tree import Part

LINE_LIMIT = 400

_SUBJECT = re.compile(
    r"\s*(?:(?:re|отв|aw|sv)\s*:\s*)*(?:fwd?|пересл|перенаправл|fw|wg|tr|rv|i|vb|vs|doorst|encaminhada|enc|pd|"
    r"továbbítás|ilt|转发|轉寄)\s*"
    r"(?:\[\d+\])?\s*[:：]",
    re.I,
)
_ONE_LINE = re.compile(r"(?:from|от)\s*:\s*(.{3,200}?)\s*(?:to|кому|sent|отправлено|date|дата|subject|тема)\s*:", re.I)
_TITLE = re.compile(r"(?:subject|тема)\s*:\s*(.{1,300})$", re.I)
_MAILTO = re.compile(r"\[mailto:([^\]\s]+)\]|<mailto:([^>\s]+)>", re.I)
_MONTHS = {
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "мая": 5, "май": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11,
    "дек": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12, "mär": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "juin": 6, "juil": 7, "aoû": 8, "déc": 12,
}  # fmt: skip
_DAY_MONTH = re.compile(r"\b(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]{3,9})\.?,?\s+(?:de\s+)?(\d{4})")
_MONTH_DAY = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2}),\s+(\d{4})")
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_DASHED = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_TIME = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm])?")
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?([+-])(\d{2}):?(\d{2})\b")


def read_forwarded(tree: Part, subject: str, text: str) -> Forwarded | None:
    """The forwarded letter; None when this is none."""
    titled = bool(_SUBJECT.match(subject))
    written_out = _written_out(text, titled)
    if written_out is not None:
        return written_out
    enclosed = [
        leaf for leaf in tree.leaves() if leaf.type in ("message/rfc822", "message/global") and leaf is not tree
    ]
    digest = tree.type in ("multipart/digest", "multipart/report")
    return _enclosed(enclosed[0]) if enclosed and not digest and (titled or len(enclosed) == 1) else None


def read_moment(words: str) -> datetime | None:
    """The moment a person would read in the words, in UTC; without a zone they are taken for UTC. None for none."""
    try:
        if moment := _moment_in(words[:200]):
            return moment
        found = parsedate_tz(words[:200])
        return (
            datetime.fromtimestamp(datetime(*found[:6], tzinfo=UTC).timestamp() - (found[9] or 0), UTC)
            if found
            else None
        )
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _enclosed(leaf: Part) -> Forwarded | None:
    head = split_head(leaf.content())[0]
    people = read_people(decode(head.raw("from"))) if head.raw("from") else ()
    subject = head.words("subject")[:500]
    if not people and not subject:
        return None
    return Forwarded(people[0] if people else None, subject, read_moment(head.plain("date")))


def _written_out(text: str, titled: bool) -> Forwarded | None:
    lines = text.split("\n", LINE_LIMIT)[:LINE_LIMIT]
    announced = False
    for number, line in enumerate(lines):
        if opens_forward(line):
            announced = True
            if found := _on_one_line(line):
                return found
        if not (announced or titled) or ":" not in line[:40]:
            continue
        bare = [text.lstrip("> ") for text in lines[number : number + 12]]
        if fields := header_block(bare, 0):
            return _from_fields(fields)
    return None


def _from_fields(fields: dict[str, str]) -> Forwarded:
    return Forwarded(
        _person(fields.get("from", "")), fields.get("subject", "").strip()[:500], read_moment(fields.get("date", ""))
    )


def _on_one_line(line: str) -> Forwarded | None:
    """Yahoo writes all the fields on one line."""
    found = _ONE_LINE.search(line[:1000])
    if not found:
        return None
    title = _TITLE.search(line[:1000])
    return Forwarded(_person(found[1]), title[1].strip() if title else "", None)


def _person(words: str) -> Person | None:
    words = _MAILTO.sub(
        lambda found: "" if "<" in words[: found.start()] else f"<{found[1] or found[2]}>", words.replace("*", "")
    )
    people = read_people(words.strip())
    return next((person for person in people if "@" in person.email), people[0] if people else None)


def _moment_in(words: str) -> datetime | None:
    if found := _DAY_MONTH.search(words):
        day, month, year = (
            int(found[1]),
            _MONTHS.get(found[2][:3].lower()) or _MONTHS.get(found[2][:4].lower(), 0),
            int(found[3]),
        )
    elif found := _MONTH_DAY.search(words):
        day, month, year = int(found[2]), _MONTHS.get(found[1][:3].lower(), 0), int(found[3])
    elif found := _DOTTED.search(words):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    elif found := _DASHED.search(words):
        day, month, year = int(found[3]), int(found[2]), int(found[1])
    else:
        return None
    hour = minute = second = 0
    if time := _TIME.search(words):
        hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
        if time[4]:
            hour = hour % 12 + (12 if time[4] in "pP" else 0)
    offset = _OFFSET.search(words)
    shift = (int(offset[2]) * 3600 + int(offset[3]) * 60) * (-1 if offset[1] == "-" else 1) if offset else 0
    return datetime.fromtimestamp(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() - shift, UTC)
