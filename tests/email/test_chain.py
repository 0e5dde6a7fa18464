"""A letter's way through the chain: where it ends, and what the ticket shows of it."""

from datetime import datetime, timedelta

import pytest

from opora.desk.channels.email import chain, identity
from opora.desk.channels.email.models import InboundLetter, OutgoingLetter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.channels.email.tokens import reply_address
from opora.desk.customers.models import Contact
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Message, Note, Participant, Ticket, TicketLink
from tests.cast import Cast
from tests.email.conftest import Take
from tests.email.letters import letter


def address_of(ticket: Ticket) -> str:
    return reply_address(identity.mailbox(), ticket.pk, identity.token_key())


def test_it_opens_a_ticket_for_a_known_person(cast: Cast, take: Take, monday: datetime) -> None:
    raw = take(letter("The shop is slow.\n\n-- \nClara\n"))
    assert (raw.state, raw.outcome, raw.sender) == ("done", "opened", "clara@bakery.example")
    ticket = Ticket.objects.get(pk=raw.ticket_id)
    assert (ticket.requester, ticket.channel, ticket.subject) == (cast.clara, "email", "The shop is slow")
    assert ticket.contract_version == cast.terms and ticket.due_at is not None and ticket.opened_at == monday
    assert [step[0] for step in raw.steps][-1] == "file_letter"
    facts = InboundLetter.objects.get(raw=raw)
    assert (facts.mail_id, facts.message, facts.contact) == ("one@bakery.example", ticket.messages.get(), cast.clara)


def test_it_makes_a_contact_of_a_stranger(cast: Cast, take: Take) -> None:
    raw = take(letter("Здравствуйте, у нас не открывается сайт.", sender="Иван <ivan@new.example>"))
    ticket = Ticket.objects.get(pk=raw.ticket_id)
    assert (ticket.requester.name, ticket.organisation, ticket.language) == ("Иван", None, "ru")
    take(letter("Second", sender="ivan@new.example", message_id="two@new.example"))
    assert Contact.objects.filter(addresses__email="ivan@new.example").count() == 1


def test_it_counts_a_new_person_of_a_known_domain_to_the_customer(cast: Cast, take: Take) -> None:
    raw = take(letter(sender="New <new@bakery.example>"))
    assert Ticket.objects.get(pk=raw.ticket_id).organisation == cast.bakery


ROADS = ["token address", "envelope", "answered id", "references", "stored id", "subject"]


def answer_by(road: str, ticket: Ticket, **more: str) -> tuple[bytes, tuple[str, ...]]:
    """A letter that names the ticket in one way only, and its envelope."""
    ours = OutgoingLetter.objects.create(
        kind="reply",
        ticket=ticket,
        mail_id="ours@opora.example",
        subject="x",
        raw=b"x",
        size=1,
        made_at=ticket.opened_at,
    )
    signed = address_of(ticket).partition("+")[2]
    headers: dict[str, dict[str, str]] = {
        "token address": {"to": f"Support <{address_of(ticket)}>"},
        "envelope": {},
        "answered id": {"in_reply_to": f"<u1.{signed}>"},
        "references": {"references": f"<x@y.example> <u1.{signed}>"},
        "stored id": {"in_reply_to": f"<{ours.mail_id}>"},
        "subject": {"subject": f"Re: The shop is slow [{ticket.mark}]"},
    }
    words = {"body": "All of them.\n", "message_id": "answer@bakery.example"} | headers[road] | more
    return letter(**words), (address_of(ticket),) if road == "envelope" else ()


@pytest.mark.parametrize("road", ROADS)
def test_it_adds_an_answer_to_its_ticket(cast: Cast, take: Take, opened: Ticket, road: str) -> None:
    raw, envelope = answer_by(road, opened)
    came = take(raw, envelope_to=envelope)
    assert (came.outcome, came.ticket_id) == ("appended", opened.pk)
    opened.refresh_from_db()
    assert opened.state == "open"
    assert opened.messages.order_by("-pk").first().text == "All of them."  # type: ignore[union-attr]


@pytest.mark.parametrize("road", ROADS)
def test_it_never_lets_a_stranger_into_a_ticket(cast: Cast, take: Take, opened: Ticket, road: str) -> None:
    before = opened.messages.count()
    raw, envelope = answer_by(road, opened, sender="Dan Drift <dan@driftwood.example>")
    came = take(raw, envelope_to=envelope)
    assert came.outcome == "opened" and came.ticket_id != opened.pk
    assert opened.messages.count() == before
    new = Ticket.objects.get(pk=came.ticket_id)
    assert new.requester == cast.dan
    assert TicketLink.objects.filter(ticket=new, other=opened, kind="related").exists()
    assert opened.mark in Note.objects.get(ticket=new).text
    assert not Participant.objects.filter(ticket=opened, contact=cast.dan).exists()


