"""Sending: what the server says decides, and a crash at any point neither loses a letter nor sends it twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from opora.desk.channels.email import actions
from opora.desk.channels.email.models import OutgoingLetter, Recipient
from opora.desk.channels.email.senders import Road, SmtpSender, read_url
from opora.desk.channels.email.sending import Outbox
from opora.desk.kernel.errors import Refused
from tests.cast import Cast
from tests.email.servers import FakeServer

AT = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    yield fake
    fake.close()


def queue(*emails: str, mail_id: str = "a@opora.example") -> OutgoingLetter:
    raw = b"From: support@opora.example\r\nSubject: x\r\n\r\n.first\r\nlast\r\n"
    letter = OutgoingLetter.objects.create(
        kind="notice",
        mail_id=mail_id,
        subject="x",
        envelope_from="support@opora.example",
        raw=raw,
        size=len(raw),
        made_at=AT,
    )
    Recipient.objects.bulk_create(Recipient(letter=letter, email=email, next_try_at=AT) for email in emails)
    return letter


def send(server: FakeServer, at: datetime = AT, **more: object) -> int:
    sender = SmtpSender(read_url(server.url), timeout=5, final_timeout=5)
    try:
        return Outbox(sender, lambda: at, **more).send_due()  # type: ignore[arg-type]
    finally:
        sender.close()


def states() -> dict[str, str]:
    return dict(Recipient.objects.values_list("email", "state"))


@pytest.mark.django_db
def test_it_sends_the_octets_as_they_are(server: FakeServer) -> None:
    letter = queue("a@x.example", "b@x.example")
    assert send(server) == 1
    assert server.received == [(["a@x.example"], bytes(letter.raw)), (["b@x.example"], bytes(letter.raw))]
    assert states() == {"a@x.example": "sent", "b@x.example": "sent"}
    assert send(server) == 0


@pytest.mark.django_db
def test_it_keeps_a_result_for_each_recipient(server: FakeServer) -> None:
    queue("a@x.example", "gone@x.example", "full@x.example")
    server.refused = {"gone@x.example": "550 5.1.1 no such user", "full@x.example": "452 4.2.2 full"}
    send(server)
    assert states() == {"a@x.example": "sent", "gone@x.example": "failed", "full@x.example": "queued"}
    full = Recipient.objects.get(email="full@x.example")
    assert full.answer == "452 4.2.2 full" and full.next_try_at == AT + timedelta(minutes=1)
    server.refused = {}
    assert send(server) == 0
    assert send(server, AT + timedelta(minutes=1)) == 1
    assert [recipients for recipients, _ in server.received] == [["a@x.example"], ["full@x.example"]]


@pytest.mark.django_db
def test_it_waits_longer_and_longer_and_gives_up_at_last(server: FakeServer) -> None:
    queue("a@x.example")
    server.data_answer = "451 not now"
    at, pauses = AT, []
    for _ in range(30):
        if send(server, at) == 0:
            break
        row = Recipient.objects.get()
        pauses.append(row.next_try_at - at)
        at = row.next_try_at
    assert row.state == "failed" and row.tries == 20
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(pauses) == timedelta(hours=6)


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ["554 no", "550 spam"])
def test_it_does_not_try_again_after_a_final_no(server: FakeServer, answer: str) -> None:
    queue("a@x.example")
    server.data_answer_before = answer
    send(server)
    assert states() == {"a@x.example": "failed"} and Recipient.objects.get().answer == answer


@pytest.mark.django_db
def test_it_waits_when_there_is_no_server() -> None:
    queue("a@x.example")
    sender = SmtpSender(Road("127.0.0.1", 1), timeout=2)
    Outbox(sender, lambda: AT).send_due()
    assert states() == {"a@x.example": "queued"} and "no connection" in Recipient.objects.get().answer


@pytest.mark.django_db
def test_it_says_unknown_when_the_last_answer_is_lost_and_leaves_it_to_a_person(cast: Cast, server: FakeServer) -> None:
    queue("a@x.example")
    server.silent_after_data = True
    send(server)
    assert states() == {"a@x.example": "unknown"}
    server.silent_after_data = False
    assert send(server, AT + timedelta(days=3)) == 0
    assert len(server.received) == 1
    row = Recipient.objects.get()
    with pytest.raises(Refused):
        actions.resend(row, by=cast.vera, at=AT)
    actions.resend(row, by=cast.anna, at=AT)
    send(server)
    assert states() == {"a@x.example": "sent"} and server.received[0][1] == server.received[1][1]


@pytest.mark.django_db
def test_it_lets_a_person_settle_an_unknown_letter(cast: Cast, server: FakeServer) -> None:
    queue("a@x.example")
    server.silent_after_data = True
    send(server)
    actions.mark_as_sent(Recipient.objects.get(), by=cast.anna, at=AT)
    assert states() == {"a@x.example": "sent"}
    with pytest.raises(Refused):
        actions.resend(Recipient.objects.get(), by=cast.anna, at=AT)


@pytest.mark.parametrize(
    ("url", "road"),
    [
        ("smtp://mx.example", Road("mx.example", 25)),
        ("smtp+starttls://u%40x:p%3Aw@mx.example", Road("mx.example", 587, "starttls", "u@x", "p:w")),
        ("smtps://mx.example:4650", Road("mx.example", 4650, "tls")),
    ],
)
def test_it_reads_where_to_send(url: str, road: Road) -> None:
    assert read_url(url) == road
    assert "p:w" not in repr(road)


@pytest.mark.parametrize("url", ["http://mx.example", "mx.example", "smtp://"])
def test_it_refuses_an_address_it_cannot_read(url: str) -> None:
    with pytest.raises(ValueError, match="OPORA_SMTP_URL"):
        read_url(url)


class Killed(BaseException):
    """What `kill -9` is to the code that runs."""


def die_at(server: FakeServer, point: str, at: datetime = AT) -> None:
    def reached(there: str) -> None:
        if there == point:
            raise Killed

    sender = SmtpSender(read_url(server.url), timeout=5)
    with pytest.raises(Killed):
        Outbox(sender, lambda: at, reached=reached).send_due()
    sender.close()


@pytest.mark.django_db(transaction=True)
def test_it_waits_but_shortly_for_the_letters_a_dead_sender_had_not_begun(server: FakeServer) -> None:
    for name in ("a", "b", "c"):
        queue(f"{name}@x.example", mail_id=f"{name}@opora.example")
    die_at(server, "marked")
    assert send(server, AT + timedelta(seconds=110)) == 0
    assert send(server, AT + timedelta(minutes=2)) == 2
    assert states() == {"a@x.example": "sending", "b@x.example": "sent", "c@x.example": "sent"}
    assert send(server, AT + timedelta(minutes=15)) == 0
    assert states()["a@x.example"] == "unknown" and len(server.received) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("point", "minutes"), [("claimed", 2), ("accepted", 8)])
def test_it_tries_again_what_was_surely_not_handed_over(server: FakeServer, point: str, minutes: int) -> None:
    queue("a@x.example")
    die_at(server, point)
    assert send(server, AT + timedelta(minutes=minutes, seconds=-1)) == 0
    assert send(server, AT + timedelta(minutes=minutes)) == 1
    assert states() == {"a@x.example": "sent"} and len(server.received) == 1


@pytest.mark.django_db(transaction=True)
def test_it_leaves_alone_what_another_sender_has_claimed_meanwhile(server: FakeServer) -> None:
    """The first was held up between claiming and sending for longer than its lease, and then wakes."""
    queue("a@x.example")
    others: list[int] = []

    def reached(point: str) -> None:
        if point == "claimed" and not others:
            others.append(0)
            die_at(server, "claimed", AT + timedelta(minutes=3))

    sender = SmtpSender(read_url(server.url), timeout=5)
    Outbox(sender, lambda: AT + timedelta(minutes=3 * len(others)), reached=reached).send_due()
    sender.close()
    assert states() == {"a@x.example": "sending"} and server.received == []
    send(server, AT + timedelta(minutes=5))
    assert states() == {"a@x.example": "sent"} and len(server.received) == 1


WORKER = """
import os, signal, sys
from datetime import datetime, timedelta
import django
sys.path.insert(0, {root!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {database!r}
django.setup()
from opora.desk.channels.email.senders import SmtpSender, read_url
from opora.desk.channels.email.sending import Leases, Outbox
def reached(point):
    if point == {point!r}:
        os.kill(os.getpid(), signal.SIGKILL)
at = datetime.fromisoformat({at!r})
leases = Leases(*[timedelta(minutes=1)] * 3)
Outbox(SmtpSender(read_url({url!r}), timeout=5), lambda: at, leases=leases, reached=reached).send_due()
"""


def run_worker(server: FakeServer, point: str, at: datetime) -> int:
    """A real worker process that dies by SIGKILL when it reaches the point; returns its exit code."""
    program = WORKER.format(
        root=str(ROOT), database=connection.settings_dict["NAME"], point=point, at=at.isoformat(), url=server.url
    )
    return subprocess.run([sys.executable, "-c", program], check=False, env=dict(os.environ), timeout=120).returncode


POINTS = {
    "chosen": ("sent", 1),
    "claimed": ("sent", 1),
    "accepted": ("sent", 1),
    "marked": ("unknown", 0),
    "handed over": ("unknown", 1),
    "written down": ("sent", 1),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_it_neither_loses_nor_doubles_a_letter_when_killed(server: FakeServer, point: str) -> None:
    queue("a@x.example")
    assert run_worker(server, point, AT) == -signal.SIGKILL
    for minutes in (2, 4, 6):
        send(server, AT + timedelta(minutes=minutes))
    state, arrived = POINTS[point]
    assert states() == {"a@x.example": state}
    assert len(server.received) == arrived
