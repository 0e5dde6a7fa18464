"""A promise from its start to its judgement."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.sla import queries
from opora.desk.sla.actions import (
    cancel_clock,
    restart_clock,
    retarget_clock,
    revise_calendar,
    stop_clock,
    sweep_due,
)
from opora.desk.sla.models import CalendarVersion, Clock
from tests.sla.conftest import ABOUT, ANNA, HOUR, MONDAY, OFFICE, begin, utc

WARN, DUE = utc("2026-09-14T09:00"), utc("2026-09-14T10:00")
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, datetime]]:
    return [
        (name.removeprefix("sla.clock_"), at)
        for name, at in Event.objects.filter(name__startswith="sla.clock").order_by("id").values_list("name", "at")
    ]


def facts(name: str) -> dict[str, Any]:
    return Event.objects.get(name=f"sla.clock_{name}").facts


def test_it_lays_out_warning_and_due_moment_when_it_starts(clock: Clock) -> None:
    clock.refresh_from_db()
    assert (clock.state, clock.warn_at, clock.due_at, clock.next_deadline_at) == ("running", WARN, DUE, WARN)
    event = Event.objects.get(name="sla.clock_started")
    assert (event.subject_kind, event.subject_id, event.actor_name) == (*ABOUT, "Anna")
    assert event.facts == {
        "clock": clock.pk,
        "promise": "first_reply",
        "about_kind": "ticket",
        "about_id": 1042,
        "target": 4 * HOUR,
        "started": "2026-09-14T06:00:00+00:00",
        "due": "2026-09-14T10:00:00+00:00",
        "calendar_version": clock.calendar_version_id,
    }


def test_it_begins_to_count_at_opening_when_asked_at_night(office: CalendarVersion) -> None:
    """chatwoot/chatwoot PR#13392; osTicket/osTicket#2131, #1168, #4969."""
    assert begin(office, at=utc("2026-09-13T22:00")).due_at == DUE


