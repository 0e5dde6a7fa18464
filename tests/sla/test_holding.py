"""Holding a promise, letting it go on, giving it other terms: every pause is carried, nothing held can break."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.sla.actions import (
    cancel_clock,
    pause_clock,
    reopen_clock,
    repin_clock,
    restart_clock,
    resume_clock,
    retarget_clock,
    revise_calendar,
    round_the_clock,
    start_clock,
    stop_clock,
    sweep_due,
)
from opora.desk.sla.models import CalendarVersion, Clock, Turn
from opora.desk.sla.rules import Terms
from opora.desk.sla.rules import Turn as Line
from tests.sla.conftest import ANNA, HOUR, MONDAY, OFFICE, begin, utc

DUE = utc("2026-09-14T10:00")
NINE, TEN = utc("2026-09-14T07:00"), utc("2026-09-14T08:00")  # in Berlin
CUSTOMER = "waiting_on_customer"

pytestmark = pytest.mark.django_db


def acts(clock: Clock) -> list[tuple[str, bool, str]]:
    return list(Turn.objects.filter(clock=clock).order_by("pk").values_list("act", "counts", "why"))


def test_it_is_due_later_by_the_working_time_it_was_held(clock: Clock) -> None:
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=NINE)
    assert (clock.state, clock.next_deadline_at) == ("paused", None)
    resume_clock(clock, by=ANNA, at=TEN)
    clock.refresh_from_db()
    assert (clock.state, clock.due_at) == ("running", DUE + timedelta(hours=1))
    assert acts(clock) == [("started", True, ""), ("paused", False, CUSTOMER), ("resumed", True, "")]


def test_it_cannot_break_while_it_is_held(clock: Clock) -> None:
    """Class of glpi-project/glpi#24481 and frappe/helpdesk#3776: breached while on hold.

    glpi-project/glpi#24481, #23359.
    """
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=NINE)
    assert sweep_due(at=DUE + timedelta(days=42)) == 0
    assert stop_clock(clock, by=ANNA, at=DUE + timedelta(days=42)).state == "kept"


def test_it_is_missed_when_it_broke_before_it_was_held(clock: Clock) -> None:
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=DUE + timedelta(hours=1))
    assert (clock.state, clock.missed_at) == ("missed", DUE)
    resume_clock(clock, by=ANNA, at=DUE + timedelta(hours=2))
    assert (clock.state, len(acts(clock))) == ("missed", 3)


def test_it_takes_a_second_hold_for_the_same_reason_as_already_so(clock: Clock) -> None:
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=NINE)
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=TEN)
    pause_clock(clock, why="the caller is on a train", by=ANNA, at=TEN)
    assert [act[2] for act in acts(clock)] == ["", CUSTOMER, "the caller is on a train"]
    assert Event.objects.filter(name="sla.clock_paused").count() == 2


def test_it_keeps_the_moment_of_its_turns_in_order_when_one_is_written_down_late(clock: Clock) -> None:
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=TEN)
    resume_clock(clock, by=ANNA, at=NINE)
    assert list(Turn.objects.order_by("pk").values_list("at", flat=True)) == [MONDAY, TEN, TEN]
    assert clock.due_at == DUE


def test_it_warns_after_the_hold_by_what_was_left(clock: Clock) -> None:
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=NINE)
    resume_clock(clock, by=ANNA, at=TEN)
    assert clock.next_deadline_at == clock.warn_at == utc("2026-09-14T10:00")


def test_it_carries_pauses_into_another_target(clock: Clock) -> None:
    """Class of glpi-project/glpi#6902 and #15605: a change of priority lost the accumulated pause."""
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=NINE)
    resume_clock(clock, by=ANNA, at=TEN)
    retarget_clock(clock, target_seconds=2 * HOUR, by=ANNA, at=TEN, why="it is worse")
    assert (clock.state, clock.due_at) == ("running", utc("2026-09-14T09:00"))
    assert acts(clock)[-1] == ("retargeted", True, "")


def test_it_breaks_a_held_promise_by_a_target_that_was_used_up_before_the_hold(clock: Clock) -> None:
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=TEN)
    retarget_clock(clock, target_seconds=HOUR, by=ANNA, at=TEN + timedelta(minutes=5), why="it is an outage")
    assert (clock.state, clock.missed_at) == ("missed", NINE)
    assert Event.objects.get(name="sla.clock_missed").facts["by_change"] is True


def test_it_stays_held_under_another_target_that_leaves_time(clock: Clock) -> None:
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=NINE)
    retarget_clock(clock, target_seconds=2 * HOUR, by=ANNA, at=TEN, why="it is worse")
    assert (clock.state, clock.next_deadline_at) == ("paused", None)
    assert acts(clock)[-1] == ("retargeted", False, CUSTOMER)


