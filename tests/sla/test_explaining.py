"""Why this moment? The steps, and the same steps in words, in both languages."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from opora.desk.sla import queries, words
from opora.desk.sla.actions import (
    cancel_clock,
    pause_clock,
    reopen_clock,
    repin_clock,
    resume_clock,
    retarget_clock,
    stop_clock,
    sweep_due,
)
from opora.desk.sla.models import CalendarVersion, Clock
from opora.desk.sla.rules import (
    Calendar,
    Terms,
    Turn,
    add_work,
    explain,
    freeze_holidays,
    read_calendar,
    work_between,
    worked_seconds,
)
from opora.desk.sla.rules.explaining import explain_ledger
from opora.desk.sla.words import say_length
from tests.sla.conftest import ANNA, HOUR, MONDAY, OFFICE, WORKDAYS, begin, utc
from tests.sla.oracle import calendars, moments

BERLIN = ZoneInfo("Europe/Berlin")
MOSCOW = {
    "zone": "Europe/Moscow",
    "week": {day: ["09:00-13:00", "14:00-18:00"] for day in WORKDAYS},
    "every_year": {"12-31": []},
    "holidays": "RU",
}


@pytest.fixture
def moscow() -> Calendar:
    return read_calendar(freeze_holidays(MOSCOW, 2025, 2036))


def short(calendar: Calendar, start: datetime, until: datetime) -> list[tuple[str, int]]:
    return [(step.why, step.seconds) for step in explain(calendar, start, until)]


def test_it_names_working_time_break_night_and_weekend() -> None:
    """frappe/helpdesk#2212; chatwoot/chatwoot#14009."""
    friday = datetime(2015, 3, 27, 12, tzinfo=BERLIN)
    calendar = read_calendar(OFFICE)
    assert short(calendar, friday, add_work(calendar, friday, 15 * HOUR)) == [
        ("before_start", 0),
        ("working", HOUR),
        ("break", 0),
        ("working", 4 * HOUR),
        ("weekend", 0),
        ("working", 5 * HOUR),
        ("break", 0),
        ("working", 4 * HOUR),
        ("night", 0),
        ("working", HOUR),
    ]


def test_it_says_where_the_clocks_were_changed() -> None:
    calendar = read_calendar(OFFICE)
    steps = explain(calendar, datetime(2015, 3, 27, 17, tzinfo=BERLIN), datetime(2015, 3, 30, 9, tzinfo=BERLIN))
    assert [(step.why, step.shift) for step in steps if step.shift] == [("weekend", HOUR)]


def test_it_folds_days_off_in_a_row_and_names_the_holidays(moscow: Calendar) -> None:
    start = datetime(2026, 12, 30, 17, tzinfo=moscow.tz)
    (gap,) = [step for step in explain(moscow, start, add_work(moscow, start, 2 * HOUR)) if step.why == "holiday"]
    assert gap.end == datetime(2027, 1, 11, 9, tzinfo=moscow.tz)
    assert [(run.first.day, run.last.day, run.why) for run in gap.closed] == [
        (31, 31, "holiday"),
        (1, 6, "holiday"),
        (7, 7, "holiday"),
        (8, 8, "holiday"),
        (9, 10, "weekend"),
    ]
    assert dict(gap.closed[2].names) == {"en": "Christmas Day", "ru": "Рождество Христово"}


def test_it_is_one_step_around_the_clock() -> None:
    start = datetime(2026, 3, 28, 22, tzinfo=BERLIN)
    steps = explain(read_calendar({"zone": "Europe/Berlin", "week": "24x7"}), start, start + timedelta(days=300))
    assert [(step.why, step.seconds) for step in steps] == [("working", 300 * 86_400)]


@pytest.mark.parametrize("hours", [400, 2000, 20_000])
def test_it_stays_readable_however_long_the_promise_is(moscow: Calendar, hours: int) -> None:
    start = datetime(2026, 2, 2, 9, 20, tzinfo=moscow.tz)
    due = add_work(moscow, start, hours * HOUR)
    steps = explain(moscow, start, due)
    assert len(steps) <= 60
    assert sum(step.seconds for step in steps) == hours * HOUR == steps[-1].total
    assert any(step.why == "working_days" and step.days > 5 for step in steps)


