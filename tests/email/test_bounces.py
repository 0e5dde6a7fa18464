"""Reports come back to the very letter and recipient; a bad address is seen, and nothing is sent there until cleared."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from opora.desk.channels.email import actions, chain, identity, rules, states
from opora.desk.channels.email.models import RawLetter, Recipient
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.channels.email.senders import SmtpSender, read_url
from opora.desk.channels.email.sending import Outbox
from opora.desk.channels.email.tokens import bounce_address, find_recipient
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Address
from opora.desk.kernel.errors import Clash, Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Note, Ticket
from tests.cast import Cast
from tests.email.letters import letter
from tests.email.servers import FakeServer

pytestmark = pytest.mark.django_db

Take = Callable[..., RawLetter]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    yield fake
    fake.close()


def send(server: FakeServer, at: datetime) -> int:
    sender = SmtpSender(read_url(server.url), timeout=5, final_timeout=5)
    try:
        return Outbox(sender, lambda: at).send_due()
    finally:
        sender.close()


@pytest.fixture
def take(monday: datetime) -> Take:
    def take(raw: bytes, *, to: str = "support@opora.example", sender: str = "") -> RawLetter:
        (key,) = store([Arrived(raw, "lmtp", sender, [to])], at=monday)
        chain.process_due(at=monday)
        return RawLetter.objects.get(pk=key)

    return take


@pytest.fixture
def answered(cast: Cast, monday: datetime, server: FakeServer) -> Ticket:
    """Anna answered Clara, with Carl in copy; the letters went out."""
    ticket = cast.write(cast.clara, monday)
    tickets.add_participant(ticket, contact=cast.carl, by=cast.anna.actor, at=monday)
    tickets.reply(ticket, by=cast.anna, text="Which pages?", at=monday)
    deliver_due(at=monday)
    assert send(server, monday) > 0
    return ticket


def way_to(email: str) -> Recipient:
    return Recipient.objects.get(email=email, letter__kind="reply")


def test_it_gives_each_recipient_an_envelope_sender_of_its_own(answered: Ticket, server: FakeServer) -> None:
    known = {find_recipient([one], identity.bounce_key()) for one in server.senders if one}
    assert {way_to("clara@bakery.example").pk, way_to("carl@bakery.example").pk} <= known
    assert "" in server.senders  # what no person wrote and answers something comes from the null path


def test_it_sends_to_all_at_once_under_one_name_when_told_so(
    cast: Cast, monday: datetime, server: FakeServer, settings: object
) -> None:
    settings.OPORA_MAIL_VERP = False  # type: ignore[attr-defined]
    ticket = cast.write(cast.clara, monday)
    tickets.add_participant(ticket, contact=cast.carl, by=cast.anna.actor, at=monday)
    tickets.reply(ticket, by=cast.anna, text="Which pages?", at=monday)
    deliver_due(at=monday)
    send(server, monday)
    assert (["clara@bakery.example", "carl@bakery.example"]) in [emails for emails, _ in server.received]
    assert "support@opora.example" in server.senders


def report(email: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\nReturn-Path: <>\nMessage-ID: <dsn@mx.example>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {email}\nAction: {action}\nStatus: {status}\n\n--b--\n"
    ).encode()


def test_it_reads_a_report_back_by_its_address_whatever_recipient_it_names(
    cast: Cast, take: Take, answered: Ticket, server: FakeServer
) -> None:
    carl = way_to("carl@bakery.example")
    came = take(
        report("forwarded-to@elsewhere.example"),
        to=bounce_address("support@opora.example", carl.pk, identity.bounce_key()),
    )
    carl.refresh_from_db()
    assert (came.outcome, came.ticket, carl.state) == ("bounce", answered, states.FAILED)
    assert way_to("clara@bakery.example").state == states.SENT
    assert "carl@bakery.example" in Note.objects.get(ticket=answered).text
    address = Address.objects.get(email="carl@bakery.example")
    assert address.bounced_at is not None and address.bounce_words == "failed 5.1.1"


@pytest.mark.parametrize("local", ["support+b.1.aaaaaaaaaaaaaaaaaaaaaaaaaa", "support"])
def test_it_believes_no_report_with_a_made_up_address(cast: Cast, take: Take, answered: Ticket, local: str) -> None:
    came = take(report("clara@bakery.example"), to=f"{local}@opora.example")
    assert came.outcome == "filed"
    assert way_to("clara@bakery.example").state == states.SENT
    assert not Address.objects.filter(bounced_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("status", "action", "state", "bad"),
    [
        ("5.1.1", "failed", "failed", True),
        ("5.1.10", "failed", "failed", True),
        ("5.2.1", "failed", "failed", True),
        ("5.2.2", "failed", "failed", False),
        ("5.7.1", "failed", "failed", False),
        ("5.1.8", "failed", "failed", False),
        ("4.4.1", "delayed", "sent", False),
    ],
)
def test_it_calls_an_address_bad_only_when_the_address_itself_is_at_fault(
    cast: Cast, take: Take, answered: Ticket, status: str, action: str, state: str, bad: bool
) -> None:
    clara = way_to("clara@bakery.example")
    take(
        report("clara@bakery.example", status, action),
        to=bounce_address("support@opora.example", clara.pk, identity.bounce_key()),
    )
    clara.refresh_from_db()
    assert clara.state == state
    assert Address.objects.filter(email="clara@bakery.example", bounced_at__isnull=False).exists() is bad


def test_it_takes_an_unusual_letter_from_the_null_path_for_a_report(cast: Cast, take: Take, answered: Ticket) -> None:
    clara = way_to("clara@bakery.example")
    to = bounce_address("support@opora.example", clara.pk, identity.bounce_key())
    came = take(letter("It went wrong.", sender="robot@mx.example", subject="About your letter"), to=to)
    clara.refresh_from_db()
    assert (came.outcome, came.ticket, clara.state) == ("bounce", answered, states.SENT)
    assert Ticket.objects.count() == 1


def test_it_sends_nothing_to_a_bad_address_until_a_colleague_clears_it(
    cast: Cast, answered: Ticket, server: FakeServer, monday: datetime
) -> None:
    address = Address.objects.get(email="clara@bakery.example")
    tickets.reply(answered, by=cast.anna, text="Are you there?", at=monday)
    deliver_due(at=monday)
    customers.address_bounced(address, said="failed 5.1.1", by=cast.anna.actor, at=monday)
    before = len(server.received)
    send(server, monday)
    row = Recipient.objects.filter(email="clara@bakery.example").order_by("-pk")[0]
    assert (row.state, len(server.received)) == (states.FAILED, before + 1) and "known to be bad" in row.answer
    with pytest.raises(Refused):
        actions.resend(row, by=cast.anna, at=monday)
    customers.clear_bounce(address, by=cast.anna.actor, at=monday)
    with pytest.raises(Clash):
        customers.clear_bounce(address, by=cast.anna.actor, at=monday)
    actions.resend(row, by=cast.anna, at=monday)
    send(server, monday + timedelta(minutes=1))
    assert Recipient.objects.get(pk=row.pk).state == states.SENT


def test_it_learns_of_a_bad_address_from_the_servers_own_refusal(
    cast: Cast, monday: datetime, server: FakeServer
) -> None:
    server.refused = {"clara@bakery.example": "550 5.1.1 No such user", "carl@bakery.example": "552 5.2.2 Full"}
    ticket = cast.write(cast.clara, monday)
    tickets.add_participant(ticket, contact=cast.carl, by=cast.anna.actor, at=monday)
    tickets.reply(ticket, by=cast.anna, text="Which pages?", at=monday)
    deliver_due(at=monday)
    send(server, monday)
    bad = Address.objects.filter(bounced_at__isnull=False).values_list("email", flat=True)
    assert list(bad) == ["clara@bakery.example"]
    assert way_to("carl@bakery.example").state == states.FAILED


def test_it_reads_the_status_out_of_a_servers_words() -> None:
    assert rules.status_of("550 5.1.1 <x>: no") == "5.1.1" and rules.status_of("550 no such user") == ""
