"""The inner clocks of the lines: in parallel with the customer's, one after another, and a breach told by who had it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opora.desk.customers.actions import revise_contract
from opora.desk.kernel.actors import SYSTEM
from opora.desk.sla.actions import make_calendar, set_line_hours
from opora.desk.sla.models import Clock
from opora.desk.sla.rules import Turn, read_calendar, worked_seconds
from opora.desk.sla.rules.attribution import shares
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.lines import shares_of
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.rules import Known
from tests.cast import OFFICE, Cast

HOUR = timedelta(hours=1)
KNOWN = Known("The shop is slow.", "Looked at the disk.", "The network.")
TARGETS = {"first_reply": {"low": "8h", "medium": "4h", "high": "1h"}, "resolution": {"medium": "8h", "high": "4h"}}
INNER = {"line": {"l1": {"medium": "2h"}, "l2": {"medium": "4h"}}}


@pytest.fixture(autouse=True)
def terms(cast: Cast, monday: datetime) -> None:
    begun = monday - timedelta(days=1)
    revise_contract(
        cast.terms.contract,
        targets=TARGETS,
        inner=INNER,
        pauses={"resolution": ["waiting_on_customer"]},
        calendar_version=cast.office,
        valid_from=begun,
        by=SYSTEM,
        at=begun,
        why="lines",
    )


def inner(ticket: Ticket) -> list[tuple[str, int, datetime]]:
    rows = Clock.objects.filter(about_kind="ticket", about_id=ticket.pk, promise="line").order_by("pk")
    return [(row.state, row.target_seconds, row.started_at) for row in rows]


def test_it_runs_the_lines_own_clock_beside_the_customers(cast: Cast, monday: datetime) -> None:
    """b11.8."""
    ticket = cast.write(cast.clara, monday)
    assert inner(ticket) == [("running", 2 * 3600, monday)]
    assert ticket.due_at == monday + 5 * HOUR  # the customer's: four hours and lunch


def test_it_ends_one_lines_clock_and_begins_the_others_with_a_hand_over(cast: Cast, monday: datetime) -> None:
    """glpi-project/glpi#1911: group 1 ate group 2's time. glpi-project/glpi#1911, #14423."""
    ticket = cast.write(cast.clara, monday)
    tickets.hand_up(ticket, known=KNOWN, by=cast.anna, at=monday + HOUR)
    assert inner(ticket) == [("kept", 2 * 3600, monday), ("running", 4 * 3600, monday + HOUR)]


def test_it_follows_a_ticket_that_a_rule_puts_into_another_line(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    at = monday + timedelta(minutes=1)
    tickets.place(ticket, line=cast.second, person=cast.boris, by=SYSTEM, at=at, why="By a rule")
    assert inner(ticket) == [("kept", 2 * 3600, monday), ("running", 4 * 3600, at)]
    first_reply = Clock.objects.get(about_id=ticket.pk, promise="first_reply")
    assert shares_of(first_reply, at=monday + HOUR) == {"First line": 60, "Second line": 3540}


def test_it_does_not_begin_anew_when_somebody_is_assigned(cast: Cast, monday: datetime) -> None:
    """glpi-project/glpi#14423. glpi-project/glpi#1911, #14423."""
    ticket = cast.write(cast.clara, monday)
    tickets.take(ticket, by=cast.anna, at=monday + HOUR)
    assert inner(ticket) == [("running", 2 * 3600, monday)]


def test_it_holds_the_lines_clock_while_it_waits(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    for wait in (tickets.wait_for_customer, tickets.wait_for_vendor):
        wait(ticket, by=cast.anna, at=monday + HOUR)
        assert inner(ticket)[0][0] == "paused"
    tickets.resume(ticket, by=cast.anna, at=monday + 2 * HOUR)
    assert inner(ticket)[0][0] == "running"


def test_it_ends_with_the_solution_and_begins_anew_when_it_comes_back(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    tickets.resolve(ticket, by=cast.anna, at=monday + HOUR)
    tickets.reopen(ticket, by=cast.anna.actor, at=monday + 2 * HOUR, why="It came back.")
    assert [state for state, _target, _at in inner(ticket)] == ["kept", "running"]


def test_it_attributes_a_breach_by_the_share_of_time_each_line_had_it(cast: Cast, monday: datetime) -> None:
    """b11.8."""
    ticket = cast.write(cast.clara, monday)
    tickets.hand_up(ticket, known=KNOWN, by=cast.anna, at=monday + 2 * HOUR)
    tickets.wait_for_vendor(ticket, by=cast.boris, at=monday + 5 * HOUR)
    clock = Clock.objects.get(about_id=ticket.pk, promise="resolution")
    assert shares_of(clock, at=monday + 7 * HOUR) == {
        "First line": 2 * 3600,
        "Second line": 2 * 3600,  # lunch is nobody's
        "vendor": 2 * 3600,
    }


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_it_gives_every_counted_second_to_exactly_one_holder(data: st.DataObject) -> None:
    calendar, start = read_calendar(OFFICE), datetime.fromisoformat("2026-09-14T06:00+00:00")
    steps = st.lists(st.integers(0, 200_000), min_size=1, max_size=6)
    moments = [start + timedelta(seconds=second) for second in sorted(data.draw(steps))]
    turns = [Turn(start), *(Turn(at, bool(number % 2), "" if number % 2 else "x") for number, at in enumerate(moments))]
    holders = [(start, "a"), *((at, data.draw(st.sampled_from("abc"))) for at in sorted(moments))]
    until = start + timedelta(seconds=data.draw(st.integers(0, 400_000)))
    held = shares(calendar, turns, holders, until)
    assert abs(sum(held.values()) - worked_seconds(calendar, turns, until)) <= len(held)


def test_it_counts_in_the_hours_of_the_line_where_they_are_others_than_the_contracts(
    cast: Cast, monday: datetime
) -> None:
    nights = {"zone": "Europe/Moscow", "week": {"mon": ["22:00-24:00"], "tue": ["00:00-06:00"]}}
    calendar = make_calendar(slug="nights", name="Nights", terms=nights, by=SYSTEM, at=monday)
    before = cast.write(cast.clara, monday)
    set_line_hours(cast.first, calendar=calendar.calendar, by=cast.hanna.actor, at=monday)
    ticket = cast.write(cast.clara, monday)
    assert line_clock(before).calendar_version == cast.office
    assert line_clock(ticket).calendar_version == calendar
    assert line_clock(ticket).due_at > line_clock(before).due_at
    assert Clock.objects.get(about_id=ticket.pk, promise="first_reply").calendar_version == cast.office
    set_line_hours(cast.first, calendar=None, by=cast.hanna.actor, at=monday)
    assert line_clock(cast.write(cast.clara, monday)).calendar_version == cast.office


def line_clock(ticket: Ticket) -> Clock:
    return Clock.objects.get(about_kind="ticket", about_id=ticket.pk, promise="line")
