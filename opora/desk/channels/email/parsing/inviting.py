"""Calendar parts of letters (RFC 5545, RFC 6047): what somebody is invited to, as far as a reader needs to know."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .charsets import storable
from .letter import Invitation, Person

SIZE_LIMIT = 200_000

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;[^:\"\n]*(?:\"[^\"\n]*\"[^:\"\n]*)*)?):(.*)")
_ESCAPE = re.compile(r"\\([\\;,nN])")
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?$")
_LENGTH = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,6})S)?)?$")
_ADDRESS = re.compile(r"https?://[^\s<>\"\\]{4,500}")
_ZONE_NAME = re.compile(r"[A-Za-z_]{1,20}(?:/[A-Za-z_+\-0-9]{1,30}){0,2}")
_ZONES_OF_WINDOWS = {
    "russian standard time": "Europe/Moscow", "kaliningrad standard time": "Europe/Kaliningrad",
    "russia time zone 3": "Europe/Samara", "ekaterinburg standard time": "Asia/Yekaterinburg", "omsk standard time": "Asia/Omsk",
    "n. central asia standard time": "Asia/Novosibirsk", "north asia standard time": "Asia/Krasnoyarsk",
    "north asia east standard time": "Asia/Irkutsk", "yakutsk standard time": "Asia/Yakutsk",
    "vladivostok standard time": "Asia/Vladivostok", "belarus standard time": "Europe/Minsk", "fle standard time": "Europe/Kyiv",
    "w. europe standard time": "Europe/Berlin", "romance standard time": "Europe/Paris", "gmt standard time": "Europe/London",
    "central europe standard time": "Europe/Budapest", "central european standard time": "Europe/Warsaw",
    "turkey standard time": "Europe/Istanbul", "central asia standard time": "Asia/Almaty", "utc": "UTC",
    "eastern standard time": "America/New_York", "central standard time": "America/Chicago",
    "mountain standard time": "America/Denver", "pacific standard time": "America/Los_Angeles",
    "china standard time": "Asia/Shanghai",
    "tokyo standard time": "Asia/Tokyo", "india standard time": "Asia/Kolkata", "gtb standard time": "Europe/Bucharest",
    "e. europe standard time": "Europe/Chisinau", "israel standard time": "Asia/Jerusalem", "arabian standard time": "Asia/Dubai",
}  # fmt: skip


def read_invitation(text: str, method: str = "") -> Invitation | None:
    """The first event of a calendar; None when there is none. Never raises. A moment in a zone nobody knows is left out."""
    fields: dict[str, tuple[str, str]] = {}
    within = False
    for line in _FOLD.sub("", storable(text[:SIZE_LIMIT])).splitlines():
        found = _LINE.match(line[:5000])
        if not found:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3].strip()
        if name == "BEGIN" and value.upper() == "VEVENT":
            within = True
        elif name == "END" and value.upper() == "VEVENT":
            break
        elif name == "METHOD" and not within:
            method = method or value
        elif within:
            fields.setdefault(name, (parameters, value))
    return _invitation(fields, method) if within and fields else None


def _invitation(fields: dict[str, tuple[str, str]], method: str) -> Invitation:
    start = _moment(fields.get("DTSTART"))
    end = _moment(fields.get("DTEND"))
    if end is None and start is not None and (length := _LENGTH.match(_words(fields, "DURATION", 60))):
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in length.groups())
        end = start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    place = _words(fields, "LOCATION", 500)
    address = _ADDRESS.search(f"{_words(fields, 'URL', 500)} {place} {_words(fields, 'DESCRIPTION', 4000)}")
    return Invitation(
        method=method.strip().upper()[:20],
        summary=_words(fields, "SUMMARY", 500),
        start=start,
        end=end,
        all_day="T" not in fields.get("DTSTART", ("", "T"))[1],
        location=place,
        organizer=_organizer(fields.get("ORGANIZER")),
        address=address[0] if address else "",
        uid=_words(fields, "UID", 300),
    )


def _words(fields: dict[str, tuple[str, str]], name: str, most: int) -> str:
    value = fields.get(name, ("", ""))[1]
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)[:most].strip()


def _organizer(field: tuple[str, str] | None) -> Person | None:
    if field is None:
        return None
    email = re.sub(r"(?i)^mailto:", "", field[1]).strip()[:320]
    name = re.search(r';CN=(?:"([^"]*)"|([^;:]*))', field[0], re.I)
    return Person(email if "@" in email else "", (name[1] or name[2] or "").strip()[:200] if name else "")


def _moment(field: tuple[str, str] | None) -> datetime | None:
    found = _MOMENT.match(field[1]) if field else None
    if not field or not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = _zone(field[0]) if found[4] and not found[7] else UTC
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC) if zone else None
    except (ValueError, OverflowError):
        return None


def _zone(parameters: str) -> ZoneInfo | None:
    found = re.search(r';TZID="?([^";:]{1,60})', parameters, re.I)
    if not found:
        return None
    name = _ZONES_OF_WINDOWS.get(found[1].strip().lower(), found[1].strip().lstrip("/"))
    try:
        return ZoneInfo(name) if _ZONE_NAME.fullmatch(name) else None
    except (KeyError, ValueError, OSError):
        return None
