"""A hand-off carries what is known (process rule 7), along the lines only, and is kept for ever."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions, rules
from opora.desk.tickets.handoffs import handoffs_of, known_so_far
from opora.desk.tickets.models import Handoff, SearchEntry, Ticket
from opora.desk.tickets.rules import Known
from opora.desk.tickets.search import matching
from tests.cast import Cast

pytestmark = pytest.mark.django_db
KNOWN = Known("Why is the shop slow?", "Looked at the load: normal.", "The disk of web1.")


@pytest.fixture
def ticket(cast: Cast, monday: datetime) -> Ticket:
    return cast.write(cast.clara, monday)


def test_it_hands_up_with_what_is_known(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.take(ticket, by=cast.anna, at=monday)
    note = actions.hand_up(ticket, known=KNOWN, by=cast.anna, at=monday)
    ticket.refresh_from_db()
    assert (ticket.line, ticket.assignee) == (cast.second, None)
    assert (note.kind, note.from_line, note.to_line) == ("up", cast.first, cast.second)
    assert (note.asked, note.tried, note.suspected) == (KNOWN.asked, KNOWN.tried, KNOWN.suspected)
    assert Event.objects.get(name="tickets.handed_over").facts["way"] == "up"
    assert SearchEntry.objects.get() in matching("disk", notes=True)
    assert SearchEntry.objects.get() not in matching("normal", notes=False)


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        (Known(" ", "b", "c"), "what was asked"),
        (Known("a", "", "c"), "what was tried"),
        (Known("a", "b", "\n"), "what is suspected"),
    ],
)
def test_it_refuses_a_note_without_one_of_its_parts(
    cast: Cast, ticket: Ticket, monday: datetime, known: Known, missing: str
) -> None:
    with pytest.raises(Refused, match=missing):
        actions.hand_up(ticket, known=known, by=cast.anna, at=monday)
    with pytest.raises(Refused, match=missing):
        actions.resolve(ticket, known=known, by=cast.anna, at=monday)
    ticket.refresh_from_db()
    assert (ticket.line, ticket.state) == (cast.first, "new")


def test_it_refuses_to_skip_a_line(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    with pytest.raises(Refused, match="from line to line"):
        actions.hand_over(ticket, to=cast.third, known=KNOWN, by=cast.anna, at=monday)
    actions.hand_over(ticket, to=cast.second, known=KNOWN, by=cast.anna, at=monday)
    actions.hand_over(ticket, to=cast.third, known=KNOWN, by=cast.boris, at=monday)
    assert ticket.line == cast.third


def test_it_hands_back_to_where_it_came_from(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.hand_up(ticket, known=KNOWN, by=cast.anna, at=monday)
    note = actions.hand_back(ticket, known=KNOWN, by=cast.boris, at=monday)
    assert (note.kind, ticket.line) == ("back", cast.first)


def test_it_has_nothing_behind_the_first_line_and_nothing_after_the_third(
    cast: Cast, ticket: Ticket, monday: datetime
) -> None:
    with pytest.raises(Refused, match="no line on that side"):
        actions.hand_back(ticket, known=KNOWN, by=cast.anna, at=monday)
    actions.hand_up(ticket, known=KNOWN, by=cast.anna, at=monday)
    actions.hand_up(ticket, known=KNOWN, by=cast.boris, at=monday)
    with pytest.raises(Refused, match="no line on that side"):
        actions.hand_up(ticket, known=KNOWN, by=cast.oleg, at=monday)


def test_it_refuses_the_operator_the_same_line_and_an_ended_ticket(
    cast: Cast, ticket: Ticket, monday: datetime
) -> None:
    with pytest.raises(Refused, match="role does not work tickets"):
        actions.hand_up(ticket, known=KNOWN, by=cast.vera, at=monday)
    with pytest.raises(Refused, match="this line already"):
        actions.hand_over(ticket, to=cast.first, known=KNOWN, by=cast.anna, at=monday)
    actions.resolve(ticket, by=cast.anna, at=monday)
    actions.close(ticket, by=cast.anna.actor, at=monday)
    with pytest.raises(Refused, match="has ended"):
        actions.hand_up(ticket, known=KNOWN, by=cast.anna, at=monday)
    assert not Handoff.objects.exclude(kind="close").exists()


def test_it_drafts_the_note_from_the_ticket(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    later = [monday + timedelta(minutes=n) for n in range(6)]
    actions.reply(ticket, by=cast.anna, text="Which pages?", at=later[1])
    actions.customer_wrote(ticket, by=cast.clara, text="Only the cart.", at=later[2])
    actions.customer_wrote(ticket, by=cast.clara, text="I am away", at=later[3], automatic=True)
    actions.note(ticket, by=cast.anna.actor, text="The cart asks the old server.", at=later[3])
    draft = known_so_far(ticket)
    assert draft == Known(
        "Only the cart.", "Anna Petrova: Which pages?\nAnna Petrova: The cart asks the old server.", ""
    )
    actions.hand_up(ticket, known=KNOWN, by=cast.anna, at=later[4])
    actions.note(ticket, by=cast.boris.actor, text="Moved the cart.", at=later[5])
    assert known_so_far(ticket) == Known("Only the cart.", "Boris Orlov: Moved the cart.", KNOWN.suspected)


def test_it_leaves_a_note_when_a_line_closes(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.resolve(ticket, known=KNOWN, by=cast.anna, at=monday)
    (note,) = handoffs_of(ticket)
    assert (note.kind, note.from_line, note.to_line, note.drawn) == ("close", cast.first, None, False)


def test_it_draws_the_closing_note_where_nobody_wrote_one_and_says_so(
    cast: Cast, ticket: Ticket, monday: datetime
) -> None:
    actions.reply_and_resolve(ticket, by=cast.anna, text="The disk was full.", at=monday)
    (note,) = handoffs_of(ticket)
    assert note.drawn
    assert note.asked == "Pages take ten seconds since the morning."
    assert note.tried == "Anna Petrova: The disk was full."


def test_it_never_changes_or_forgets_a_note(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    note = actions.hand_up(ticket, known=KNOWN, by=cast.anna, at=monday)
    with pytest.raises(DatabaseError), transaction.atomic():
        Handoff.objects.filter(pk=note.pk).update(suspected="something else")
    with pytest.raises(DatabaseError), transaction.atomic():
        Handoff.objects.filter(pk=note.pk).delete()
    assert Handoff.objects.get().suspected == KNOWN.suspected


KINDS = st.sampled_from(["l1", "l2", "l3", "billing", "rnd", ""])


@given(old=KINDS, new=KINDS)
def test_it_knows_the_way_back_of_every_way(old: str, new: str) -> None:
    opposite = {"up": "back", "back": "up", "across": "across", "": ""}
    assert rules.direction(new, old) == opposite[rules.direction(old, new)]


@pytest.mark.parametrize(
    ("ways", "turned"),
    [([], 0), (["up"], 0), (["up", "up"], 0), (["up", "back"], 1), (["up", "back", "across", "up"], 2)],
)
def test_it_counts_how_often_a_ticket_turned_round(ways: list[str], turned: int) -> None:
    assert rules.turns(ways) == turned
