"""A strict part of iCalendar (RFC 5545): events with a beginning and an end, as feeds of duties and absences need them.

Repeating events are refused, never half understood; zones are IANA names or UTC, a whole day is one of the zone given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

LONGEST_FILE = 1_000_000
MOST_EVENTS = 2_000
LINE = 75


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: `start` until `end` in UTC."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line or an event cannot be taken; `code` is one of the words in `FAULTS`."""

    line: int
    code: str
    words: str = ""


FAULTS = (
    "not_a_calendar",
    "too_large",
    "too_many",
    "bad_line",
    "repeats",
    "no_start",
    "no_end",
    "ends_before_start",
    "unknown_zone",
    "bad_moment",
    "no_uid",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A content line, unfolded: its number in the file, name, parameters, value."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str


def read(text: str, *, zone: str) -> tuple[list[Entry], list[Fault]]:
    """The events of the file and everything that is wrong with it; floating moments and days are of `zone`."""
    if len(text) > LONGEST_FILE:
        return [], [Fault(1, "too_large")]
    lines = list(_unfolded(text))
    if not lines or lines[0].upper() != "BEGIN:VCALENDAR":
        return [], [Fault(1, "not_a_calendar")]
    entries: list[Entry] = []
    faults: list[Fault] = []
    for start, body in _events(lines, faults):
        if len(entries) + len(faults) > MOST_EVENTS:
            return entries, [*faults, Fault(start, "too_many")]
        read_one = _entry(start, body, zone)
        if isinstance(read_one, Fault):
            faults.append(read_one)
        else:
            entries.append(read_one)
    return entries, faults


def write(name: str, entries: Iterable[Entry], *, stamp: datetime) -> str:
    """A calendar of these events, moments in UTC; every line folded at 75 octets and ended by CR LF."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Opora//Duty//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"NAME:{_escaped(name)}", f"X-WR-CALNAME:{_escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    for entry in entries:
        lines += ["BEGIN:VEVENT", f"UID:{_escaped(entry.uid)}", f"DTSTAMP:{_utc(stamp)}"]
        lines += [f"DTSTART:{_utc(entry.start)}", f"DTEND:{_utc(entry.end)}", f"SUMMARY:{_escaped(entry.summary)}"]
        if entry.description:
            lines.append(f"DESCRIPTION:{_escaped(entry.description)}")
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _unfolded(text: str) -> Iterator[str]:
    held: str | None = None
    for raw in text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if held is not None and raw[:1] in (" ", "\t"):
            held += raw[1:]
            continue
        if held:
            yield held
        held = raw
    if held:
        yield held


def _events(lines: list[str], faults: list[Fault]) -> Iterator[tuple[int, list[Line]]]:
    """The lines of each event, but for those of parts within it (alarms)."""
    body: list[Line] | None = None
    begun, inner = 0, 0
    for number, raw in enumerate(lines, start=1):
        line = _line(number, raw)
        if line is None:
            if body is not None:
                faults.append(Fault(number, "bad_line", raw[:60]))
            continue
        if (line.name, line.value.upper()) == ("BEGIN", "VEVENT") and body is None:
            body, begun, inner = [], number, 0
        elif (line.name, line.value.upper()) == ("END", "VEVENT") and body is not None:
            yield begun, body
            body = None
        elif body is not None:
            inner += {"BEGIN": 1, "END": -1}.get(line.name, 0)
            if not inner and line.name != "END":
                body.append(line)


def _line(number: int, raw: str) -> Line | None:
    quoted, split = False, -1
    for place, sign in enumerate(raw):
        quoted = quoted != (sign == '"')
        if sign == ":" and not quoted:
            split = place
            break
    if split <= 0:
        return None
    name, *parameters = raw[:split].split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return Line(number, name.upper(), {key.upper(): value.strip('"') for key, _sign, value in pairs}, raw[split + 1 :])


def _entry(begun: int, body: list[Line], zone: str) -> Entry | Fault:
    said = {line.name: line for line in reversed(body)}
    for name in ("RRULE", "RDATE", "RECURRENCE-ID"):
        if name in said:
            return Fault(said[name].number, "repeats", _plain(said, "SUMMARY"))
    uid = _plain(said, "UID")
    if not uid:
        return Fault(begun, "no_uid", _plain(said, "SUMMARY"))
    if "DTSTART" not in said:
        return Fault(begun, "no_start", _plain(said, "SUMMARY"))
    if "DTEND" not in said and "VALUE" not in said["DTSTART"].parameters:
        return Fault(begun, "no_end", _plain(said, "SUMMARY"))
    start = _moment(said["DTSTART"], zone)
    end = _moment(said["DTEND"], zone) if "DTEND" in said else _day_after(said["DTSTART"], zone)
    for found in (start, end):
        if isinstance(found, Fault):
            return found
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    if end <= start:
        return Fault(said["DTSTART"].number, "ends_before_start", _plain(said, "SUMMARY"))
    return Entry(uid[:200], start, end, _plain(said, "SUMMARY")[:200], _plain(said, "DESCRIPTION")[:1000])


def _day_after(line: Line, zone: str) -> datetime | Fault:
    """A whole day without an end lasts one day."""
    try:
        day = _day(line.value) + timedelta(days=1)
    except (ValueError, OverflowError):
        return Fault(line.number, "bad_moment", line.value[:40])
    return _of_zone(datetime.combine(day, time()), zone)


def _moment(line: Line, zone: str) -> datetime | Fault:
    named = line.parameters.get("TZID", zone)
    if named not in _zones():
        return Fault(line.number, "unknown_zone", named[:60])
    value = line.value.strip()
    try:
        if line.parameters.get("VALUE", "").upper() == "DATE" or len(value) == 8:
            return _of_zone(datetime.combine(_day(value), time()), named)
        shown = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the zone is put on below
        return shown.replace(tzinfo=UTC) if value.endswith("Z") else _of_zone(shown, named)
    except (ValueError, OverflowError):
        return Fault(line.number, "bad_moment", value[:40])


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _day(value: str) -> date:
    return datetime.strptime(value.strip(), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone


def _of_zone(shown: datetime, zone: str) -> datetime:
    return shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _plain(said: dict[str, Line], name: str) -> str:
    value = said[name].value if name in said else ""
    for written, meant in (("\\\\", "\0"), ("\\n", "\n"), ("\\N", "\n"), ("\\,", ","), ("\\;", ";")):
        value = value.replace(written, meant)
    return value.replace("\0", "\\").strip()


def _escaped(text: str) -> str:
    clean = text.replace("\\", "\\\\").replace("\r\n", "\n").replace("\r", "\n")
    for meant, written in (("\n", "\\n"), (",", "\\,"), (";", "\\;")):
        clean = clean.replace(meant, written)
    return "".join(sign for sign in clean if sign >= " " or sign == "\t")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, never within a character; later pieces begin with a space."""
    pieces, piece, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece += sign
        size += octets
    return "\r\n".join([*pieces, piece])
