"""Lengths of working time as people write them: `90m`, `15h`, `2d`, `1h30m`, or in ISO 8601.

A day is 24 hours of working time, a week seven such days.
"""

import re
from fractions import Fraction

from opora.desk.sla.rules.faults import Fault, Faulty, gettext_noop

UNITS = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
LONGEST = 10 * 366 * 86_400

_SHORT = re.compile(
    r"(?:(?P<d>\d{1,9})\s*d)?\s*(?:(?P<h>\d{1,9})\s*h)?\s*(?:(?P<m>\d{1,9})\s*m)?\s*(?:(?P<s>\d{1,9})\s*s)?",
    re.ASCII,
)
_PART = r"\d{1,9}(?:[.,]\d{1,9}(?=[wdhms]$))?"  # only the last part may have a fraction (ISO 8601-1, 5.5.2.4)
_ISO = re.compile(
    rf"p(?:(?P<w>{_PART})w)?(?:(?P<d>{_PART})d)?(?:t(?=\d)(?:(?P<h>{_PART})h)?(?:(?P<m>{_PART})m)?(?:(?P<s>{_PART})s)?)?",
    re.ASCII,
)


def read_duration(text: str, *, where: str = "") -> int:
    """Return whole seconds for `90m`, `15h`, `2d`, `1d 4h 30m`, `PT15H`, `PT1.5H`, `P2D`; raise `Faulty` for anything else.

    Years and months have no fixed length and are refused (ISO 8601 writes them P1Y, P1M).
    """
    written = text.strip().lower()
    found = (_ISO if written.startswith("p") else _SHORT).fullmatch(written)
    parts = {unit: Fraction(number.replace(",", ".")) for unit, number in _given(found)}
    seconds = sum(number * UNITS[unit] for unit, number in parts.items())
    if not parts or seconds != int(seconds):
        unread = gettext_noop("“%(text)s” is not a length of time; write 90m, 15h, 2d, 1h30m or PT15H")
        raise Faulty([Fault(where, unread, {"text": text[:40]})])
    if seconds > LONGEST:
        raise Faulty([Fault(where, gettext_noop("“%(text)s” is longer than ten years"), {"text": text[:40]})])
    return int(seconds)


def _given(found: re.Match[str] | None) -> list[tuple[str, str]]:
    return [(unit, number) for unit, number in found.groupdict().items() if number] if found else []


def write_duration(seconds: int) -> str:
    """Return the shortest writing that `read_duration` reads back: 5400 -> `1h30m`, 172800 -> `2d`, 0 -> `0s`."""
    written, rest = "", seconds
    for unit in "dhms":
        number, rest = divmod(rest, UNITS[unit])
        written += f"{number}{unit}" if number else ""
    return written or "0s"
