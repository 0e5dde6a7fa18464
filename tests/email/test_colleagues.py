"""Colleagues write and forward into the desk: believed only when they are proved to be who they say."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.conf import LazySettings

from opora.desk.channels.email import chain
from opora.desk.channels.email.models import OutgoingLetter, RawLetter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets.models import Message, Note, Ticket
from tests.cast import Cast
from tests.email.letters import letter

pytestmark = pytest.mark.django_db
BORDER = "mx.provider.example"
GOOD = f"{BORDER}; dmarc=pass header.from=provider.example"
ANNA = "Anna Petrova <anna@provider.example>"
FORWARDS = {
    "en": (
        "Fwd: Site is down",
        "Please look.\n\n---------- Forwarded message ---------\nFrom: Clara Berg <clara@bakery.example>\n"
        "Date: Mon, Sep 14, 2026 at 9:00 AM\nSubject: Site is down\nTo: <anna@provider.example>\n\nOur site is down.\n",
    ),
    "ru": (
        "Fwd: Сайт лежит",
        "Посмотрите, пожалуйста.\n\n-------- Перенаправленное сообщение --------\nТема: Сайт лежит\n"
        "Дата: Mon, 14 Sep 2026 09:00:00 +0300\nОт: Клара Берг <clara@bakery.example>\nКому: anna@provider.example\n\n"
        "Наш сайт лежит.\n",
    ),
}

Take = Callable[..., RawLetter]


@pytest.fixture
def take(cast: Cast, monday: datetime, settings: LazySettings) -> Take:
    settings.OPORA_MAIL_BORDER = [BORDER]

    def take(raw: bytes, *, stamp: str = GOOD) -> RawLetter:
        head = f"Authentication-Results: {stamp}\r\n".encode() if stamp else b""
        (key,) = store([Arrived(head + raw, "lmtp")], at=monday)
        chain.process_due(at=monday)
        return RawLetter.objects.get(pk=key)

    return take


@pytest.mark.parametrize("language", ["en", "ru"])
def test_it_opens_a_forwarded_letter_for_the_customer_who_wrote_it(
    cast: Cast, take: Take, monday: datetime, language: str
) -> None:
    subject, body = FORWARDS[language]
    came = take(letter(body, sender=ANNA, subject=subject, message_id="f1@provider.example"))
    ticket = Ticket.objects.get(pk=came.ticket_id)
    assert (ticket.requester, ticket.subject) == (cast.clara, subject.removeprefix("Fwd: "))
    said = ticket.messages.get().text
    assert said.endswith("Our site is down." if language == "en" else "Наш сайт лежит.")
    note = Note.objects.get(ticket=ticket).text
    assert "Anna Petrova forwarded this letter: " in note and ("Please look." in note or "Посмотрите" in note)
    deliver_due(at=monday)
    assert [row.recipients.get().email for row in OutgoingLetter.objects.all()] == ["clara@bakery.example"]


@pytest.mark.parametrize(
    "stamp", ["", f"{BORDER}; dmarc=none header.from=provider.example", "mx.evil.example; dmarc=pass"]
)
def test_it_believes_no_colleague_who_is_not_proved(cast: Cast, take: Take, stamp: str) -> None:
    subject, body = FORWARDS["en"]
    came = take(letter(body, sender=ANNA, subject=subject, message_id="f1@provider.example"), stamp=stamp)
    ticket = Ticket.objects.get(pk=came.ticket_id)
    assert ticket.requester != cast.clara and ticket.requester.organisation is None
    assert "nothing proves that" in Note.objects.get(ticket=ticket).text


def test_it_keeps_a_colleagues_answer_as_a_note_and_sends_it_to_nobody(
    cast: Cast, take: Take, monday: datetime
) -> None:
    ticket = cast.write(cast.clara, monday)
    deliver_due(at=monday)
    before = OutgoingLetter.objects.count()
    raw = letter("It is the disk.\n", sender=ANNA, subject=f"Re: [{ticket.mark}]", message_id="n1@provider.example")
    came = take(raw)
    note = Note.objects.get(ticket=ticket)
    assert (came.outcome, came.ticket, note.author_staff, note.text) == (
        "appended",
        ticket,
        cast.anna,
        "It is the disk.",
    )
    deliver_due(at=monday)
    assert Message.objects.filter(ticket=ticket).count() == 1 and OutgoingLetter.objects.count() == before
    assert take(raw).outcome == "duplicate"


def test_it_lets_nobody_write_a_note_in_a_colleagues_name(cast: Cast, take: Take, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    came = take(letter(sender=ANNA, subject=f"Re: [{ticket.mark}]", message_id="n1@provider.example"), stamp="")
    assert not Note.objects.filter(ticket=ticket).exists() and came.ticket != ticket


def test_it_takes_no_colleague_for_the_customer_behind_a_forwarded_letter(cast: Cast, take: Take) -> None:
    subject, body = FORWARDS["en"]
    own = body.replace("Clara Berg <clara@bakery.example>", "Boris Orlov <boris@provider.example>")
    came = take(letter(own, sender=ANNA, subject=subject, message_id="f1@provider.example"))
    assert Ticket.objects.get(pk=came.ticket_id).requester.addresses.get().email == "anna@provider.example"