def test_it_lets_a_colleague_of_the_customer_answer(cast: Cast, take: Take, opened: Ticket) -> None:
    raw, envelope = answer_by("envelope", opened, sender="Carl Ness <carl@bakery.example>")
    assert take(raw, envelope_to=envelope).outcome == "appended"
    assert Participant.objects.filter(ticket=opened, contact=cast.carl).exists()


def test_it_takes_no_ticket_from_the_words_of_a_letter(cast: Cast, take: Take, opened: Ticket) -> None:
    assert take(letter(f"See [{opened.mark}] and {address_of(opened)}")).outcome == "opened"


def test_it_opens_a_linked_ticket_when_the_old_one_is_closed(
    cast: Cast, take: Take, opened: Ticket, monday: datetime
) -> None:
    tickets.resolve(opened, by=cast.anna, at=monday)
    tickets.close(opened, by=cast.anna.actor, at=monday)
    raw, envelope = answer_by("envelope", opened)
    came = take(raw, envelope_to=envelope, at=monday + timedelta(days=1))
    assert came.outcome == "opened"
    assert TicketLink.objects.filter(ticket_id=came.ticket_id, other=opened).exists()


def test_it_follows_a_merged_ticket(cast: Cast, take: Take, opened: Ticket, monday: datetime) -> None:
    into = cast.write(cast.clara, monday)
    tickets.merge(opened, into=into, by=cast.anna, at=monday)
    raw, envelope = answer_by("envelope", opened)
    assert take(raw, envelope_to=envelope).ticket_id == into.pk


def test_it_keeps_one_of_two_copies(cast: Cast, take: Take) -> None:
    first = take(letter())
    second = take(letter(received="from elsewhere by another road"))
    assert (second.outcome, second.ticket_id) == ("duplicate", first.ticket_id)
    assert Message.objects.count() == 1


def test_it_keeps_another_letter_under_the_same_id(cast: Cast, take: Take) -> None:
    take(letter("Parcel one"))
    assert take(letter("Parcel two")).outcome == "opened"
    assert Message.objects.count() == 2


def test_it_knows_a_second_copy_without_any_id(cast: Cast, take: Take) -> None:
    take(letter(message_id=""))
    assert take(letter(message_id="")).outcome == "duplicate"


def test_it_keeps_one_of_two_copies_that_came_together(cast: Cast, monday: datetime) -> None:
    store([Arrived(letter(), "lmtp"), Arrived(letter(), "lmtp")], at=monday)
    assert sorted(chain.process_due(at=monday).outcomes) == ["duplicate", "opened"]


def test_it_files_automatic_mail_without_waking_the_ticket(cast: Cast, take: Take, opened: Ticket) -> None:
    raw, envelope = answer_by("envelope", opened, auto_submitted="auto-replied")
    came = take(raw, envelope_to=envelope)
    opened.refresh_from_db()
    assert came.outcome == "appended" and opened.state == "waiting_customer"
    assert opened.messages.order_by("-pk").first().automatic  # type: ignore[union-attr]


def test_it_opens_nothing_for_an_automatic_answer_to_nothing(cast: Cast, take: Take) -> None:
    came = take(letter(auto_submitted="auto-replied", in_reply_to="<gone@opora.example>"))
    assert (came.outcome, came.ticket_id, Ticket.objects.count()) == ("filed", None, 0)


def test_it_opens_a_ticket_for_a_program_that_reports_without_promising(cast: Cast, take: Take) -> None:
    came = take(letter("Backup failed", auto_submitted="auto-generated"))
    ticket = Ticket.objects.get(pk=came.ticket_id)
    assert came.outcome == "opened" and ticket.due_at is None


def test_it_turns_back_its_own_letter(cast: Cast, take: Take) -> None:
    assert take(letter(x_opora_loop=identity.loop_mark())).outcome == "own"
    assert take(letter(sender="Support <support@opora.example>", message_id="b@c.example")).outcome == "own"
    assert Ticket.objects.count() == 0


def test_it_brings_people_in_copy_into_a_new_ticket_only_if_they_are_the_customers(cast: Cast, take: Take) -> None:
    came = take(letter(cc="carl@bakery.example, Dan <dan@driftwood.example>, new@bakery.example, x@elsewhere.example"))
    names = set(
        Participant.objects.filter(ticket_id=came.ticket_id).values_list("contact__addresses__email", flat=True)
    )
    assert names == {"carl@bakery.example", "new@bakery.example"}
    hint = Note.objects.get(ticket_id=came.ticket_id).text
    assert "dan@driftwood.example" in hint and "x@elsewhere.example" in hint


def test_it_adds_no_outsider_who_is_in_copy_of_an_answer(cast: Cast, take: Take, opened: Ticket) -> None:
    raw, envelope = answer_by("envelope", opened, cc="dan@driftwood.example, carl@bakery.example")
    take(raw, envelope_to=envelope)
    assert set(Participant.objects.filter(ticket=opened).values_list("contact", flat=True)) == {cast.carl.pk}
    assert "dan@driftwood.example" in Note.objects.get(ticket=opened).text
