"""A call taken down is a ticket that awaits its written confirmation: what may be done before, and what begins with it."""

from datetime import datetime, timedelta

import pytest

from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def call(cast: Cast, monday: datetime) -> Ticket:
    """What Vera wrote down while Clara was on the phone."""
    return tickets.open_ticket(
        requester=cast.clara,
        subject="The shop is gone",
        text="Nobody reaches the shop.",
        kind="incident",
        priority="medium",
        channel="phone",
        by=cast.vera.actor,
        at=monday,
    )


def test_it_awaits_confirmation_from_the_first_moment_and_keeps_both_moments(
    call: Ticket, cast: Cast, monday: datetime
) -> None:
    assert (call.state, call.due_at) == ("waiting_confirmation", None)
    tickets.customer_wrote(call, by=cast.clara, text="Yes, right.", at=monday + HOUR, channel="email")
    call.refresh_from_db()
    assert (call.state, call.opened_at, call.confirmed_at) == ("new", monday, monday + HOUR)
    assert call.due_at is not None
    moves = Event.objects.filter(name="tickets.moved", subject_id=call.pk).values_list("facts", flat=True)
    assert [(one["old"], one["new"]) for one in moves] == [("waiting_confirmation", "new")]


def test_it_lets_engineers_see_think_take_and_ask_but_not_begin(call: Ticket, cast: Cast, monday: datetime) -> None:
    tickets.take(call, by=cast.anna, at=monday)
    tickets.note(call, by=cast.anna.actor, text="Our storage looks healthy.", at=monday)
    tickets.reply_and_wait(call, by=cast.anna, text="Please confirm. Which shop is it?", at=monday)
    assert call.state == "waiting_confirmation"
    with pytest.raises(Refused) as refused:
        tickets.resume(call, by=cast.anna, at=monday)
    assert refused.value.code == "tickets.unconfirmed"
    for verb in (tickets.wait_for_customer, tickets.wait_for_vendor):
        with pytest.raises(Refused):
            verb(call, by=cast.anna, at=monday)
    tickets.customer_wrote(call, by=cast.clara, text="The small one.", at=monday + HOUR)
    call.refresh_from_db()
    assert call.state == "open"


def test_it_counts_no_words_of_a_program_as_confirmation(call: Ticket, cast: Cast, monday: datetime) -> None:
    tickets.customer_wrote(call, by=cast.clara, text="I am away.", at=monday + HOUR, automatic=True)
    call.refresh_from_db()
    assert (call.state, call.confirmed_at) == ("waiting_confirmation", None)


def test_it_still_awaits_confirmation_when_it_comes_back(call: Ticket, cast: Cast, monday: datetime) -> None:
    tickets.resolve(call, by=cast.anna, at=monday, why="It was our own switch.")
    tickets.reopen(call, by=cast.anna.actor, at=monday + HOUR, why="The switch fell over again.")
    assert call.state == "waiting_confirmation"
    tickets.resolve(call, by=cast.anna, at=monday + HOUR)
    tickets.customer_wrote(call, by=cast.clara, text="Not solved!", at=monday + 2 * HOUR)
    call.refresh_from_db()
    assert (call.state, call.confirmed_at) == ("open", monday + 2 * HOUR)


def test_it_may_be_merged_into_what_is_known_already(call: Ticket, cast: Cast, monday: datetime) -> None:
    known = cast.write(cast.clara, monday)
    tickets.merge(call, into=known, by=cast.anna, at=monday)
    call.refresh_from_db()
    assert call.state == "merged"


def test_it_splits_into_tickets_that_await_the_same_word(call: Ticket, cast: Cast, monday: datetime) -> None:
    message = tickets.reply(call, by=cast.anna, text="And the mail?", at=monday)
    other = tickets.split(call, messages=[message], subject="The mail", by=cast.anna, at=monday)
    assert other.state == "waiting_confirmation"


def test_it_is_opened_the_same_one_by_one_and_in_bulk(cast: Cast, monday: datetime) -> None:
    wanted = [
        tickets.NewTicket(requester=cast.clara, subject="A", text="a", at=monday, channel=channel)
        for channel in ("phone", "email")
    ]
    assert [ticket.state for ticket, _message in tickets.open_tickets(wanted)] == ["waiting_confirmation", "new"]


def test_it_lets_operators_take_down_but_never_work(call: Ticket, cast: Cast, monday: datetime) -> None:
    for refused in (
        lambda: tickets.take(call, by=cast.vera, at=monday),
        lambda: tickets.resume(call, by=cast.vera, at=monday),
        lambda: tickets.resolve(call, by=cast.vera, at=monday),
        lambda: tickets.reply(call, by=cast.vera, text="We are on it.", at=monday),
        lambda: tickets.merge(call, into=call, by=cast.vera, at=monday),
    ):
        with pytest.raises(Refused):
            refused()
    tickets.note(call, by=cast.vera.actor, text="She calls from the road.", at=monday)
    assert tickets.customer_wrote(call, by=cast.clara, text="Yes.", at=monday).author_contact == cast.clara
