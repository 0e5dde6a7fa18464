"""The way in over the wire: acknowledged means committed, refused means still with the other side."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import LazySettings
from django.db import connection

from opora.desk.channels.email import listener as listening
from opora.desk.channels.email.catcher import Catcher
from opora.desk.channels.email.listener import Listener
from opora.desk.channels.email.models import CaughtLetter, RawLetter
from opora.desk.channels.email.senders import SmtpSender, read_url
from tests.email.letters import letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening_now = Listener("127.0.0.1", 0)
    listening_now.start()
    yield listening_now
    listening_now.stop()


def give(
    listener: Listener, raw: bytes, to: str = "support@opora.example", kind: type = smtplib.SMTP
) -> dict[str, object]:
    with kind(*listener.address, timeout=20) as client:
        return client.sendmail("clara@bakery.example", [to], raw)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("kind", "transport"), [(smtplib.SMTP, "smtp"), (smtplib.LMTP, "lmtp")])
def test_it_keeps_the_octets_and_the_envelope(listener: Listener, kind: type, transport: str) -> None:
    raw = letter("Привет\n.\n..two\n" + "x" * 5000 + "\n")
    give(listener, raw, "support+t+1.abc@opora.example", kind)
    row = RawLetter.objects.get()
    assert bytes(row.raw) == raw and row.size == len(raw)
    assert (row.envelope_from, row.envelope_to) == ("clara@bakery.example", ["support+t+1.abc@opora.example"])
    assert (row.transport, row.state) == (transport, "stored")


def test_it_answers_each_recipient_over_lmtp(listener: Listener) -> None:
    with smtplib.LMTP(*listener.address, timeout=20) as client:
        client.ehlo()
        client.mail("clara@bakery.example")
        client.rcpt("support@opora.example")
        client.rcpt("Support+x@OPORA.example")
        client.docmd("DATA")
        client.send(letter() + b"\r\n.\r\n")
        assert [client.getreply()[0] for _ in range(2)] == [250, 250]
        assert client.noop()[0] == 250
    assert RawLetter.objects.count() == 1


@pytest.mark.parametrize(
    "address", ["else@opora.example", "support@other.example", "support", "x support@opora.example"]
)
def test_it_takes_no_letter_for_others(listener: Listener, address: str) -> None:
    with pytest.raises(smtplib.SMTPException):
        give(listener, letter(), address)
    assert not RawLetter.objects.exists()


def test_it_takes_letters_for_the_postmaster(listener: Listener) -> None:
    assert give(listener, letter(), "postmaster@opora.example") == {}


@pytest.mark.parametrize("end", [b"\n.\r\n", b"\n.\n", b"\r\n.\n"])
def test_it_refuses_bare_line_feeds_so_that_nothing_is_smuggled(listener: Listener, end: bytes) -> None:
    with smtplib.SMTP(*listener.address, timeout=20) as client:
        client.ehlo()
        client.mail("clara@bakery.example")
        client.rcpt("support@opora.example")
        client.docmd("DATA")
        client.send(letter("one") + end + b"MAIL FROM:<evil@x.example>\r\n\r\n.\r\n")
        code, _ = client.getreply()
        assert code == 550
    assert not RawLetter.objects.exists()


def test_it_refuses_what_is_too_large(listener: Listener, settings: object) -> None:
    with smtplib.SMTP(*listener.address, timeout=20) as client:
        client.ehlo()
        assert client.mail("clara@bakery.example", ["SIZE=999999999"])[0] == 552
    assert not RawLetter.objects.exists()


def test_it_says_try_later_when_the_database_fails(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no database")

    with monkeypatch.context() as patch:
        patch.setattr(listening, "store", broken)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            give(listener, letter())
        assert refused.value.smtp_code == 451
    assert give(listener, letter()) == {}
    assert RawLetter.objects.count() == 1


def test_it_commits_letters_together_that_come_together(listener: Listener) -> None:
    raws = [letter(f"number {number}", message_id=f"{number}@bakery.example") for number in range(60)]
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(lambda raw: give(listener, raw), raws)) == [{}] * 60
    assert RawLetter.objects.count() == 60
    assert listener.tally()["stored"] == 60 and listener.tally()["commits"] <= 60


def test_it_says_who_holds_the_port_and_leaves_nothing_running(listener: Listener) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="address already in use"):
        Listener(*listener.address).start()
    assert threading.active_count() == before


def test_it_survives_a_client_that_goes_away(listener: Listener) -> None:
    with socket.create_connection(listener.address) as client:
        client.recv(100)
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@opora.example>\r\nDATA\r\nSubject: half")
    assert give(listener, letter()) == {}
    assert RawLetter.objects.count() == 1


def test_the_catcher_keeps_what_would_have_gone_out() -> None:
    catcher = Catcher()
    catcher.start()
    sender = SmtpSender(read_url(catcher.url), timeout=10)
    try:
        result = sender.hand_over(letter(), "support@opora.example", ["clara@bakery.example"], lambda _: None)
    finally:
        sender.close()
        catcher.stop()
    assert result.answers["clara@bakery.example"].code == 250
    caught = CaughtLetter.objects.get()
    assert caught.subject == "The shop is slow" and caught.envelope_to == ["clara@bakery.example"]
    assert connection.is_usable()


def test_it_keeps_the_beginning_of_a_letter_that_is_too_large_and_says_so(
    listener: Listener, settings: LazySettings
) -> None:
    listener.stop()
    settings.OPORA_LARGEST_LETTER = 300_000
    small = Listener("127.0.0.1", 0)
    small.start()
    raw = letter("x" * 70 + "\n") + b"y" * 70 + b"\r\n" * 1
    huge = raw + (b"z" * 998 + b"\r\n") * 400
    with pytest.raises(smtplib.SMTPDataError) as refused:
        give(small, huge)
    small.stop()
    assert refused.value.smtp_code == 552
    row = RawLetter.objects.get()
    assert row.size + row.left_out == len(huge) and bytes(row.raw) == huge[: row.size]


def test_it_learns_from_a_near_mail_server_who_gave_it_the_letter(listener: Listener) -> None:
    with smtplib.LMTP(*listener.address, timeout=20) as client:
        client.ehlo()
        assert client.has_extn("xforward")
        assert client.docmd("XFORWARD", "NAME=[UNAVAILABLE] ADDR=192.0.2.9 HELO=mail.bakery.example")[0] == 250
        client.sendmail("clara@bakery.example", ["support@opora.example"], letter())
    row = RawLetter.objects.get()
    assert (row.client, row.greeting) == ("192.0.2.9", "mail.bakery.example")