def test_it_parts_at_the_due_moment_and_says_what_was_late() -> None:
    calendar, start = read_calendar(OFFICE), datetime(2026, 9, 14, 8, tzinfo=BERLIN)
    due = start + timedelta(hours=2)
    steps = explain(calendar, start, start + timedelta(hours=3), due=due)
    assert [(step.end, step.seconds, step.late) for step in steps] == [
        (due, 2 * HOUR, False),
        (due + timedelta(hours=1), HOUR, True),
    ]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_it_accounts_for_every_second_without_a_gap(data: st.DataObject) -> None:
    calendar = data.draw(calendars())
    start = data.draw(moments(calendar.zone))
    end = start + timedelta(seconds=data.draw(st.integers(0, 40 * 86_400)))
    due = start + timedelta(seconds=data.draw(st.integers(0, 40 * 86_400)))
    steps = [step for step in explain(calendar, start, end, due=due) if step.why != "before_start"]
    assert sum(step.seconds for step in steps) == work_between(calendar, start, end)
    assert [step.end for step in steps[:-1]] == [step.start for step in steps[1:]]
    if steps:
        assert (steps[0].start, steps[-1].end) == (start, end)
    for step in steps:
        assert step.seconds == (work_between(calendar, step.start, step.end) if step.counts else 0)


@pytest.mark.django_db
def test_it_tells_a_clock_in_english(clock: Clock) -> None:
    with translation.override("en"):
        told = queries.explain_clock(clock)
    assert told.opening == (
        "First reply within 4 h of working time by the calendar “Office” (Europe/Berlin), "
        "counted from Mon 14 September 2026, 08:00."
    )
    assert [line.sentence for line in told.lines] == [
        "Mon 14 September, 08:00–12:00: working time, 4 h counted.",
    ]
    assert told.closing == "So it is due by Mon 14 September 2026, 12:00."


@pytest.mark.django_db
def test_it_tells_a_clock_in_russian(office: CalendarVersion) -> None:
    clock = begin(office, target_seconds=15 * HOUR, at=datetime(2015, 3, 27, 12, tzinfo=BERLIN))
    with translation.override("ru"):
        told = queries.explain_clock(clock)
    assert told.opening == (
        "Первый ответ — в течение 15 ч рабочего времени по календарю «Office» (Europe/Berlin), отсчёт с пт 27 марта 2015, 12:00."
    )
    assert [line.sentence for line in told.lines] == [
        "пт 27 марта, 08:00–12:00: до начала отсчёта, не засчитано.",
        "пт 27 марта, 12:00–13:00: рабочее время, засчитано 1 ч.",
        "пт 27 марта, 13:00–14:00: перерыв, не засчитано.",
        "пт 27 марта, 14:00–18:00: рабочее время, засчитано 4 ч.",
        "пт 27 марта, 18:00 – пн 30 марта, 08:00: выходные, не засчитано; часы перевели вперёд на 1 ч.",
        "пн 30 марта, 08:00–13:00: рабочее время, засчитано 5 ч.",
        "пн 30 марта, 13:00–14:00: перерыв, не засчитано.",
        "пн 30 марта, 14:00–18:00: рабочее время, засчитано 4 ч.",
        "пн 30 марта, 18:00 – вт 31 марта, 08:00: нерабочие часы, не засчитано.",
        "вт 31 марта, 08:00–09:00: рабочее время, засчитано 1 ч.",
    ]
    assert told.closing == "Значит, срок — вт 31 марта 2015, 09:00."


