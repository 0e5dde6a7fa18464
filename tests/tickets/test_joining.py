"""Merging and splitting keep every word and never carry one customer's words to another."""

from datetime import datetime, timedelta

import pytest

from opora.desk.kernel.errors import Refused
from opora.desk.tickets import actions, queries, states
from opora.desk.tickets.models import Ticket
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def two(cast: Cast, monday: datetime) -> tuple[Ticket, Ticket]:
    first = cast.write(cast.clara, monday, subject="Slow", text="It is slow")
    second = cast.write(cast.carl, monday + HOUR, subject="Slow too", text="Slow pelican")
    actions.note(second, by=cast.anna.actor, text="Same cause", at=monday + HOUR)
    return first, second


def test_it_keeps_every_word_when_merging(cast: Cast, two: tuple[Ticket, Ticket], monday: datetime) -> None:
    first, second = two
    actions.merge(second, into=first, by=cast.anna, at=monday + 2 * HOUR)
    assert [m.text for m in queries.public_conversation(first)] == ["It is slow", "Slow pelican"]
    assert [n.text for n in queries.internal_notes(first)] == ["Same cause"]
    assert queries.public_conversation(first)[1].came_from == second
    assert cast.carl in queries.people_in_copy(first)
    assert (second.state, second.merged_into, second.due_at) == (states.MERGED, first, None)
    assert queries.find_for_staff(cast.anna, "pelican").filter(pk=first.pk).exists()


def test_it_ends_the_promise_of_the_merged_ticket(cast: Cast, two: tuple[Ticket, Ticket], monday: datetime) -> None:
    """zammad#904: a merged ticket must not go on escalating."""
    first, second = two
    actions.merge(second, into=first, by=cast.anna, at=monday + 2 * HOUR)
    assert not any(clock.is_open for clock in queries.promises_of(second))
    assert all(clock.is_open for clock in queries.promises_of(first))


def test_it_never_merges_across_customers(cast: Cast, two: tuple[Ticket, Ticket], monday: datetime) -> None:
    foreign = cast.write(cast.dan, monday)
    with pytest.raises(Refused, match="different customers"):
        actions.merge(foreign, into=two[0], by=cast.anna, at=monday)
    assert two[0].messages.count() == 1


def test_it_never_merges_two_tickets_into_each_other(cast: Cast, two: tuple[Ticket, Ticket], monday: datetime) -> None:
    """Two colleagues at once, each from a page on which both still stood open."""
    first, second = two
    seen = Ticket.objects.get(pk=second.pk)
    actions.merge(second, into=first, by=cast.anna, at=monday + 2 * HOUR)
    with pytest.raises(Refused, match="has ended"):
        actions.merge(first, into=seen, by=cast.boris, at=monday + 2 * HOUR)
    first.refresh_from_db()
    assert (first.state, first.messages.count()) == (states.NEW, 2)


def test_it_owes_no_second_answer_to_a_question_whose_answer_moved_with_it(
    cast: Cast, two: tuple[Ticket, Ticket], monday: datetime
) -> None:
    first, _ = two
    asked = actions.customer_wrote(first, by=cast.clara, text="And the invoice is wrong", at=monday + HOUR)
    told = actions.reply(first, by=cast.anna, text="We look at the invoice.", at=monday + 2 * HOUR)
    new = actions.split(first, messages=[asked, told], subject="Invoice", by=cast.anna, at=monday + 3 * HOUR)
    assert "first_reply" not in {clock.promise for clock in queries.promises_of(new)}
    assert (new.state, new.last_staff_at, new.last_customer_at) == (states.OPEN, told.at, asked.at)
    again = actions.customer_wrote(new, by=cast.clara, text="And the address", at=monday + 4 * HOUR)
    newest = actions.split(new, messages=[told, again], subject="Address", by=cast.anna, at=monday + 5 * HOUR)
    owed = {clock.promise: clock for clock in queries.promises_of(newest)}
    assert owed["first_reply"].is_open
    assert (newest.state, newest.last_staff_at) == (states.NEW, None)


def test_it_splits_some_messages_off_and_links_both(cast: Cast, two: tuple[Ticket, Ticket], monday: datetime) -> None:
    first, _ = two
    other = actions.customer_wrote(first, by=cast.clara, text="And the invoice is wrong", at=monday + HOUR)
    new = actions.split(first, messages=[other], subject="Invoice", by=cast.anna, at=monday + 2 * HOUR)
    assert [m.text for m in queries.public_conversation(new)] == ["And the invoice is wrong"]
    assert [m.text for m in queries.public_conversation(first)] == ["It is slow"]
    assert (new.requester, new.contract_version) == (cast.clara, cast.terms)
    assert queries.links_of(first)[0].ticket == new
    assert queries.promises_of(new)[0].started_at == monday + HOUR


def test_it_refuses_to_split_off_nothing_or_everything(
    cast: Cast, two: tuple[Ticket, Ticket], monday: datetime
) -> None:
    first, second = two
    for messages in ([], list(first.messages.all()), list(second.messages.all())):
        with pytest.raises(Refused, match="some of the messages"):
            actions.split(first, messages=messages, subject="", by=cast.anna, at=monday)
