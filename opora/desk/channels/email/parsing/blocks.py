"""Blocks of header fields by which programs open a quoted letter, and what belongs above them: rules and lists of addressees."""

from .labels import KIND, LABEL
from .openings import DIRECTIONS, MAILBOX, MOMENT, TIME, WIDTH_LIMIT, is_rule, is_separator

_BARE_DATES = frozenset({"date", "datum", "data", "dato", "fecha", "tarih", "дата", "dátum", "päiväys", "日期"})
"""What people call a date as well; `sent` is a program's word."""


def is_label(line: str) -> bool:
    """A cheap look: whether the line begins with the name of a header field."""
    return _field(line) is not None


def _field(line: str) -> tuple[str, str, str] | None:
    """(kind, words, name) of a header field as mail programs write it; None for other lines and small letters (a setting)."""
    label = LABEL.match(line[:60])
    if label is None or label[1][0] != label[1][0].title():
        return None
    name = " ".join(label[1].lower().split())
    kind = KIND.get(name)
    return (kind, DIRECTIONS.sub("", line[label.end() : WIDTH_LIMIT]).strip(" \t*_\xa0"), name) if kind else None


def header_block(lines: list[str], number: int) -> dict[str, str] | None:
    """The fields of the block of headers that begins in this line: kind (from, date, to, copy, subject) to words."""
    found: dict[str, str] = {}
    last = ""
    misses = 0
    bare_date = False
    for line in lines[number : number + 12]:
        if field := _field(line):
            last, words, name = field
            found.setdefault(last, words)
            bare_date = bare_date or name in _BARE_DATES
        elif not found:
            return None
        elif not line.strip():
            if len(found) >= 3 or misses:
                break
            misses += 1
        else:
            misses += 1
            if misses > 2:
                break
            found[last] = f"{found[last]} {line.strip()}"[:WIDTH_LIMIT]
    return found if _is_header_block(found, bare_date) else None


def _is_header_block(found: dict[str, str], bare_date: bool) -> bool:
    """Programs name a subject, or somebody's address and a moment to the minute; people ask to move things `From`, `To`."""
    mailbox = any(MAILBOX.search(found.get(kind, "")) for kind in ("from", "to"))
    dated = bool((MOMENT if "subject" in found else TIME).search(found.get("date", "")))
    if "date" in found and "subject" not in found and (not dated or (bare_date and not mailbox)):
        return False
    if len(found) >= 3 and (mailbox or "subject" in found):
        return ("from" in found and ("date" in found or len(found) > 3)) or dated
    if len(found) < 2:
        return False
    return dated and ("from" in found or mailbox)


def back_over_addressees(lines: list[str], number: int) -> int:
    """The line where the addressees begin that Yandex writes above its attribution, below a rule; or the line itself."""
    begin = number
    while begin > 0 and number - begin < 4 and is_label(lines[begin - 1]) and lines[begin - 1].rstrip().endswith(";"):
        begin -= 1
    return back_over_rules(lines, begin)


def back_over_rules(lines: list[str], number: int) -> int:
    """The line where the dashes above a block begin, or the line itself."""
    for above in range(number - 1, max(-1, number - 4), -1):
        if lines[above].strip():
            if not is_rule(lines[above]) and not is_separator(lines[above]):
                break
            number = above
    return number