def test_it_takes_up_what_was_resolved_without_counting_the_time_between(clock: Clock) -> None:
    """Class of glpi#9267 and znuny#369: does the time count while it was resolved?

    glpi-project/glpi PR#9267; znuny/Znuny PR#369.
    """
    stop_clock(clock, by=ANNA, at=NINE, why="resolved")
    reopen_clock(clock, by=ANNA, at=TEN, why="it came back")
    assert (clock.state, clock.due_at, clock.stopped_at) == ("running", DUE + timedelta(hours=1), None)
    assert acts(clock)[1:] == [("stopped", False, "resolved"), ("reopened", True, "")]


def test_it_stays_missed_when_it_is_taken_up_again(clock: Clock) -> None:
    stop_clock(clock, by=ANNA, at=DUE + timedelta(hours=1))
    reopen_clock(clock, by=ANNA, at=DUE + timedelta(hours=2))
    assert (clock.state, clock.missed_at, clock.is_open) == ("missed", DUE, True)
    assert Event.objects.filter(name="sla.clock_missed").count() == 1


def test_it_refuses_to_take_up_a_cancelled_promise_as_if_answered(clock: Clock) -> None:
    cancel_clock(clock, by=ANNA, at=NINE)
    with pytest.raises(Refused):
        reopen_clock(clock, by=ANNA, at=TEN)


def test_it_carries_pauses_when_a_cancelled_promise_starts_again(clock: Clock) -> None:
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=NINE)
    resume_clock(clock, by=ANNA, at=TEN)
    cancel_clock(clock, by=ANNA, at=TEN)
    again = restart_clock(clock, by=ANNA, at=TEN + timedelta(minutes=5))
    assert (again.started_at, again.due_at) == (MONDAY, DUE + timedelta(hours=1))


def test_it_goes_under_another_calendar_only_when_asked_and_from_its_original_start(clock: Clock) -> None:
    longer = {**OFFICE, "week": OFFICE["week"] | {"mon": ["08:00-18:00"]}}
    version = revise_calendar(clock.calendar_version.calendar, terms=longer, by=SYSTEM, at=NINE, why="no lunch")
    pause_clock(clock, why=CUSTOMER, by=ANNA, at=NINE)
    resume_clock(clock, by=ANNA, at=TEN)
    assert clock.due_at == DUE + timedelta(hours=1)
    repin_clock(
        clock, calendar_version=version, terms=Terms(5 * HOUR, 50), by=ANNA, at=TEN, why="agreed with the owner"
    )
    clock.refresh_from_db()
    assert (clock.calendar_version_id, clock.due_at, clock.warn_share) == (version.pk, utc("2026-09-14T12:00"), 50)
    repinned = Event.objects.get(name="sla.clock_repinned")
    assert (repinned.actor_name, repinned.why) == ("Anna", "agreed with the owner")
    assert repinned.facts["old_target"] == 4 * HOUR


def test_it_never_judges_a_closed_promise_anew_by_other_terms(clock: Clock) -> None:
    """The reconstruction of another desk turned kept promises into missed ones: a later edit never re-judges."""
    stop_clock(clock, by=ANNA, at=TEN)
    repin_clock(clock, calendar_version=clock.calendar_version, terms=Terms(HOUR), by=ANNA, at=DUE, why="stricter")
    assert (clock.state, clock.target_seconds) == ("kept", 4 * HOUR)


def test_it_misses_a_late_entry_at_once_with_one_notice_marked_by_change(office: CalendarVersion) -> None:
    clock = begin(office, at=DUE + timedelta(hours=1), started_at=MONDAY)
    assert (clock.state, clock.missed_at) == ("missed", DUE)
    assert Event.objects.get(name="sla.clock_missed").facts["by_change"] is True


def test_it_begins_on_hold_when_its_first_line_says_so(office: CalendarVersion) -> None:
    clock = begin(office, turns=[Line(MONDAY, False, "confirmation")])
    assert (clock.state, clock.next_deadline_at) == ("paused", None)
    resume_clock(clock, by=ANNA, at=NINE)
    assert (clock.started_at, clock.due_at) == (MONDAY, DUE + timedelta(hours=1))


def test_it_keeps_a_promise_about_anything_by_a_calendar_that_is_always_at_hand(db: None) -> None:
    """znuny/Znuny#514."""
    always = round_the_clock(at=MONDAY)
    clock = start_clock(
        promise="call_back", about=("call", 7), calendar_version=always, target_seconds=HOUR, by=ANNA, at=MONDAY
    )
    assert (clock.due_at, round_the_clock(at=TEN)) == (NINE, always)
    assert str(clock.get_promise_display()) == "Call-back"


def test_it_lets_nobody_change_the_ledger(clock: Clock) -> None:
    """b11.1."""
    for change in (lambda: Turn.objects.update(counts=False, why="x"), lambda: Turn.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
