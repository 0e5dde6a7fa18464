"""What happens on a ticket goes out as letters: to the right people, in the right thread, once."""

from datetime import datetime, timedelta

import pytest

from opora.desk.channels.email import actions, chain, identity
from opora.desk.channels.email.models import OutgoingLetter, Recipient
from opora.desk.channels.email.parsing import Letter, read_letter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.channels.email.tokens import find_ticket
from opora.desk.kernel import jobs
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.rules import Known
from tests.cast import Cast
from tests.email.letters import letter


def react(at: datetime) -> None:
    """Let every listener react to what happened."""
    while jobs.deliver_due(at=at):
        continue


def letters(kind: str) -> list[Letter]:
    return [read_letter(bytes(row.raw)) for row in OutgoingLetter.objects.filter(kind=kind).order_by("pk")]


def emails_of(kind: str) -> set[str]:
    return set(Recipient.objects.filter(letter__kind=kind).values_list("email", flat=True))


def came(raw: bytes, at: datetime) -> Ticket:
    store([Arrived(raw, "lmtp")], at=at)
    chain.process_due(at=at)
    react(at)
    return Ticket.objects.latest("pk")


def test_it_acknowledges_a_letter_with_the_promise_in_words(cast: Cast, monday: datetime) -> None:
    ticket = came(letter(), monday)
    (answer,) = letters("received")
    assert answer.to[0].email == "clara@bakery.example" and answer.subject == f"Re: The shop is slow [{ticket.mark}]"
    assert answer.in_reply_to == ("one@bakery.example",)
    assert answer.automatic.why == "Auto-Submitted: auto-replied"
    assert "We will answer by 14 September 2026, 15:00 (Europe/Moscow)." in answer.text
    assert OutgoingLetter.objects.get().envelope_from == ""


def test_it_acknowledges_in_russian(cast: Cast, monday: datetime) -> None:
    came(letter("Ничего не открывается, помогите", sender="Иван <ivan@new.example>"), monday)
    (answer,) = letters("received")
    assert "Здравствуйте, Иван!" in answer.text and "Мы ответим, как только сможем." in answer.text


@pytest.mark.parametrize(
    "more",
    [
        {"auto_submitted": "auto-generated"},
        {"precedence": "bulk"},
        {"sender": "no-reply@shop.example"},
        {"return_path": "<>"},
        {"list_id": "<a.b>"},
    ],
)
def test_it_never_answers_a_program(cast: Cast, monday: datetime, more: dict[str, str]) -> None:
    came(letter(**more), monday)
    assert Ticket.objects.count() == 1
    assert not OutgoingLetter.objects.exists()


def test_it_stops_acknowledging_a_flood(cast: Cast, monday: datetime) -> None:
    for number in range(14):
        came(letter(f"number {number}", message_id=f"{number}@bakery.example"), monday + timedelta(minutes=number))
    assert Ticket.objects.count() == 14
    assert len(letters("received")) == 10


def test_it_sends_the_customer_what_an_operator_wrote_down(cast: Cast, monday: datetime) -> None:
    tickets.open_ticket(
        requester=cast.clara,
        subject="By phone",
        text="The till is dead.",
        channel="phone",
        by=cast.vera.actor,
        at=monday,
    )
    react(monday)
    (taken,) = letters("received")
    assert "The till is dead." in taken.reply_text and "It has the number" in taken.text


def test_it_goes_round_with_no_vacation_note(cast: Cast, monday: datetime) -> None:
    ticket = came(letter(), monday)
    (ours,) = letters("received")
    for day in range(3):
        note = letter(
            "I am away.",
            message_id=f"away{day}@bakery.example",
            to=ours.reply_to[0].email,
            in_reply_to=f"<{ours.message_id}>",
            auto_submitted="auto-replied",
        )
        assert came(note, monday + timedelta(days=day)) == ticket
    assert OutgoingLetter.objects.count() == 1


def test_it_mails_an_answer_to_everybody_in_the_conversation(cast: Cast, monday: datetime) -> None:
    ticket = came(letter("It is slow.\nReally.", cc="carl@bakery.example"), monday)
    tickets.reply(ticket, by=cast.anna, text="Try again now.", at=monday + timedelta(minutes=5))
    react(monday + timedelta(minutes=5))
    (answer,) = letters("reply")
    assert [person.email for person in answer.to] == ["clara@bakery.example"]
    assert [person.email for person in answer.cc] == ["carl@bakery.example"]
    assert emails_of("reply") == {"clara@bakery.example", "carl@bakery.example"}
    assert answer.reply_text == "Try again now." and "> It is slow.\n> Really." in answer.quoted_text
    assert answer.in_reply_to == ("one@bakery.example",) and answer.references[-1] == "one@bakery.example"
    assert not answer.automatic
    assert find_ticket([answer.reply_to[0].email], identity.token_key()) == ticket.pk
    assert find_ticket([answer.message_id], identity.token_key()) == ticket.pk


def test_it_brings_the_customers_answer_back_to_the_ticket(cast: Cast, monday: datetime) -> None:
    ticket = came(letter(), monday)
    tickets.reply_and_wait(ticket, by=cast.anna, text="Which pages?", at=monday)
    react(monday)
    (ours,) = letters("reply")
    back = letter(
        "All.\n\nOn Mon, 14 Sep 2026 10:00, Support wrote:\n> Which pages?\n",
        to=ours.reply_to[0].email,
        message_id="back@bakery.example",
        in_reply_to=f"<{ours.message_id}>",
        subject=f"Re: {ours.subject}",
    )
    assert came(back, monday + timedelta(hours=1)) == ticket
    ticket.refresh_from_db()
    assert ticket.state == "open" and [m.text for m in ticket.messages.order_by("pk")][-1] == "All."
    tickets.reply(ticket, by=cast.anna, text="Thanks.", at=monday + timedelta(hours=2))
    react(monday + timedelta(hours=2))
    last = letters("reply")[-1]
    assert last.in_reply_to == ("back@bakery.example",)
    assert {"one@bakery.example", ours.message_id} <= set(last.references)


