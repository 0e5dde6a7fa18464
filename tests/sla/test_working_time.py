"""Adding and measuring working time, against published definitions and against counting every second."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opora.desk.sla.rules import (
    Calendar,
    Interval,
    NoWorkingTime,
    OutOfReach,
    Turn,
    add_work,
    freeze_holidays,
    read_calendar,
    work_between,
    worked_seconds,
)
from opora.desk.sla.rules.timeline import Timeline
from tests.sla.conftest import HOUR, OFFICE, WORKDAYS
from tests.sla.oracle import calendars, changes, counted, kinds_of_daylight_saving, moments

BERLIN = ZoneInfo("Europe/Berlin")
ALWAYS = {"zone": "America/Sao_Paulo", "week": "24x7"}


def test_it_skips_the_hour_the_clocks_skip_over_a_weekend() -> None:
    """Berlin: one hour on Friday morning, four after lunch, nine on Monday, one on Tuesday.

    frappe/helpdesk#2212; chatwoot/chatwoot#14009.
    """
    due = add_work(read_calendar(OFFICE), datetime(2015, 3, 27, 12, tzinfo=BERLIN), 15 * HOUR)
    assert due == datetime(2015, 3, 31, 9, tzinfo=BERLIN)
    assert due.tzinfo is UTC


def test_it_works_an_hour_twice_when_the_clocks_go_back_and_every_hour_counts() -> None:
    calendar = read_calendar(ALWAYS)
    start = datetime(2015, 2, 21, 22, tzinfo=calendar.tz)
    assert add_work(calendar, start, 5 * HOUR) == datetime(2015, 2, 22, 2, tzinfo=calendar.tz)


def test_it_leaps_over_days_off_to_the_second() -> None:
    """chatwoot/chatwoot PR#13392; osTicket/osTicket#2131, #1168, #4969."""
    calendar = read_calendar(OFFICE | {"every_year": {"12-24": [], "12-25": [], "12-26": []}})
    start = datetime(2015, 12, 22, 16, 24, 49, tzinfo=BERLIN)
    assert add_work(calendar, start, 20 * HOUR) == datetime(2015, 12, 29, 8, 24, 49, tzinfo=BERLIN)


def test_it_ends_at_closing_when_the_time_is_used_up_exactly_then() -> None:
    calendar = read_calendar(OFFICE)
    assert add_work(calendar, datetime(2026, 9, 14, 17, tzinfo=BERLIN), HOUR) == datetime(
        2026, 9, 14, 18, tzinfo=BERLIN
    )


def test_it_adds_nothing_where_it_stands() -> None:
    sunday = datetime(2026, 9, 13, 3, tzinfo=BERLIN)
    assert add_work(read_calendar(OFFICE), sunday, 0) == sunday


def test_it_keeps_parts_of_a_second() -> None:
    start = datetime(2026, 9, 14, 17, 59, 59, 250_000, tzinfo=BERLIN)
    due = add_work(read_calendar(OFFICE), start, 1)
    assert due == datetime(2026, 9, 15, 8, 0, 0, 250_000, tzinfo=BERLIN)
    assert work_between(read_calendar(OFFICE), start, due) == 1


def test_it_works_a_short_day_and_a_worked_saturday() -> None:
    """b11.5."""
    calendar = read_calendar(OFFICE | {"dates": {"2026-12-31": ["09:00-12:00"], "2026-12-26": ["08:00-13:00"]}})
    thursday, sunday = datetime(2026, 12, 31, tzinfo=BERLIN), datetime(2026, 12, 27, tzinfo=BERLIN)
    assert work_between(calendar, thursday, thursday + timedelta(days=1)) == 3 * HOUR
    assert work_between(calendar, sunday - timedelta(days=1), sunday) == 5 * HOUR


