"""The calendars a new desk begins with. Afterwards they are the desk's own and are never touched again from here."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from opora.desk.kernel.actions import SYSTEM, Actor
from opora.desk.sla.actions.calendars import make_calendar
from opora.desk.sla.models import CalendarVersion

_WORKDAYS = ("mon", "tue", "wed", "thu", "fri")

ALWAYS = "always"


def _office(zone: str, holidays: str, *hours: str) -> dict[str, Any]:
    return {"zone": zone, "week": {day: list(hours) for day in _WORKDAYS}, "holidays": holidays}


STANDARD: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (ALWAYS, "Around the clock", "Круглосуточно", {"zone": "UTC", "week": "24x7"}),
    (
        "moscow",
        "Moscow office",
        "Московский офис",
        _office("Europe/Moscow", "RU", "09:00-13:00", "14:00-18:00") | {"every_year": {"12-31": []}},
    ),
    (
        "yekaterinburg",
        "Yekaterinburg office",
        "Офис в Екатеринбурге",
        _office("Asia/Yekaterinburg", "RU", "09:00-13:00", "14:00-18:00"),
    ),
    ("berlin", "Berlin office", "Берлинский офис", _office("Europe/Berlin", "DE-BE", "09:00-18:00")),
    ("london", "London office", "Лондонский офис", _office("Europe/London", "GB-ENG", "09:00-17:30")),
)


def make_standard_calendars(*, by: Actor, at: datetime) -> dict[str, CalendarVersion]:
    """Make the standard calendars that are missing; return the latest version of each by slug. May run twice."""
    made: dict[str, CalendarVersion] = {}
    for slug, name, name_ru, terms in STANDARD:
        standing = CalendarVersion.objects.filter(calendar__slug=slug).order_by("-number").first()
        made[slug] = standing or make_calendar(slug=slug, name=name, name_ru=name_ru, terms=terms, by=by, at=at)
    return made


def round_the_clock(*, at: datetime) -> CalendarVersion:
    """Return the calendar in which every second counts: for promises made outside any contract. Made when it is missing."""
    standing = CalendarVersion.objects.filter(calendar__slug=ALWAYS).order_by("-number").first()
    if standing is not None:
        return standing
    slug, name, name_ru, terms = STANDARD[0]
    try:
        with transaction.atomic():
            return make_calendar(slug=slug, name=name, name_ru=name_ru, terms=terms, by=SYSTEM, at=at)
    except IntegrityError:  # another made it a moment ago
        return CalendarVersion.objects.filter(calendar__slug=ALWAYS).latest("number")
