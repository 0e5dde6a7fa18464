"""The moments that headers and people name, in UTC. Nothing here knows what time it is."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_tz

LATEST = 4_102_444_800
"""The year 2100: what lies beyond was set by a clock that is wrong."""

_MONTHS = {
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "мая": 5, "май": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11,
    "дек": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12, "mär": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "juin": 6, "juil": 7, "aoû": 8, "déc": 12,
    "січ": 1, "лют": 2, "бер": 3, "кві": 4, "тра": 5, "чер": 6, "лип": 7, "сер": 8, "вер": 9, "жов": 10, "лис": 11, "гру": 12,
    "sty": 1, "lut": 2, "kwi": 4, "maj": 5, "cze": 6, "lip": 7, "sie": 8, "wrz": 9, "paź": 10, "lis": 11, "gru": 12,
    "ene": 1, "abr": 4, "ago": 8, "dic": 12, "gen": 1, "mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10, "fev": 2, "out": 10,
    "maa": 3, "mrt": 3, "mei": 5, "oca": 1, "şub": 2, "nis": 4, "haz": 6, "tem": 7, "ağu": 8, "eyl": 9, "eki": 10, "kas": 11,
    "қаң": 1, "ақп": 2, "нау": 3, "сәу": 4, "мам": 5, "мау": 6, "шіл": 7, "там": 8, "қыр": 9, "қаз": 10, "қар": 11, "жел": 12,
}  # fmt: skip
_DAY_MONTH = re.compile(r"\b(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]{3,9})\.?,?\s+(?:de\s+)?(\d{4})")
_MONTH_DAY = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2}),\s+(\d{4})")
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_DASHED = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_OF_THE_EAST = re.compile(r"(\d{4})[年년]\s?(\d{1,2})[月월]\s?(\d{1,2})")
_TIME = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm])?")
_OFFSET = re.compile(r"[^\d+-]{0,12}([+-])(\d{2}):?(\d{2})\b|[^\d+-]{0,12}(?:GMT|UTC)([+-])(\d{1,2})\b")
_ZONES = {
    "MSK": 3, "МСК": 3, "MSD": 4, "SAMT": 4, "YEKT": 5, "OMST": 6, "KRAT": 7, "IRKT": 8, "YAKT": 9, "VLAT": 10, "WEST": 1,
    "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "JST": 9, "KST": 9,
}  # fmt: skip
_ZONE = re.compile(rf"\b(?:{'|'.join(_ZONES)})\b")


def read_date(text: str) -> datetime | None:
    """The moment a Date header names, in UTC; None when it names none that a calendar has."""
    text = text[:200]
    try:
        found = parsedate_tz(text)
        if not found:
            return read_moment(text)
        shift = found[9] or _shift(text)
        moment = datetime(*found[:6], tzinfo=UTC).timestamp() - shift
        return datetime.fromtimestamp(moment, UTC) if 0 <= moment < LATEST else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def read_moment(words: str) -> datetime | None:
    """The moment a person would read in the words, in UTC; without a zone they are taken for UTC. None for none."""
    words = words[:200]
    try:
        if moment := _moment_in(words):
            return moment
        found = parsedate_tz(words)
        return (
            datetime.fromtimestamp(datetime(*found[:6], tzinfo=UTC).timestamp() - (found[9] or 0), UTC)
            if found
            else None
        )
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _moment_in(words: str) -> datetime | None:
    if (day := _day_in(words)) is None:
        return None
    hour = minute = second = 0
    if time := _TIME.search(words):
        hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
        if time[4]:
            hour = hour % 12 + (12 if time[4] in "pP" else 0)
    return datetime.fromtimestamp(datetime(*day, hour, minute, second, tzinfo=UTC).timestamp() - _shift(words), UTC)


def _day_in(words: str) -> tuple[int, int, int] | None:
    """Year, month, day."""
    if found := _DAY_MONTH.search(words):
        month = _MONTHS.get(found[2][:3].lower()) or _MONTHS.get(found[2][:4].lower(), 0)
        return int(found[3]), month, int(found[1])
    if found := _MONTH_DAY.search(words):
        return int(found[3]), _MONTHS.get(found[1][:3].lower(), 0), int(found[2])
    if found := _DOTTED.search(words):
        return int(found[3]), int(found[2]), int(found[1])
    if found := _DASHED.search(words) or _OF_THE_EAST.search(words):
        return int(found[1]), int(found[2]), int(found[3])
    return None


def _shift(words: str) -> int:
    """Seconds that the words are ahead of UTC, by what they say behind the time of day; 0 when they say nothing."""
    time = _TIME.search(words)
    behind = words[time.end() :] if time else ""
    if found := _OFFSET.match(behind):
        sign, hours, minutes = found[1] or found[4], int(found[2] or found[5]), int(found[3] or 0)
        return (hours * 3600 + minutes * 60) * (-1 if sign == "-" else 1)
    zone = _ZONE.search(behind)
    return _ZONES[zone[0]] * 3600 if zone else 0
