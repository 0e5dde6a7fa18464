"""What happens to a ticket's promises when something happens to the ticket. Each rule of working with promises, on rows.

The rules themselves are tested without a desk in tests/sla/test_replaying.py; here it is the desk that keeps them.
"""

from datetime import datetime, timedelta

import pytest

from opora.desk.customers.actions import revise_contract
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.models import Event
from opora.desk.sla.actions import sweep_due
from opora.desk.sla.models import Clock, Turn
from opora.desk.sla.rules import Faulty
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from tests.cast import Cast

HOUR = timedelta(hours=1)
TARGETS = {
    "first_reply": {"low": "8h", "medium": "4h", "high": "1h"},
    "next_update": {"low": "16h", "medium": "2h", "high": "1h"},
    "resolution": {"medium": "12h", "high": "4h"},
}
PAUSES = {"resolution": ["waiting_on_customer"]}


@pytest.fixture(autouse=True)
def terms(cast: Cast, monday: datetime) -> None:
    """The bakery's contract promises regular word and resolution too; waiting for the customer holds the resolution."""
    begun = monday - timedelta(days=1)
    revise_contract(
        cast.terms.contract,
        targets=TARGETS,
        pauses=PAUSES,
        calendar_version=cast.office,
        valid_from=begun,
        by=SYSTEM,
        at=begun,
        why="more was sold",
    )


def clock(ticket: Ticket, promise: str) -> Clock:
    return Clock.objects.filter(about_kind="ticket", about_id=ticket.pk, promise=promise).latest("pk")


def states(ticket: Ticket) -> dict[str, str]:
    rows = Clock.objects.filter(about_kind="ticket", about_id=ticket.pk).order_by("pk")
    return {row.promise: row.state for row in rows}