def test_it_lets_a_single_date_overrule_an_official_holiday() -> None:
    frozen = freeze_holidays(OFFICE | {"holidays": "DE", "dates": {"2026-10-03": ["10:00-12:00"]}}, 2026, 2026)
    calendar = read_calendar(frozen)
    assert calendar.hours_on(date(2026, 10, 3)) == (Interval(600, 720),)
    assert calendar.hours_on(date(2026, 12, 25)) == ()


def test_it_works_half_of_the_hour_that_comes_twice_twice() -> None:
    """On 25 October 2026 the clocks of Berlin go back from 03:00 to 02:00; 02:00-02:30 comes twice."""
    calendar = read_calendar({"zone": "Europe/Berlin", "week": {"sun": ["01:00-02:30"]}})
    midnight = datetime(2026, 10, 25, tzinfo=BERLIN)
    assert work_between(calendar, midnight, midnight + timedelta(days=1)) == 2 * HOUR
    assert add_work(calendar, midnight, 2 * HOUR) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_it_does_not_work_a_day_the_zone_skipped() -> None:
    """Samoa went over the date line and had no 30 December 2011."""
    calendar = read_calendar({"zone": "Pacific/Apia", "week": "24x7"})
    start, end = (datetime(2011, 12, day, 12, tzinfo=calendar.tz) for day in (29, 31))
    assert work_between(calendar, start, end) == 24 * HOUR


def test_it_says_so_when_no_working_time_is_left() -> None:
    """b11.5."""
    calendar = read_calendar({"zone": "UTC", "dates": {"2026-05-05": ["09:00-10:00"]}})
    start = datetime(2026, 5, 5, tzinfo=UTC)
    assert add_work(calendar, start, HOUR) == start + timedelta(hours=10)
    with pytest.raises(NoWorkingTime, match="no working time in the 10 years after 2026-05-05"):
        add_work(calendar, start, HOUR + 1)


def test_it_waits_for_a_leap_day() -> None:
    calendar = read_calendar({"zone": "UTC", "every_year": {"02-29": ["09:00-10:00"]}})
    assert add_work(calendar, datetime(2096, 3, 1, tzinfo=UTC), 60) == datetime(2104, 2, 29, 9, 1, tzinfo=UTC)


def test_it_refuses_moments_out_of_its_years() -> None:
    calendar = read_calendar(OFFICE)
    for wrong in (datetime(1905, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)):
        with pytest.raises(OutOfReach, match="1970 to 2199"):
            add_work(calendar, wrong, 1)
    with pytest.raises(OutOfReach):
        add_work(calendar, datetime(2026, 1, 1, tzinfo=UTC), 10**15)


