"""A letter's way through the chain: where it ends, and what the ticket shows of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, ProgrammingError

from opora.desk.channels.email import actions, chain, identity, states
from opora.desk.channels.email.models import InboundLetter, OutgoingLetter, RawLetter, Recipient
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.channels.email.tokens import reply_address
from opora.desk.customers.models import Contact
from opora.desk.kernel.errors import Refused
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Message, Note, Participant, Ticket, TicketLink
from tests.cast import Cast
from tests.email.letters import letter

Take = Callable[..., RawLetter]


@pytest.fixture
def take(monday: datetime) -> Take:
    """Store one letter, put it through the chain, and give it back with what became of it."""

    def take(raw: bytes, *, at: datetime | None = None, envelope_to: tuple[str, ...] = ()) -> RawLetter:
        moment = at or monday
        (key,) = store([Arrived(raw, "lmtp", "clara@bakery.example", envelope_to)], at=moment)
        chain.process_due(at=moment)
        return RawLetter.objects.get(pk=key)

    return take


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


@pytest.fixture
def opened(cast: Cast, monday: datetime) -> Ticket:
    """A ticket of Clara's, answered by Anna, waiting for Clara."""
    ticket = cast.write(cast.clara, monday - timedelta(hours=1))
    tickets.reply_and_wait(ticket, by=cast.anna, text="Which pages?", at=monday - timedelta(minutes=30))
    return ticket


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


def report_about(mail_id: str, email: str, action: str = "failed") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\nReturn-Path: <>\nMessage-ID: <dsn@mx.example>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {email}\nAction: {action}\nStatus: 5.1.1\n\n--b\n"
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: <{mail_id}>\n\n--b--\n"
    ).encode()


@pytest.fixture
def sent(opened: Ticket, cast: Cast, monday: datetime) -> Recipient:
    """A letter of ours that went out to Clara."""
    ours = OutgoingLetter.objects.create(
        kind="reply", ticket=opened, mail_id="ours@opora.example", subject="x", raw=b"x", size=1, made_at=monday
    )
    return Recipient.objects.create(
        letter=ours, email="clara@bakery.example", contact=cast.clara, state=states.SENT, next_try_at=monday
    )


def test_it_reads_a_bounce_back_to_the_letter_and_its_recipient(take: Take, sent: Recipient, opened: Ticket) -> None:
    came = take(report_about("ours@opora.example", "clara@bakery.example"))
    sent.refresh_from_db()
    assert came.outcome == "bounce" and (sent.state, sent.answer) == ("failed", "report: failed 5.1.1")
    assert "clara@bakery.example" in Note.objects.get(ticket=opened).text


def test_it_takes_a_delay_for_no_failure(take: Take, sent: Recipient) -> None:
    take(report_about("ours@opora.example", "clara@bakery.example", "delayed"))
    sent.refresh_from_db()
    assert sent.state == "sent" and "delayed" in sent.answer


def test_it_believes_no_bounce_about_a_letter_we_never_sent(take: Take, sent: Recipient) -> None:
    assert take(report_about("forged@opora.example", "clara@bakery.example")).outcome == "filed"
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_it_puts_a_letter_without_a_sender_into_quarantine(cast: Cast, take: Take) -> None:
    came = take(b"Subject: Who am I\n\nwords\n")
    assert (came.state, came.outcome) == ("quarantined", "") and "no sender" in came.reason


def test_it_puts_an_empty_letter_into_quarantine(cast: Cast, take: Take) -> None:
    came = take(letter("", subject=""))
    assert came.state == "quarantined" and came.reason == "it says nothing at all"


@pytest.mark.parametrize("trouble", [ZeroDivisionError, OperationalError, ProgrammingError])
def test_it_never_lets_one_bad_letter_hold_up_the_next(
    cast: Cast, monday: datetime, monkeypatch: pytest.MonkeyPatch, trouble: type[Exception]
) -> None:
    real = chain.STEPS[-1]

    def file_letter(case: object) -> object:
        if case.letter.subject == "poison":  # type: ignore[attr-defined]
            tickets.open_ticket(requester=cast.clara, subject="half", text="half", by=cast.clara.actor, at=monday)
            raise trouble("poison")
        return real(case)  # type: ignore[arg-type]

    monkeypatch.setattr(chain, "STEPS", (*chain.STEPS[:-1], file_letter))
    bad, good = store(
        [Arrived(letter(subject="poison"), "lmtp"), Arrived(letter(message_id="two@bakery.example"), "lmtp")], at=monday
    )
    chain.process_due(at=monday)
    assert RawLetter.objects.get(pk=good).outcome == "opened"
    assert Ticket.objects.count() == 1
    for day in range(1, 4):
        chain.process_due(at=monday + timedelta(days=day))
    letter_in_quarantine = RawLetter.objects.get(pk=bad)
    assert letter_in_quarantine.state == "quarantined" and trouble.__name__ in letter_in_quarantine.error
    monkeypatch.undo()
    actions.retry_letter(letter_in_quarantine, by=cast.anna, at=monday + timedelta(days=5))
    chain.process_due(at=monday + timedelta(days=5))
    assert RawLetter.objects.get(pk=bad).outcome == "opened"


def test_it_makes_a_ticket_of_a_quarantined_letter_by_hand(cast: Cast, take: Take, monday: datetime) -> None:
    came = take(b"Subject: Who am I\n\nwords\n")
    with pytest.raises(Refused):
        actions.make_ticket_from_quarantine(came, by=cast.anna, at=monday)
    with pytest.raises(Refused):
        actions.make_ticket_from_quarantine(came, by=cast.vera, at=monday, requester=cast.clara)
    ticket = actions.make_ticket_from_quarantine(came, by=cast.anna, at=monday, requester=cast.clara)
    came.refresh_from_db()
    assert (came.state, came.outcome, came.ticket) == ("done", "by_hand", ticket)
    assert ticket.messages.get().files.get().name == "Who am I.eml"


def test_it_claims_a_letter_for_one_worker_until_the_lease_is_over(cast: Cast, monday: datetime) -> None:
    store([Arrived(letter(), "lmtp")], at=monday)
    assert len(chain._claim(monday, 10, chain.LEASE)) == 1
    assert chain.process_due(at=monday).taken == 0
    assert chain.process_due(at=monday + chain.LEASE).taken == 1


def test_it_keeps_inline_pictures_and_nothing_active(cast: Cast, take: Take) -> None:
    html = '<p onclick="x()">Look <img src="cid:a@b"><script>alert(1)</script><img src="javascript:x"></p>'
    raw = (
        "From: clara@bakery.example\nSubject: Picture\nContent-Type: multipart/related; boundary=b\n\n--b\n"
        f"Content-Type: text/html\n\n{html}\n--b\nContent-Type: image/png\nContent-ID: <a@b>\n\n\x89PNG\n--b--\n"
    ).encode("latin-1")
    message = Message.objects.get(ticket_id=take(raw).ticket_id)
    assert 'src="cid:a@b"' in message.html and "script" not in message.html and "onclick" not in message.html
    assert message.files.get().inline and message.files.get().content_id == "a@b"