@pytest.mark.django_db
def test_it_tells_how_it_came_out(clock: Clock, office: CalendarVersion) -> None:
    kept, late, gone = (begin(office, about=("ticket", number)) for number in (1, 2, 3))
    stop_clock(kept, by=ANNA, at=utc("2026-09-14T09:05:07"))
    cancel_clock(gone, by=ANNA, at=utc("2026-09-14T09:30"))
    sweep_due(at=utc("2026-09-14T10:30"))
    clock.refresh_from_db()
    stop_clock(late, by=ANNA, at=utc("2026-09-14T11:30"))
    due = "Due by Mon 14 September 2026, 12:00"
    with translation.override("en"):
        assert [queries.explain_clock(one).closing for one in (kept, late, gone, clock)] == [
            f"{due}, answered Mon 14 September 2026, 11:05:07: kept.",
            f"{due}, answered Mon 14 September 2026, 13:30: missed.",
            f"{due}; cancelled before that, nobody waits for it any more.",
            f"{due} and not answered by then: missed.",
        ]
        lines = queries.explain_clock(late, until=late.stopped_at).lines
    assert lines[1].sentence == "Mon 14 September, 12:00–13:00: working time after the due moment, 1 h late."


@pytest.mark.django_db
def test_it_tells_who_changed_the_target_and_why(clock: Clock, office: CalendarVersion) -> None:
    other = begin(office, about=("call_back", 1042))
    retarget_clock(other, target_seconds=HOUR * 2, by=ANNA, at=utc("2026-09-14T07:00"), why="Another matter.")
    retarget_clock(clock, target_seconds=HOUR * 8, by=ANNA, at=utc("2026-09-14T09:00"), why="Only one user is hit.")
    with translation.override("en"):
        told = queries.explain_clock(clock)
    assert told.changes == [
        "Mon 14 September 2026, 11:00: the target was changed from 4 h to 8 h by Anna. Only one user is hit."
    ]
    assert told.opening.startswith("First reply within 8 h")


@pytest.mark.django_db
def test_it_speaks_in_the_readers_zone_when_asked(clock: Clock) -> None:
    with translation.override("en"):
        told = queries.explain_clock(clock, zone="Asia/Yekaterinburg")
    assert told.closing == "So it is due by Mon 14 September 2026, 15:00."


@pytest.mark.django_db
def test_it_gives_the_same_as_facts_for_the_api(clock: Clock) -> None:
    with translation.override("en"):
        (step,) = queries.explain_clock(clock).as_facts()["steps"]
    assert (step["from"], step["to"], step["counts"], step["seconds"], step["why"]) == (
        "2026-09-14T06:00:00+00:00",
        "2026-09-14T10:00:00+00:00",
        True,
        4 * HOUR,
        "working",
    )


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [(0, "0 s", "0 с"), (5400, "1 h 30 min", "1 ч 30 мин"), (90_061, "25 h 1 min 1 s", "25 ч 1 мин 1 с")],
)
def test_it_says_lengths_without_gathering_hours_into_days(seconds: int, english: str, russian: str) -> None:
    with translation.override("en"):
        assert say_length(seconds) == english
    with translation.override("ru"):
        assert say_length(seconds) == russian


def test_it_folds_working_days_in_words(moscow: Calendar) -> None:
    from opora.desk.sla.words import say_step

    start = datetime(2026, 2, 2, 9, tzinfo=UTC)
    folded = next(step for step in explain(moscow, start, add_work(moscow, start, 400 * HOUR)) if step.days)
    with translation.override("ru"):
        assert say_step(folded).startswith(f"{folded.days} рабочих дн")


@pytest.mark.django_db
def test_it_tells_of_every_hold_with_its_reason_and_who_put_it(clock: Clock) -> None:
    """b11.1."""
    pause_clock(clock, why="waiting_on_customer", by=ANNA, at=utc("2026-09-14T07:00"))
    with translation.override("en"):
        held = queries.explain_clock(clock)
    assert [line.sentence for line in held.lines] == [
        "Mon 14 September, 08:00–09:00: working time, 1 h counted.",
        "since Mon 14 September 2026, 09:00: waiting for the customer, not counted (Anna).",
    ]
    assert held.closing == "On hold: waiting for the customer. When it goes on, 3 h of working time are left."
    resume_clock(clock, by=ANNA, at=utc("2026-09-14T13:00"))
    with translation.override("en"):
        told = queries.explain_clock(clock)
    assert [line.sentence for line in told.lines] == [
        "Mon 14 September, 08:00–09:00: working time, 1 h counted.",
        "Mon 14 September, 09:00–15:00: waiting for the customer, not counted (Anna).",
        "Mon 14 September, 15:00–18:00: working time, 3 h counted.",
    ]
    assert [turn.what for turn in told.turns] == ["started", "put on hold: waiting for the customer", "went on"]
    assert [step["total"] for step in told.as_facts()["steps"]] == [HOUR, HOUR, 4 * HOUR]
    assert [row["act"] for row in told.as_facts()["ledger"]] == ["started", "paused", "resumed"]