def test_it_answers_a_portal_ticket_by_letter_too(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    react(monday)
    tickets.reply(ticket, by=cast.anna, text="Hello", at=monday)
    react(monday)
    first, second = letters("received")[0], letters("reply")[0]
    assert second.in_reply_to == (first.message_id,)


def test_it_copies_the_customers_words_to_those_who_do_not_have_them(cast: Cast, monday: datetime) -> None:
    ticket = came(letter(cc="carl@bakery.example"), monday)
    assert emails_of("copy") == set()
    tickets.customer_wrote(ticket, by=cast.clara, text="One more thing", at=monday, channel="portal")
    react(monday)
    (copy,) = letters("copy")
    assert emails_of("copy") == {"carl@bakery.example"}
    assert copy.sender is not None and copy.sender.name == "Clara Berg via Support"
    assert copy.reply_text == "One more thing"


def test_it_never_mails_a_note(cast: Cast, monday: datetime) -> None:
    ticket = came(letter(), monday)
    tickets.note(ticket, by=cast.anna.actor, text="the customer is difficult", at=monday)
    tickets.hand_up(ticket, by=cast.anna, at=monday, known=Known("slow", "looked", "suspect the disk"))
    react(monday)
    everything = b"".join(bytes(row.raw) for row in OutgoingLetter.objects.all())
    assert OutgoingLetter.objects.count() == 1
    assert b"difficult" not in everything and b"suspect" not in everything


def test_it_mails_nothing_of_claras_to_dan(cast: Cast, monday: datetime) -> None:
    ticket = came(letter(cc="dan@driftwood.example"), monday)
    tickets.reply(ticket, by=cast.anna, text="Hello", at=monday)
    tickets.customer_wrote(ticket, by=cast.clara, text="Yes", at=monday)
    react(monday)
    assert "dan@driftwood.example" not in set(Recipient.objects.values_list("email", flat=True))


def test_it_tells_a_person_put_in_copy_and_the_one_whose_ticket_was_merged(cast: Cast, monday: datetime) -> None:
    ticket, into = cast.write(cast.clara, monday), cast.write(cast.clara, monday, subject="All is slow")
    tickets.add_participant(ticket, contact=cast.carl, by=cast.anna.actor, at=monday)
    tickets.merge(ticket, into=into, by=cast.anna, at=monday)
    react(monday)
    assert emails_of("welcome") == {"carl@bakery.example"}
    (merged,) = letters("merged")
    assert into.mark in merged.text and find_ticket([merged.reply_to[0].email], identity.token_key()) == into.pk


def test_it_tells_whom_a_customer_put_in_copy_in_the_portal(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    tickets.add_participant(ticket, contact=cast.carl, by=cast.clara.actor, at=monday)
    react(monday)
    assert emails_of("welcome") == {"carl@bakery.example"}
    (told,) = letters("welcome")
    assert "Clara Berg has put you in copy" in told.text and ticket.subject in told.text


def test_it_tells_nobody_of_a_copy_it_came_into_by_a_letter_or_by_itself(cast: Cast, monday: datetime) -> None:
    ticket = came(letter(), monday)
    tickets.reply(ticket, by=cast.anna, text="Hello", at=monday)
    react(monday)
    answered = letters("reply")[0].message_id
    came(letter("More\n", message_id="two@x", in_reply_to=f"<{answered}>", cc="carl@bakery.example"), monday)
    tickets.add_participant(ticket, contact=cast.cleo, by=cast.cleo.actor, at=monday)
    assert ticket.participants.count() == 2
    react(monday)
    assert emails_of("welcome") == set()


def test_it_writes_the_reason_of_a_changed_priority_to_the_customer(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    tickets.add_participant(ticket, contact=cast.carl, by=cast.anna.actor, at=monday)
    tickets.change_priority(ticket, to="low", by=cast.anna, at=monday, why="One page only is slow.")
    react(monday)
    assert emails_of("priority") == {"clara@bakery.example", "carl@bakery.example"}
    letter = letters("priority")[0]
    assert "One page only is slow." in letter.text and "“Low”" in letter.text


def test_it_makes_one_letter_of_an_event_told_twice(cast: Cast, monday: datetime) -> None:
    from opora.desk.channels.email import outbox

    ticket = came(letter(), monday)
    tickets.reply(ticket, by=cast.anna, text="Hello", at=monday)
    react(monday)
    event = Event.objects.get(name="tickets.replied")
    outbox.mail_reply(event, monday)
    assert len(letters("reply")) == 1


def test_it_sends_the_files_of_an_answer(cast: Cast, monday: datetime) -> None:
    ticket = came(letter(), monday)
    files = [tickets.NewFile("план.txt", "text/plain", b"1. wait")]
    tickets.reply(ticket, by=cast.anna, text="See the plan.", at=monday, files=files)
    react(monday)
    assert [(file.name, file.content) for file in letters("reply")[0].attachments] == [("план.txt", b"1. wait")]


def test_it_queues_a_notice_for_one_address(cast: Cast, monday: datetime) -> None:
    actions.queue_notice(to="Clara@bakery.example", subject="Your code\r\nBcc: x@y.example", text="123 456", at=monday)
    (notice,) = letters("notice")
    assert notice.subject == "Your code Bcc: x@y.example" and "123 456" in notice.text and notice.automatic
    with pytest.raises(Refused):
        actions.queue_notice(to="a@b.example, c@d.example", subject="x", text="y", at=monday)
