"""A letter that reports, says nothing, comes from nobody or breaks the chain: where it lies, and what a colleague can do."""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, ProgrammingError

from opora.desk.channels.email import actions, chain, states
from opora.desk.channels.email.models import OutgoingLetter, RawLetter, Recipient
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.kernel.errors import Refused
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Message, Note, Ticket
from tests.cast import Cast
from tests.email.conftest import Take
from tests.email.letters import letter


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
