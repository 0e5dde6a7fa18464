"""The form of a working calendar: rows of hours for the week, rows of dates, a country's holidays. Rows to terms and back.

Every fault is found by the room's own reader; here it only gets the place where it stands in the form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from opora.desk.sla.rules import Calendar, Fault
from opora.desk.sla.rules.reading import ALWAYS, WEEKDAYS
from opora.desk.sla.words import say_length

YEARLY, ONCE = "yearly", "once"
COUNTRIES = ("RU", "BY", "KZ", "AM", "GE", "RS", "TR", "DE", "GB", "US", "AE", "CN")
FORTNIGHT = 14
LEAP_DAY = "02-29"


@dataclass(frozen=True, slots=True)
class Day:
    """A weekday's row: its name and its intervals as typed, (from, to) each."""

    code: str
    name: str
    hours: Sequence[tuple[str, str]]
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A date's row: the day as YYYY-MM-DD, its hours in one line (none: closed), whether it comes every year."""

    day: str
    hours: str
    repeats: str


@dataclass(frozen=True, slots=True)
class Hours:
    """The whole form as it stands."""

    zone: str
    always: bool
    days: Sequence[Day]
    dates: Sequence[Exceptional]
    country: str


def weekday_names() -> dict[str, str]:
    """Monday to Sunday in the reader's language, by code."""
    monday = date(2024, 1, 1)
    return {code: str(date_format(monday + timedelta(days=n), "l")) for n, code in enumerate(WEEKDAYS)}


def typed(asked: QueryDict) -> Hours:
    """The form as somebody sent it; rows in which nothing was typed are left out."""
    dates = zip(asked.getlist("date"), asked.getlist("date-hours"), asked.getlist("date-repeats"), strict=False)
    return Hours(
        zone=asked.get("zone", "").strip(),
        always="always" in asked,
        days=[Day(code, name, _pairs(asked, code)) for code, name in weekday_names().items()],
        dates=[Exceptional(day.strip(), hours.strip(), repeats) for day, hours, repeats in dates if day or hours],
        country=asked.get("country", "").strip().upper(),
    )


def of_terms(terms: Mapping[str, Any], *, at: datetime) -> Hours:
    """The form of a calendar that stands."""
    week, holidays = terms.get("week", {}), terms.get("holidays")
    always = week == ALWAYS
    single = [Exceptional(day, ", ".join(hours), ONCE) for day, hours in sorted(terms.get("dates", {}).items())]
    yearly = [
        Exceptional(f"{_year_of(day, at)}-{day}", ", ".join(hours), YEARLY)
        for day, hours in sorted(terms.get("every_year", {}).items())
    ]
    return Hours(
        zone=terms.get("zone", ""),
        always=always,
        days=[
            Day(code, name, [] if always else [_split(one) for one in week.get(code, [])])
            for code, name in weekday_names().items()
        ],
        dates=[*yearly, *single],
        country=str(holidays.get("country", "")) if isinstance(holidays, Mapping) else str(holidays or ""),
    )


def terms_of(form: Hours) -> tuple[dict[str, Any], list[Fault]]:
    """The terms that the form says, and the faults that only a form can have: one day in two rows."""
    terms: dict[str, Any] = {"zone": form.zone, "week": ALWAYS}
    if not form.always:
        terms["week"] = {day.code: [f"{start}-{end}" for start, end in day.hours] for day in form.days if day.hours}
    faults: list[Fault] = []
    for row in form.dates:
        kind, day = ("every_year", row.day[5:]) if row.repeats == YEARLY else ("dates", row.day)
        held = terms.setdefault(kind, {})
        if day in held:
            faults.append(Fault(f"{kind}.{day}", "stands twice; say it once"))
        held[day] = [part.strip() for part in row.hours.replace(";", ",").split(",") if part.strip()]
    if form.country:
        terms["holidays"] = form.country
    return terms, faults


def place_of(where: str) -> str:
    """Where a fault stands, in the form's words: a weekday, a date, the zone."""
    kind, _dot, part = where.partition(".")
    names = {
        "week": weekday_names().get(part, _("Week")),
        "dates": part or _("Dates"),
        "every_year": part or _("Dates"),
        "zone": _("Time zone"),
        "holidays": _("Official holidays"),
    }
    return str(names.get(kind, ""))


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day of the fortnight to come."""

    day: str
    hours: str
    why: str


def fortnight(calendar: Calendar, *, at: datetime) -> list[Ahead]:
    """What the calendar makes of the next two weeks, day by day."""
    today = at.astimezone(calendar.tz).date()
    return [_ahead(calendar, today + timedelta(days=n)) for n in range(FORTNIGHT)]


def weekly(calendar: Calendar) -> str:
    """The hours of an ordinary week, in words."""
    minutes = sum(one.end - one.start for hours in calendar.week for one in hours)
    return say_length(minutes * 60)


def _ahead(calendar: Calendar, day: date) -> Ahead:
    hours = ", ".join(str(one) for one in calendar.hours_on(day))
    why = "" if hours else _why(calendar, day)
    return Ahead(str(date_format(day, "D j M")), hours, why)


def _why(calendar: Calendar, day: date) -> str:
    reasons = {"day_off": _("day off"), "holiday": _("official holiday"), "weekend": _("weekend")}
    return str(reasons.get(calendar.why_closed(day), _("closed")))


def _pairs(asked: QueryDict, code: str) -> list[tuple[str, str]]:
    pairs = zip(asked.getlist(f"{code}-from"), asked.getlist(f"{code}-to"), strict=False)
    return [(start.strip(), end.strip()) for start, end in pairs if start.strip() or end.strip()]


def _split(interval: str) -> tuple[str, str]:
    start, _dash, end = interval.replace("–", "-").partition("-")
    return start.strip(), end.strip()


def _year_of(day: str, at: datetime) -> int:
    """A year in which the day exists."""
    return at.year + (-at.year % 4) if day == LEAP_DAY else at.year