def test_it_can_warn_a_fixed_time_before_the_end(office: CalendarVersion) -> None:
    assert begin(office, warn_share=None, warn_before=HOUR // 2).warn_at == DUE - timedelta(minutes=30)


def test_it_gives_no_warning_when_none_was_agreed(office: CalendarVersion) -> None:
    clock = begin(office, warn_share=None)
    assert (clock.warn_at, clock.next_deadline_at) == (None, DUE + SECOND)


def test_it_keeps_the_promise_when_answered_in_time(clock: Clock) -> None:
    stop_clock(clock, by=ANNA, at=WARN)
    clock.refresh_from_db()
    assert (clock.state, clock.stopped_at, clock.missed_at, clock.next_deadline_at) == ("kept", WARN, None, None)
    assert told() == [("started", MONDAY), ("kept", WARN)]
    assert facts("kept")["stopped"] == WARN.isoformat()


def test_it_keeps_the_promise_when_answered_within_the_due_second(clock: Clock) -> None:
    assert stop_clock(clock, by=ANNA, at=DUE + timedelta(microseconds=999_999)).state == "kept"


def test_it_misses_at_the_due_moment_when_answered_after_it_and_before_the_sweep(clock: Clock) -> None:
    late = DUE + SECOND
    stop_clock(clock, by=ANNA, at=late)
    clock.refresh_from_db()
    assert (clock.state, clock.missed_at, clock.stopped_at) == ("missed", DUE, late)
    assert told() == [("started", MONDAY), ("missed", DUE), ("stopped_late", late)]
    assert sweep_due(at=late + SECOND) == 0


def test_it_stays_missed_when_answered_after_the_sweep(clock: Clock) -> None:
    sweep_due(at=DUE + SECOND)
    stop_clock(clock, by=ANNA, at=DUE + timedelta(hours=1))
    assert (clock.state, clock.missed_at, clock.is_open) == ("missed", DUE, False)
    assert [name for name, _ in told()] == ["started", "missed", "stopped_late"]


def test_it_counts_as_missed_when_due_at_closing_and_answered_in_the_evening(office: CalendarVersion) -> None:
    clock = begin(office, target_seconds=9 * HOUR)
    assert clock.due_at == utc("2026-09-14T16:00")
    assert stop_clock(clock, by=ANNA, at=utc("2026-09-14T16:00:01")).state == "missed"


def test_it_believes_the_moment_of_the_answer_over_the_moment_of_the_sweep(clock: Clock) -> None:
    sweep_due(at=DUE + SECOND)
    stop_clock(clock, by=ANNA, at=DUE - SECOND)
    clock.refresh_from_db()
    assert (clock.state, clock.missed_at, clock.stopped_at) == ("kept", None, DUE - SECOND)
    assert facts("kept")["corrects"] is True


def test_it_stops_only_once(clock: Clock) -> None:
    stale = Clock.objects.get(pk=clock.pk)
    stop_clock(clock, by=ANNA, at=WARN)
    stop_clock(stale, by=ANNA, at=DUE + SECOND)
    assert stale.state == "kept"
    assert [name for name, _ in told()] == ["started", "kept"]


def test_it_refuses_the_same_promise_twice_at_once(clock: Clock) -> None:
    with pytest.raises(Refused) as refusal:
        begin(clock.calendar_version)
    assert refusal.value.code == "sla.already_promised"
    assert Clock.objects.count() == 1


def test_it_promises_again_after_the_first_was_answered(clock: Clock) -> None:
    stop_clock(clock, by=ANNA, at=WARN)
    assert begin(clock.calendar_version, at=WARN).pk != clock.pk


def test_it_can_be_about_anything(clock: Clock) -> None:
    """znuny/Znuny#514."""
    other = begin(clock.calendar_version, about=("call_back", 7))
    assert queries.open_clock("first_reply", ("call_back", 7)) == other
    assert queries.open_clocks(ABOUT) == [clock]


def test_it_is_never_due_again_once_cancelled(clock: Clock) -> None:
    cancel_clock(clock, by=ANNA, at=WARN - SECOND, why="merged")
    assert (clock.state, clock.cancelled_at) == ("cancelled", WARN - SECOND)
    assert sweep_due(at=DUE + SECOND) == 0
    assert [name for name, _ in told()] == ["started", "cancelled"]


def test_it_does_not_forget_a_breach_when_cancelled(clock: Clock) -> None:
    cancel_clock(clock, by=ANNA, at=DUE + SECOND, why="merged")
    assert (clock.state, clock.missed_at, clock.is_open) == ("missed", DUE, False)
    assert [name for name, _ in told()] == ["started", "missed", "cancelled"]


def test_it_goes_on_from_the_original_start_when_restarted(clock: Clock) -> None:
    cancel_clock(clock, by=ANNA, at=WARN - SECOND)
    again = restart_clock(clock, by=ANNA, at=WARN + SECOND)
    assert (again.pk != clock.pk, again.started_at, again.due_at) == (True, MONDAY, DUE)


def test_it_takes_a_missed_one_up_again_without_missing_it_twice(clock: Clock) -> None:
    cancel_clock(clock, by=ANNA, at=DUE + SECOND)
    again = restart_clock(clock, by=ANNA, at=DUE + timedelta(hours=1))
    assert (again.pk, again.is_open) == (clock.pk, True)
    sweep_due(at=DUE + timedelta(hours=2))
    assert [name for name, _ in told()].count("missed") == 1


def test_it_refuses_to_restart_what_was_not_cancelled(clock: Clock) -> None:
    with pytest.raises(Refused) as refusal:
        restart_clock(clock, by=ANNA, at=WARN)
    assert refusal.value.code == "sla.not_cancelled"


def test_it_counts_a_changed_target_from_the_original_start(clock: Clock) -> None:
    """b11.3."""
    retarget_clock(clock, target_seconds=8 * HOUR, by=ANNA, at=WARN, why="Only one user is hit.")
    assert (clock.started_at, clock.due_at) == (MONDAY, utc("2026-09-14T15:00"))
    change = Event.objects.get(name="sla.clock_retargeted")
    assert (change.why, change.facts["old_target"]) == ("Only one user is hit.", 4 * HOUR)
    assert change.facts["old_due"] == DUE.isoformat()


def test_it_breaks_with_one_notice_when_the_new_target_is_already_past(clock: Clock) -> None:
    """b11.3."""
    retarget_clock(clock, target_seconds=HOUR, by=ANNA, at=WARN + SECOND, why="All users are hit.")
    assert (clock.state, clock.missed_at) == ("missed", utc("2026-09-14T07:00"))
    assert sweep_due(at=DUE + SECOND) == 0
    assert facts("missed")["by_change"] is True
    assert [name for name, _ in told()] == ["started", "retargeted", "missed"]


def test_it_lets_no_longer_target_undo_a_breach(clock: Clock) -> None:
    """b11.3."""
    retarget_clock(clock, target_seconds=40 * HOUR, by=ANNA, at=DUE + SECOND, why="Not so urgent.")
    assert (clock.state, clock.missed_at, clock.due_at) == ("missed", DUE, DUE)
    assert "by_change" not in facts("missed")
    assert [name for name, _ in told()] == ["started", "missed"]


def test_it_warns_again_when_a_longer_target_moves_the_warning_ahead(clock: Clock) -> None:
    sweep_due(at=WARN)
    retarget_clock(clock, target_seconds=8 * HOUR, by=ANNA, at=WARN, why="Only one user is hit.")
    assert (clock.warned_at, clock.next_deadline_at) == (None, clock.warn_at)
    retarget_clock(clock, target_seconds=4 * HOUR, by=ANNA, at=WARN, why="No, many.")
    sweep_due(at=WARN)
    assert [name for name, _ in told()].count("warned") == 2


def test_it_leaves_judged_promises_alone_when_the_priority_changes(clock: Clock) -> None:
    stop_clock(clock, by=ANNA, at=WARN)
    retarget_clock(clock, target_seconds=HOUR, by=ANNA, at=DUE, why="late thought")
    assert (clock.state, clock.target_seconds) == ("kept", 4 * HOUR)


def test_it_keeps_its_hours_when_the_calendar_is_revised(clock: Clock) -> None:
    """b11.2."""
    office = clock.calendar_version.calendar
    second = revise_calendar(office, terms=OFFICE | {"dates": {"2026-09-14": []}}, by=SYSTEM, at=WARN, why="strike")
    retarget_clock(clock, target_seconds=HOUR * 3, by=ANNA, at=MONDAY, why="more urgent")
    assert (second.number, clock.due_at) == (2, utc("2026-09-14T09:00"))
    assert queries.latest_version(office) == second


@pytest.mark.parametrize(
    "change",
    [
        {"state": "kept"},
        {"state": "missed", "missed_at": None, "next_deadline_at": None},
        {"next_deadline_at": None},
        {"due_at": MONDAY},
        {"warn_at": DUE + SECOND},
        {"target_seconds": 0},
        {"state": "paused"},
        {"stopped_at": WARN},
    ],
)
def test_it_cannot_be_written_into_a_state_that_contradicts_itself(clock: Clock, change: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(**change)


def test_it_cannot_leave_kept_by_any_road(clock: Clock) -> None:
    stop_clock(clock, by=ANNA, at=WARN)
    with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(state="missed", missed_at=DUE)


def test_it_cannot_move_its_start_or_its_calendar(clock: Clock) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(started_at=WARN)


def test_it_cannot_be_deleted(clock: Clock) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        clock.delete()


def test_it_cannot_have_its_hours_rewritten(office: CalendarVersion) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        CalendarVersion.objects.filter(pk=office.pk).update(terms={})