@pytest.mark.django_db
def test_it_tells_of_other_terms_and_of_what_came_back(clock: Clock) -> None:
    repin_clock(
        clock,
        calendar_version=clock.calendar_version,
        terms=Terms(8 * HOUR),
        by=ANNA,
        at=utc("2026-09-14T06:30"),
        why="The new contract.",
    )
    stop_clock(clock, by=ANNA, at=utc("2026-09-14T07:00"))
    reopen_clock(clock, by=ANNA, at=utc("2026-09-14T08:00"), why="It came back.")
    with translation.override("en"):
        told = queries.explain_clock(clock)
    assert told.changes == [
        "Mon 14 September 2026, 08:30: put under other terms by Anna: 8 h instead of 4 h. The new contract.",
        "Mon 14 September 2026, 10:00: taken up again by Anna. It came back.",
    ]
    assert told.lines[1].sentence == "Mon 14 September, 09:00–10:00: answered, not counted."


def test_it_stays_readable_however_often_it_was_held() -> None:
    """A promise held every hour over three weeks: each day in the middle is one step, and every second is accounted for."""
    start, turns = utc("2026-09-14T06:00"), [Turn(utc("2026-09-14T06:00"))]
    for hour in range(500):
        turns.append(Turn(start + timedelta(hours=hour, minutes=20), False, "waiting_on_customer"))
        turns.append(Turn(start + timedelta(hours=hour, minutes=50)))
    end = start + timedelta(hours=500)
    calendar = read_calendar(OFFICE)
    steps = explain_ledger(calendar, turns, end)
    assert len(steps) <= 60
    assert steps[-1].total == worked_seconds(calendar, turns, end)
    assert sum(step.seconds for step in steps) == steps[-1].total
    assert all(a.end == b.start for a, b in pairwise(steps[1:]))
    assert sum(step.waits + step.held for step in steps) == 500
    assert {words.say_step(step).partition(",")[0] for step in steps if step.waits > 23} >= {"24 waits"}


@pytest.mark.django_db
def test_it_shows_of_a_very_long_ledger_the_beginning_and_the_end_and_gives_a_program_all(clock: Clock) -> None:
    for minute in range(1, 61):
        pause_clock(clock, why="waiting_on_customer", by=ANNA, at=MONDAY + timedelta(minutes=minute))
        resume_clock(clock, by=ANNA, at=MONDAY + timedelta(minutes=minute, seconds=30))
    explained = queries.explain_clock(clock)
    assert len(explained.turns) == 41
    assert (explained.turns[20].when, explained.turns[20].what) == ("…", "81 lines more")
    assert len(explained.as_facts()["ledger"]) == 121


def test_it_stays_readable_when_most_of_very_many_holds_came_after_the_due_moment() -> None:
    start, turns = utc("2026-09-14T06:00"), [Turn(utc("2026-09-14T06:00"))]
    for hour in range(500):
        turns.append(Turn(start + timedelta(hours=hour, minutes=20), False, "waiting_on_customer"))
        turns.append(Turn(start + timedelta(hours=hour, minutes=50)))
    end, due = start + timedelta(hours=500), start + timedelta(hours=30)
    calendar = read_calendar(OFFICE)
    steps = explain_ledger(calendar, turns, end, due=due)
    assert len(steps) <= 60
    assert sum(step.seconds for step in steps) == steps[-1].total == worked_seconds(calendar, turns, end)
    assert any(a.end == due <= b.start and b.late for a, b in pairwise(steps))
    assert sum(step.waits + step.held for step in steps) == 500