def test_it_refuses_moments_without_a_zone_and_time_that_runs_backwards() -> None:
    calendar, start = read_calendar(OFFICE), datetime(2026, 9, 14, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        add_work(calendar, datetime(2026, 9, 14), 1)  # noqa: DTZ001 - the very mistake
    with pytest.raises(ValueError, match="negative"):
        add_work(calendar, start, -1)
    with pytest.raises(ValueError, match="before"):
        work_between(calendar, start, start - timedelta(seconds=1))


def test_it_gives_the_same_whatever_was_asked_before() -> None:
    """Years are laid out on demand, forward and backward; the order of the questions may not matter."""
    starts = [datetime(year, 6, 15, 10, tzinfo=UTC) for year in (2030, 1999, 2026, 2045, 2000)]
    shared = read_calendar(OFFICE)
    assert [add_work(shared, start, 2000 * HOUR) for start in starts] == [
        add_work(read_calendar(OFFICE), start, 2000 * HOUR) for start in starts
    ]


class Meddled(Timeline):
    """A timeline in which another thread lays out other years whenever somebody has laid out some."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "_windows" and self._years:
            others = Timeline(self._tz, self._hours_on)
            others.holding(0)
            super().__setattr__(name, others._windows)


def test_it_gives_a_thread_the_years_it_asked_for_whatever_others_ask() -> None:
    calendar, start = read_calendar(OFFICE), datetime(2026, 6, 15, 10, tzinfo=UTC)
    expected = add_work(read_calendar(OFFICE), start, 4000 * HOUR)
    calendar.__dict__["timeline"] = Meddled(calendar.tz, calendar.hours_on)
    assert add_work(calendar, start, 4000 * HOUR) == expected
    assert work_between(calendar, start, expected) == 4000 * HOUR


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_agrees_with_counting_every_second(data: st.DataObject) -> None:
    """b11.4."""
    calendar = data.draw(calendars())
    start = data.draw(moments(calendar.zone))
    end = start + timedelta(seconds=data.draw(st.integers(0, 60_000)))
    assert work_between(calendar, start, end) == counted(calendar, start, end)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_it_ends_at_the_first_second_by_which_enough_was_worked(data: st.DataObject) -> None:
    calendar = data.draw(calendars())
    start = data.draw(moments(calendar.zone))
    seconds = data.draw(st.integers(1, 400_000))
    due = add_work(calendar, start, seconds)
    assert work_between(calendar, start, due) == seconds
    assert work_between(calendar, start, due - timedelta(microseconds=1)) == seconds - 1


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_it_comes_to_the_same_in_one_go_or_in_two(data: st.DataObject) -> None:
    calendar = data.draw(calendars())
    start = data.draw(moments(calendar.zone))
    one, two = data.draw(st.integers(1, 200_000)), data.draw(st.integers(0, 200_000))
    assert add_work(calendar, add_work(calendar, start, one), two) == add_work(calendar, start, one + two)


@settings(max_examples=200, deadline=None)
@given(second=st.integers(946_684_800_000_000, 2_500_000_000_000_000), seconds=st.integers(0, 10**8))
def test_it_is_plain_addition_around_the_clock(second: int, seconds: int) -> None:
    """b11.5."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=second)
    calendar = read_calendar(ALWAYS)
    assert add_work(calendar, start.replace(tzinfo=UTC), seconds) == start.replace(tzinfo=UTC) + timedelta(
        seconds=seconds
    )


@pytest.mark.slow
def test_it_holds_through_every_change_of_the_clocks() -> None:
    """In each kind of zone, around each change from 2000 to 2050, work is what the minutes of the wall clock say.

    The same where the time is held before, over and right after the change.

    b11.4.
    """
    kinds = kinds_of_daylight_saving()
    assert len(kinds) > 50
    for zone in kinds:
        _holds_through_every_change(zone)


HOLDS = ((-80, -65), (-20, 25), (40, 41), (70, 90))
"""Minutes from a change in which a ledger's time is held."""


def _holds_through_every_change(zone: str) -> None:
    week = {day: ["00:00-01:30", "01:45-02:40", "23:10-24:00"] for day in (*WORKDAYS, "sat", "sun")}
    calendar = read_calendar({"zone": zone, "week": week})
    turning = changes(zone)
    assert work_between(calendar, datetime(2000, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)) > 0
    assert turning
    for change in turning:
        works = {minute: _works(calendar, change + minute * 60) for minute in range(-100, 100)}
        start, end = (datetime.fromtimestamp(change + minute * 60, UTC) for minute in (-100, 100))
        assert work_between(calendar, start, end) == sum(works.values()) * 60, (zone, change)
        unheld = [works[minute] for minute in works if not any(a <= minute < b for a, b in HOLDS)]
        assert worked_seconds(calendar, _ledger_at(change, start), end) == sum(unheld) * 60, (zone, change)


def _ledger_at(change: int, start: datetime) -> list[Turn]:
    turns = [Turn(start)]
    for begins, ends in HOLDS:
        turns.append(Turn(datetime.fromtimestamp(change + begins * 60, UTC), False, "waiting_on_customer"))
        turns.append(Turn(datetime.fromtimestamp(change + ends * 60, UTC)))
    return turns


def _works(calendar: Calendar, second: int) -> bool:
    local = datetime.fromtimestamp(second, calendar.tz)
    minute = local.hour * 60 + local.minute
    return any(one.start <= minute < one.end for one in calendar.hours_on(local.date()))
