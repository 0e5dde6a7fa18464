"""Calendars and moments the promises are tested with: a Berlin office with a lunch break, and a Monday in it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from opora.desk.kernel.actors import SYSTEM, Actor
from opora.desk.sla.actions import make_calendar, start_clock
from opora.desk.sla.models import CalendarVersion, Clock

ANNA = Actor("staff", 1, "Anna")
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "week": {day: ["08:00-13:00", "14:00-18:00"] for day in WORKDAYS},
}
HOUR = 3600
ABOUT = ("ticket", 1042)


def utc(text: str) -> datetime:
    """A moment written without its zone, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAY = utc("2026-09-14T06:00")  # 08:00 in Berlin


@pytest.fixture
def office(db: None) -> CalendarVersion:
    return make_calendar(slug="office", name="Office", terms=OFFICE, by=SYSTEM, at=MONDAY)


@pytest.fixture
def clock(office: CalendarVersion) -> Clock:
    """A first reply within four hours, asked for on Monday at opening: warned at 11:00, due at 12:00 in Berlin."""
    return begin(office)


def begin(version: CalendarVersion, **given: Any) -> Clock:
    """Start a first-reply clock with what is given, else with the promise of the fixture."""
    terms: dict[str, Any] = {
        "promise": "first_reply",
        "about": ABOUT,
        "calendar_version": version,
        "target_seconds": 4 * HOUR,
        "warn_share": 75,
        "by": ANNA,
        "at": MONDAY,
    }
    return start_clock(**terms | given)
