"""Calendars in the desk: made, revised in versions, holidays laid down once and for all."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.models import Event
from opora.desk.sla import queries
from opora.desk.sla.actions import make_calendar, make_standard_calendars, revise_calendar
from opora.desk.sla.models import CalendarVersion, WorkingCalendar
from opora.desk.sla.rules import Faulty, Interval, official
from tests.sla.conftest import MONDAY, OFFICE

pytestmark = pytest.mark.django_db


def make(**given: Any) -> CalendarVersion:
    return make_calendar(**{"slug": "office", "name": "Office", "terms": OFFICE, "by": SYSTEM, "at": MONDAY} | given)


def test_it_makes_a_first_version_and_says_so() -> None:
    version = make(name_ru="Контора")
    assert (version.number, version.made_at, version.terms) == (1, MONDAY, OFFICE)
    assert Event.objects.get(name="sla.calendar_made").subject_id == version.calendar_id
    with translation.override("ru"):
        assert str(version.calendar) == "Контора"


def test_it_takes_json_as_people_write_it() -> None:
    assert make(terms=json.dumps(OFFICE)).terms == OFFICE


def test_it_makes_nothing_of_a_faulty_calendar() -> None:
    with pytest.raises(Faulty, match=r"week\.mon: “9” is not an interval"):
        make(terms=OFFICE | {"week": {"mon": ["9"]}})
    with pytest.raises(Faulty, match="no official holidays are known for “XX”"):
        make(terms=OFFICE | {"holidays": "XX"})
    with pytest.raises(Faulty, match="no working time in the 10 years after 2026"):
        make(terms={"zone": "UTC", "dates": {"2026-09-13": ["09:00-18:00"]}})
    assert not WorkingCalendar.objects.exists()


def test_it_lays_holidays_down_from_last_year_to_ten_years_ahead() -> None:
    laid_down = make(terms=OFFICE | {"holidays": "RU"}).terms["holidays"]
    assert (laid_down["country"], laid_down["years"]) == ("RU", [2025, 2036])
    assert (min(laid_down["days"]), max(laid_down["days"])[:4]) == ("2025-01-01", "2036")


def test_it_judges_by_the_holidays_of_the_version_whatever_the_library_says_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """zammad/zammad#390."""
    version = make(terms=OFFICE | {"holidays": "DE"})
    monkeypatch.setattr(official, "official_holidays", lambda *_: {})
    queries._read_once.cache_clear()
    assert queries.calendar_of(CalendarVersion.objects.get(pk=version.pk)).hours_on(date(2026, 10, 3)) == ()


def test_it_follows_with_a_version_and_keeps_the_former() -> None:
    first = make()
    second = revise_calendar(
        first.calendar, terms=OFFICE | {"dates": {"2026-09-15": ["10:00-11:00"]}}, by=SYSTEM, at=MONDAY, why="fair"
    )
    assert (second.number, queries.latest_version(first.calendar)) == (2, second)
    day = date(2026, 9, 15)
    assert queries.calendar_of(second).hours_on(day) == (Interval(600, 660),)
    assert len(queries.calendar_of(first).hours_on(day)) == 2
    assert Event.objects.get(name="sla.calendar_revised").why == "fair"


def test_it_makes_no_version_when_nothing_changed() -> None:
    first = make(terms=OFFICE | {"holidays": "RU"})
    same = revise_calendar(first.calendar, terms=first.terms, by=SYSTEM, at=MONDAY + timedelta(days=400))
    assert (same, CalendarVersion.objects.count()) == (first, 1)


def test_it_lays_holidays_down_anew_when_asked_for_the_country_again() -> None:
    first = make(terms=OFFICE | {"holidays": "RU"})
    later = revise_calendar(
        first.calendar, terms=OFFICE | {"holidays": "RU"}, by=SYSTEM, at=MONDAY + timedelta(days=400)
    )
    assert (later.number, later.terms["holidays"]["years"]) == (2, [2026, 2037])


def test_it_reads_a_version_once(office: CalendarVersion) -> None:
    again = CalendarVersion.objects.get(pk=office.pk)
    assert queries.calendar_of(office) is queries.calendar_of(again)


def test_it_makes_the_standard_calendars_once() -> None:
    made = make_standard_calendars(by=SYSTEM, at=MONDAY)
    assert {"always", "moscow", "berlin"} <= set(made)
    assert make_standard_calendars(by=SYSTEM, at=MONDAY + timedelta(days=1)) == made
    moscow, always = (queries.calendar_of(made[slug]) for slug in ("moscow", "always"))
    assert [str(hours) for hours in moscow.hours_on(date(2026, 9, 14))] == ["09:00-13:00", "14:00-18:00"]
    assert moscow.hours_on(date(2027, 1, 5)) == moscow.hours_on(date(2026, 12, 31)) == ()
    assert always.is_always


def test_it_keeps_what_a_desk_made_of_a_standard_calendar() -> None:
    made = make_standard_calendars(by=SYSTEM, at=MONDAY)
    mine = revise_calendar(made["moscow"].calendar, terms=OFFICE, by=SYSTEM, at=MONDAY)
    assert make_standard_calendars(by=SYSTEM, at=MONDAY)["moscow"] == mine


def test_it_is_refused_an_edit_by_the_database_itself(office: CalendarVersion) -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match=r"hours_stand|Cannot"):
        cursor.execute("UPDATE sla_calendarversion SET number = 7")
