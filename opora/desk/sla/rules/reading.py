"""Reading a calendar as people write it (docs/sla.md), and saying every fault in one clear line."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.faults import Fault, Faulty, gettext_noop
from opora.desk.sla.rules.intervals import MINUTES_OF_A_DAY, WHOLE_DAY, Hours, Interval

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("zone", "week", "dates", "every_year", "holidays")
ALWAYS = "24x7"

_INTERVAL = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAY_OF_YEAR = re.compile(r"(\d\d)-(\d\d)", re.ASCII)


def read_calendar(written: object) -> Calendar:
    """Return the calendar; raise `Faulty` with a line per fault. Takes JSON text, or what it holds.

    Official holidays must be laid down already (`freeze_holidays`): reading never asks a library.
    """
    faults: list[Fault] = []
    terms = load(written, faults)
    week = _read_week(terms.get("week", {}), faults)
    calendar = Calendar(
        zone=_read_zone(terms.get("zone"), faults),
        week=week,
        dates=_read_days("dates", terms.get("dates", {}), _read_date, faults),
        every_year=_read_days("every_year", terms.get("every_year", {}), _read_day_of_year, faults),
        official=_read_official(terms.get("holidays"), faults),
    )
    if not faults and not any((*week, *calendar.dates.values(), *calendar.every_year.values())):
        faults.append(Fault("", gettext_noop("the calendar has no working time at all")))
    if faults:
        raise Faulty(faults)
    return calendar


def load(written: object, faults: list[Fault]) -> Mapping[str, Any]:
    """Return the terms as a mapping with known keys; note text that is no JSON and keys that stand twice."""
    if isinstance(written, str | bytes):
        written = load_json(written, faults)
    if not isinstance(written, Mapping):
        raise Faulty([Fault("", gettext_noop("a calendar is an object with “zone” and “week”"))])
    for key in written:
        if key not in KEYS:
            unknown = {"key": str(key), "known": ", ".join(KEYS)}
            faults.append(Fault("", gettext_noop("“%(key)s” is not part of a calendar; known are %(known)s"), unknown))
    return written


def load_json(text: str | bytes, faults: list[Fault]) -> Any:
    """Return what the JSON holds; note keys that stand twice, raise `Faulty` for what is no JSON."""
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, faults))
    except (ValueError, RecursionError) as error:
        raise Faulty([Fault("", gettext_noop("this is not JSON (%(error)s)"), {"error": str(error)})]) from None


def _once(pairs: Iterable[tuple[str, Any]], faults: list[Fault]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            faults.append(Fault(key, gettext_noop("stands twice; say it once")))
        found[key] = value
    return found


def place(moment: datetime, calendar: Calendar) -> datetime:
    """Return the moment; one written without its zone is meant in the calendar's, and one the clocks skip as they then stand."""
    return moment if moment.tzinfo else moment.replace(tzinfo=calendar.tz).astimezone(UTC).astimezone(calendar.tz)


def _read_zone(zone: object, faults: list[Fault]) -> str:
    try:
        if isinstance(zone, str) and zone:
            return ZoneInfo(zone).key
    except (OSError, ValueError, KeyError):  # the name may point at a folder, out of the database, or nowhere
        pass
    unknown = gettext_noop("“%(zone)s” is not a time zone; write one such as Europe/Moscow")
    faults.append(Fault("zone", unknown, {"zone": str(zone or "")[:40]}))
    return "UTC"


def _read_week(week: object, faults: list[Fault]) -> tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]:
    if week == ALWAYS:
        week = {name: ["00:00-24:00"] for name in WEEKDAYS}
    if not isinstance(week, Mapping):
        faults.append(Fault("week", gettext_noop("write an object of weekdays, or “24x7”")))
        week = {}
    for name in week:
        if name not in WEEKDAYS:
            known = {"name": str(name), "known": ", ".join(WEEKDAYS)}
            faults.append(Fault("week", gettext_noop("“%(name)s” is not a weekday; write %(known)s"), known))
    mon, tue, wed, thu, fri, sat, sun = (read_hours(f"week.{name}", week.get(name, []), faults) for name in WEEKDAYS)
    return mon, tue, wed, thu, fri, sat, sun