def test_it_promises_first_reply_and_resolution_when_it_opens(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    assert states(ticket) == {"first_reply": "running", "resolution": "running"}
    assert ticket.due_at == clock(ticket, "first_reply").due_at


def test_it_has_no_clock_where_the_contract_promises_nothing(cast: Cast, monday: datetime) -> None:
    assert states(cast.write(cast.clara, monday, priority="low")) == {"first_reply": "running"}


def test_it_owes_regular_word_from_the_first_reply_on(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    tickets.reply(ticket, by=cast.anna, text="We look at it.", at=monday + HOUR)
    assert states(ticket) == {"first_reply": "kept", "resolution": "running", "next_update": "running"}
    assert ticket.due_at == clock(ticket, "next_update").due_at == monday + 3 * HOUR


def test_it_begins_the_next_word_when_a_colleague_answered(cast: Cast, monday: datetime) -> None:
    """zammad/zammad#3140, #5177: the update promise escalated after the agent had replied.

    zammad/zammad#3140, #5177, #5624.
    """
    ticket = cast.write(cast.clara, monday)
    for hours in (1, 2):
        tickets.reply(ticket, by=cast.anna, text="Still at it.", at=monday + hours * HOUR)
    words = Clock.objects.filter(about_id=ticket.pk, promise="next_update").order_by("pk")
    assert [(word.state, word.started_at) for word in words] == [
        ("kept", monday + HOUR),
        ("running", monday + 2 * HOUR),
    ]


def test_it_holds_the_resolution_while_it_waits_for_the_customer_and_nothing_else(cast: Cast, monday: datetime) -> None:
    """osTicket/osTicket#3034: no pause by status."""
    ticket = cast.write(cast.clara, monday)
    tickets.wait_for_customer(ticket, by=cast.anna, at=monday + HOUR)
    assert states(ticket) == {"first_reply": "running", "resolution": "paused"}


def test_it_goes_on_with_the_customers_own_word_from_any_channel(cast: Cast, monday: datetime) -> None:
    """zammad/zammad#1322: the customer's note on the web did not start the clock."""
    for channel in ("portal", "email"):
        ticket = cast.write(cast.clara, monday)
        tickets.wait_for_customer(ticket, by=cast.anna, at=monday)
        tickets.customer_wrote(ticket, by=cast.clara, text="Here it is", at=monday + HOUR, channel=channel)
        assert states(ticket)["resolution"] == "running"


def test_it_does_not_go_on_with_a_robots_mail_from_the_customer(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    tickets.wait_for_customer(ticket, by=cast.anna, at=monday)
    tickets.customer_wrote(ticket, by=cast.clara, text="I am away", at=monday + HOUR, automatic=True)
    assert states(ticket)["resolution"] == "paused"


def test_it_does_not_break_while_it_is_held_nor_when_it_is_resolved_then(cast: Cast, monday: datetime) -> None:
    """glpi-project/glpi#24481, #23359; frappe/helpdesk#3776: breached while on hold, or when resolved out of it."""
    ticket = cast.write(cast.clara, monday)
    tickets.reply_and_wait(ticket, by=cast.anna, text="Which?", at=monday)
    late = monday + timedelta(days=42)
    sweep_due(at=late)
    tickets.resolve(ticket, by=cast.anna, at=late)
    assert states(ticket)["resolution"] == "kept"


def test_it_carries_the_pause_over_a_change_of_priority(cast: Cast, monday: datetime) -> None:
    """glpi-project/glpi#6902, #15605: the accumulated pause was lost. b11.3."""
    ticket = cast.write(cast.clara, monday)
    tickets.wait_for_customer(ticket, by=cast.boris, at=monday)
    tickets.resume(ticket, by=cast.boris, at=monday + 2 * HOUR)
    tickets.change_priority(ticket, to="high", by=cast.boris, at=monday + 2 * HOUR, why="It is down.")
    assert clock(ticket, "resolution").due_at == monday + 7 * HOUR  # 4 h, 2 h held, an hour of lunch


def test_it_starts_from_the_beginning_what_only_the_new_priority_promises(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday, priority="low")
    tickets.change_priority(ticket, to="high", by=cast.boris, at=monday + 2 * HOUR, why="It is down.")
    assert clock(ticket, "resolution").started_at == monday
    assert clock(ticket, "first_reply").state == "missed"
    assert Event.objects.get(name="sla.clock_missed").facts["by_change"] is True


def test_it_withdraws_what_the_new_priority_does_not_promise(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday, priority="high")
    tickets.change_priority(ticket, to="low", by=cast.boris, at=monday, why="Only slow.")
    assert states(ticket) == {"first_reply": "running", "resolution": "cancelled"}


def test_it_leaves_the_clocks_alone_when_somebody_is_assigned_or_a_note_is_left(cast: Cast, monday: datetime) -> None:
    """glpi-project/glpi#1911, #14423; zammad/zammad#5624: assigning or moving began the clock again.

    b11.6; zammad/zammad#3140, #5177, #5624.
    """
    ticket = cast.write(cast.clara, monday)
    before = list(Turn.objects.values())
    tickets.take(ticket, by=cast.anna, at=monday + HOUR)
    tickets.note(ticket, by=cast.anna.actor, text="Looked", at=monday + HOUR)
    tickets.release(ticket, by=cast.anna, at=monday + HOUR)
    assert list(Turn.objects.values()) == before


def test_it_owes_nothing_after_it_is_closed(cast: Cast, monday: datetime) -> None:
    """chatwoot/chatwoot#10178: the clock went on after the close. b11.10."""
    ticket = cast.write(cast.clara, monday)
    tickets.resolve(ticket, by=cast.anna, at=monday + HOUR)
    tickets.close(ticket, by=SYSTEM, at=monday + HOUR)
    assert states(ticket) == {"first_reply": "cancelled", "resolution": "kept"}
    assert (sweep_due(at=monday + timedelta(days=30)), ticket.due_at) == (0, None)


def test_it_takes_the_resolution_up_where_it_stood_when_it_comes_back(cast: Cast, monday: datetime) -> None:
    """glpi PR#9267, znuny/Znuny PR#369: closed time counted, or the clock began anew. b11.10."""
    ticket = cast.write(cast.clara, monday)
    due = clock(ticket, "resolution").due_at
    tickets.reply_and_resolve(ticket, by=cast.anna, text="Done", at=monday)
    tickets.customer_wrote(ticket, by=cast.clara, text="It is back", at=monday + timedelta(days=1))
    assert states(ticket) == {"first_reply": "kept", "resolution": "running", "next_update": "running"}
    assert clock(ticket, "resolution").due_at == due + timedelta(days=1)


def test_it_escalates_nothing_that_was_merged(cast: Cast, monday: datetime) -> None:
    """zammad/zammad#904. b11.10."""
    ticket, other = cast.write(cast.clara, monday), cast.write(cast.clara, monday)
    tickets.merge(ticket, into=other, by=cast.anna, at=monday + HOUR)
    sweep_due(at=monday + timedelta(days=30))
    assert set(states(ticket).values()) == {"cancelled"}
    assert set(states(other).values()) == {"missed"}


def test_it_counts_what_is_split_off_from_the_first_message_that_moved(cast: Cast, monday: datetime) -> None:
    """b11.10."""
    ticket = cast.write(cast.clara, monday)
    message = tickets.customer_wrote(ticket, by=cast.clara, text="And another thing", at=monday + HOUR)
    before = list(Turn.objects.values())
    new = tickets.split(ticket, messages=[message], subject="Another thing", by=cast.anna, at=monday + 3 * HOUR)
    assert clock(new, "first_reply").started_at == monday + HOUR
    assert list(Turn.objects.exclude(clock__about_id=new.pk).values()) == before


def test_it_waits_for_the_written_confirmation_of_a_call(cast: Cast, monday: datetime) -> None:
    """b11.7."""
    ticket = cast.write(cast.clara, monday, channel="phone")
    assert (states(ticket), ticket.due_at) == ({"first_reply": "paused", "resolution": "paused"}, None)
    tickets.customer_wrote(ticket, by=cast.clara, text="I confirm.", at=monday + HOUR, channel="email")
    first = clock(ticket, "first_reply")
    assert (first.started_at, first.due_at) == (monday, monday + 6 * HOUR)  # four hours from the letter, and lunch
    assert (ticket.opened_at, ticket.confirmed_at) == (monday, monday + HOUR)
    assert Event.objects.filter(name="tickets.confirmed").count() == 1


def test_it_keeps_running_promises_when_the_contract_is_revised_or_ends(cast: Cast, monday: datetime) -> None:
    """zammad/zammad#4353, #4359, #534: what runs is neither lost nor judged by a later edit. b11.10."""
    ticket = cast.write(cast.clara, monday)
    before = list(Clock.objects.values())
    contract = cast.terms.contract
    revise_contract(
        contract,
        targets={"first_reply": {"low": "1h", "medium": "1h", "high": "1h"}},
        calendar_version=cast.office,
        valid_from=monday,
        by=SYSTEM,
        at=monday,
        why="stricter",
    )
    type(contract).objects.filter(pk=contract.pk).update(ended_at=monday)
    assert list(Clock.objects.values()) == before
    tickets.reply(ticket, by=cast.anna, text="Here.", at=monday + HOUR)
    assert states(ticket)["first_reply"] == "kept"


def test_it_refuses_terms_whose_lines_may_take_longer_than_the_customer_was_promised(
    cast: Cast, monday: datetime
) -> None:
    """b11.8."""
    inner = {"line": {"l1": {"high": "2h"}, "l2": {"high": "1h"}}, "vendor": {"any": {"high": "90m"}}}
    with pytest.raises(Faulty) as faulty:
        revise_contract(
            cast.terms.contract,
            targets=TARGETS,
            inner=inner,
            calendar_version=cast.office,
            valid_from=monday,
            by=SYSTEM,
            at=monday,
            why="lines",
        )
    assert str(faulty.value) == "inner: together 270 min at priority high, but the customer was promised 240 min"


def test_it_refuses_a_contract_that_pauses_the_first_reply(cast: Cast, monday: datetime) -> None:
    """b11.7."""
    with pytest.raises(Faulty, match="the first reply never pauses"):
        revise_contract(
            cast.terms.contract,
            targets=TARGETS,
            pauses={"first_reply": ["waiting_on_customer"]},
            calendar_version=cast.office,
            valid_from=monday,
            by=SYSTEM,
            at=monday,
            why="cheaper",
        )