def _read_days[Day](
    where: str, days: object, read_day: Callable[[object], Day | None], faults: list[Fault]
) -> dict[Day, Hours]:
    if not isinstance(days, Mapping):
        faults.append(Fault(where, gettext_noop("write an object: day, then its intervals")))
        return {}
    read: dict[Day, Hours] = {}
    for written, hours in days.items():
        day = read_day(written)
        if day is None:
            example = {"day": str(written)[:20], "example": "2026-12-31" if where == "dates" else "12-31"}
            faults.append(Fault(where, gettext_noop("“%(day)s” is not a day; write it as %(example)s"), example))
        else:
            read[day] = read_hours(f"{where}.{written}", hours, faults)
    return read


def read_hours(where: str, written: object, faults: list[Fault]) -> Hours:
    """Return the intervals of one day in order; note each that cannot be read, runs backwards or overlaps another."""
    if not isinstance(written, list | tuple):
        faults.append(Fault(where, gettext_noop('write a list of intervals such as ["09:00-18:00"], or [] for closed')))
        return ()
    intervals = sorted(filter(None, (_read_interval(where, text, faults) for text in written)))
    for earlier, later in pairwise(intervals):
        if later.start < earlier.end:
            both: dict[str, str | int] = {"one": str(earlier), "other": str(later)}
            faults.append(Fault(where, gettext_noop("%(one)s and %(other)s overlap"), both))
    return tuple(intervals) if tuple(intervals) != WHOLE_DAY else WHOLE_DAY


def _read_interval(where: str, text: object, faults: list[Fault]) -> Interval | None:
    found = _INTERVAL.fullmatch(text.strip()) if isinstance(text, str) else None
    facts: dict[str, str | int] = {"text": str(text)[:40]}
    if not found:
        faults.append(Fault(where, gettext_noop("“%(text)s” is not an interval; write it as 09:00-18:00"), facts))
        return None
    h1, m1, h2, m2 = map(int, found.groups())
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if m1 > 59 or m2 > 59 or h1 > 23 or end > MINUTES_OF_A_DAY:
        faults.append(Fault(where, gettext_noop("“%(text)s” has a time no clock shows; a day ends at 24:00"), facts))
        return None
    if end <= start:
        backwards = gettext_noop("“%(text)s” ends before it begins; past midnight, go on in the next day from 00:00")
        faults.append(Fault(where, backwards, facts))
        return None
    return Interval(start, end)


def _read_official(holidays: object, faults: list[Fault]) -> dict[date, dict[str, str]]:
    if holidays is None:
        return {}
    if not isinstance(holidays, Mapping) or not isinstance(holidays.get("days"), Mapping):
        faults.append(Fault("holidays", gettext_noop("write a country's code such as RU")))
        return {}
    read = {}
    for written, names in holidays["days"].items():
        day = _read_date(written)
        if day is None or not isinstance(names, Mapping):
            wrong = gettext_noop("“%(day)s” is not a day with its names")
            faults.append(Fault("holidays", wrong, {"day": str(written)[:20]}))
        else:
            read[day] = {str(language): str(name) for language, name in names.items()}
    return read


def _read_date(written: object) -> date | None:
    if not isinstance(written, str) or not _DATE.fullmatch(written):
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _read_day_of_year(written: object) -> tuple[int, int] | None:
    found = _DAY_OF_YEAR.fullmatch(written) if isinstance(written, str) else None
    if not found:
        return None
    month, day = int(found[1]), int(found[2])
    try:
        date(2000, month, day)  # a leap year: 02-29 is a day, and comes when it comes
    except ValueError:
        return None
    return month, day
