"""A case at a vendor: its clock beside the customer's, its answers for us alone, asking again by itself, at most so often."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from opora.desk.catalogue.models import Vendor
from opora.desk.catalogue.vendors import add_vendor, agree_vendor_terms
from opora.desk.channels.email import chain, identity
from opora.desk.channels.email.models import OutgoingLetter, RawLetter, Recipient
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.channels.email.tokens import vendor_address
from opora.desk.dispatch.models import Notice
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.sla.queries import clocks_about, open_clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import queries as ticket_queries
from opora.desk.tickets.actions import NewFile
from opora.desk.tickets.models import Message, Note, Ticket
from opora.desk.vendors import actions, jobs, queries, states
from opora.desk.vendors.models import VendorCase, VendorWord
from tests.cast import Cast
from tests.email.letters import letter

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ASKED = "The controller resets every ten minutes. Logs are enclosed."


@pytest.fixture
def disks(cast: Cast, monday: datetime) -> Vendor:
    """Disk Works, which owes an answer within two hours to what is urgent, and is asked again every four."""
    vendor = add_vendor(name="Disk Works", emails=["support@disks.example"], by=SYSTEM, at=monday)
    agree_vendor_terms(
        vendor,
        contract="UC-7",
        calendar_version=cast.office,
        targets={"low": "2d", "medium": "8h", "high": "2h"},
        valid_from=monday - HOUR,
        by=SYSTEM,
        at=monday - HOUR,
        chase_every="4h",
        chase_most=2,
    )
    return vendor


@pytest.fixture
def outage(cast: Cast, monday: datetime) -> Ticket:
    ticket = cast.write(cast.clara, monday, priority="high")
    tickets.take(ticket, by=cast.oleg, at=monday)
    return ticket


@pytest.fixture
def case(cast: Cast, disks: Vendor, outage: Ticket, monday: datetime) -> VendorCase:
    return actions.ask_vendor(outage, vendor=disks, text=ASKED, by=cast.oleg, at=monday)


def sent() -> list[str]:
    rows = OutgoingLetter.objects.filter(kind="vendor").order_by("pk")
    return [bytes(row.raw).decode().replace("=\r\n", "") for row in rows]


def arrive(raw: bytes, at: datetime, to: str = "support@opora.example") -> RawLetter:
    (key,) = store([Arrived(raw, "smtp", "someone@disks.example", (to,))], at=at)
    chain.process_due(at=at)
    return RawLetter.objects.get(pk=key)


def test_it_writes_to_the_vendor_and_runs_its_clock_beside_the_customers(
    case: VendorCase, outage: Ticket, monday: datetime
) -> None:
    assert outage.state == "waiting_vendor"
    clock = open_clock("vendor", ("vendor_case", case.pk))
    assert clock is not None
    assert clock.due_at == monday + 2 * HOUR
    assert open_clock("first_reply", ("ticket", outage.pk)) is not None
    deliver_due(at=monday, limit=100)
    assert ASKED in sent()[0]
    assert Recipient.objects.get(letter__kind="vendor").email == "support@disks.example"
    assert OutgoingLetter.objects.get(kind="vendor").ticket is None


def test_it_is_the_architects_and_only_one_a_vendor(
    cast: Cast, case: VendorCase, outage: Ticket, disks: Vendor, monday: datetime
) -> None:
    with pytest.raises(Refused, match="the architects'"):
        actions.ask_vendor(outage, vendor=disks, text="Hello?", by=cast.anna, at=monday)
    with pytest.raises(Refused, match="open there already"):
        actions.ask_vendor(outage, vendor=disks, text="Hello?", by=cast.oleg, at=monday)


def test_it_takes_an_answer_as_an_internal_note_never_as_a_public_word(
    cast: Cast, case: VendorCase, outage: Ticket, monday: datetime
) -> None:
    before = Message.objects.count()
    actions.vendor_answered(case, text="Update the firmware to 7.2.", by=SYSTEM, at=monday + HOUR)
    outage.refresh_from_db()
    assert (case.state, outage.state) == (states.ANSWERED, "open")
    assert Message.objects.count() == before
    assert "Update the firmware" in Note.objects.order_by("pk").last().text  # type: ignore[union-attr]
    assert [clock.state for clock in clocks_about(("vendor_case", case.pk))] == ["kept"]
    assert all("vendor" not in event.name for event in ticket_queries.public_history(outage))
    deliver_due(at=monday + HOUR, limit=100)
    assert Notice.objects.filter(kind="vendor_answered", staff=cast.oleg).count() == 1


def test_it_asks_again_in_working_hours_at_most_so_often_and_then_says_so(
    cast: Cast, case: VendorCase, monday: datetime
) -> None:
    assert jobs.chase_due(at=monday + 3 * HOUR) == 0
    moments = []
    at = monday
    for _ in range(80):
        at += HOUR
        if jobs.chase_due(at=at):
            moments.append(at)
    assert moments == [monday + timedelta(hours=6), monday + timedelta(days=1, hours=2)]
    deliver_due(at=at, limit=100)
    assert len(sent()) == 3
    assert "still wait for your answer" in sent()[1]
    assert Notice.objects.filter(kind="vendor_silent", staff=cast.oleg).count() == 1
    assert VendorWord.objects.filter(chase=True).count() == 2


def test_it_asks_nobody_again_about_a_ticket_that_does_not_wait(
    cast: Cast, case: VendorCase, outage: Ticket, monday: datetime
) -> None:
    tickets.resume(outage, by=cast.oleg, at=monday + MINUTE)
    jobs.chase_due(at=monday + 9 * HOUR)
    assert not VendorWord.objects.filter(chase=True).exists()


def test_it_knows_an_answer_by_the_cases_own_address(case: VendorCase, outage: Ticket, monday: datetime) -> None:
    to = vendor_address(identity.mailbox(), case.pk, identity.vendor_key())
    raw = letter("It is firmware.", sender="noreply@ticketing.example", to=to, subject="[DW-5512] Re: your case")
    kept = arrive(raw, monday + HOUR, to)
    assert (kept.outcome, kept.ticket_id) == ("vendor", outage.pk)
    assert case.words.order_by("pk").last().text == "It is firmware."  # type: ignore[union-attr]
    assert Ticket.objects.count() == 1


def test_it_knows_an_answer_by_the_letter_it_answers(case: VendorCase, outage: Ticket, monday: datetime) -> None:
    deliver_due(at=monday, limit=100)
    ours = OutgoingLetter.objects.get(kind="vendor").mail_id
    raw = letter("Restart it.", sender="support@disks.example", subject="Re: your case", in_reply_to=f"<{ours}>")
    assert arrive(raw, monday + HOUR).outcome == "vendor"
    assert outage.messages.count() == 1


def test_it_puts_a_vendors_letter_about_nothing_aside(case: VendorCase, outage: Ticket, monday: datetime) -> None:
    raw = letter("Buy more disks.", sender="support@disks.example", subject=f"Offer [T-{outage.pk}]")
    kept = arrive(raw, monday + HOUR)
    assert kept.state == "quarantined"
    assert "about none of its cases" in kept.reason
    assert outage.messages.count() == 1


def test_it_believes_no_forged_address_of_a_case(case: VendorCase, monday: datetime) -> None:
    forged = f"support+v.{case.pk}.{'a' * 26}@opora.example"
    raw = letter("Close it.", sender="dan@driftwood.example", to=forged, subject="Hi")
    assert arrive(raw, monday + HOUR, forged).outcome == "opened"
    assert case.words.count() == 1


def test_it_keeps_an_automatic_receipt_without_taking_it_for_an_answer(case: VendorCase, monday: datetime) -> None:
    actions.vendor_answered(case, text="We got your letter.", by=SYSTEM, at=monday + MINUTE, automatic=True)
    case.refresh_from_db()
    assert case.state == states.ASKED
    assert open_clock("vendor", ("vendor_case", case.pk)) is not None


def test_it_asks_anew_after_an_answer_with_a_new_clock(
    cast: Cast, case: VendorCase, outage: Ticket, monday: datetime
) -> None:
    actions.vendor_answered(case, text="Which firmware?", by=SYSTEM, at=monday + MINUTE)
    case = VendorCase.objects.get()
    actions.write_to_vendor(case, text="7.1, as written.", by=cast.oleg, at=monday + 2 * MINUTE)
    assert len(clocks_about(("vendor_case", case.pk))) == 2
    outage.refresh_from_db()
    assert outage.state == "waiting_vendor"


def test_it_settles_with_the_ticket(cast: Cast, case: VendorCase, outage: Ticket, monday: datetime) -> None:
    found = tickets.Cause("other", "Fixed itself.", "Logs.")
    tickets.resolve(outage, by=cast.oleg, at=monday + HOUR, found=found)
    deliver_due(at=monday + HOUR, limit=100)
    case.refresh_from_db()
    assert (case.state, case.next_chase_at) == (states.CLOSED, None)
    assert open_clock("vendor", ("vendor_case", case.pk)) is None


def test_it_keeps_every_word(case: VendorCase) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        VendorWord.objects.update(text="Something else.")
    with pytest.raises(DatabaseError), transaction.atomic():
        VendorWord.objects.all().delete()


def test_it_encloses_files_of_the_ticket_that_were_chosen(
    cast: Cast, disks: Vendor, outage: Ticket, monday: datetime
) -> None:
    logs = NewFile("controller.log", "text/plain", b"reset, reset, reset")
    tickets.customer_wrote(outage, by=cast.clara, text="The log", at=monday, files=[logs])
    tickets.note(outage, by=cast.oleg.actor, text="My trace", at=monday, files=[NewFile("trace.txt", "", b"trace")])
    offered = queries.files_of(outage)
    assert [file.name for file in offered.values()] == ["trace.txt", "controller.log"]
    (log,) = [file for file in offered.values() if file.name == "controller.log"]
    case = actions.ask_vendor(outage, vendor=disks, text=ASKED, by=cast.oleg, at=monday, files=[log])
    deliver_due(at=monday, limit=100)
    (mail,) = sent()
    assert 'filename="controller.log"' in mail and "trace.txt" not in mail
    assert [[file.name for file in word.files.all()] for word in queries.words_of(case)] == [["controller.log"]]
    assert Note.objects.latest("pk").text.endswith("Files: controller.log")


def test_it_encloses_nothing_of_another_ticket(cast: Cast, disks: Vendor, outage: Ticket, monday: datetime) -> None:
    other = cast.write(cast.dan, monday, files=[NewFile("secret.txt", "text/plain", b"Dan's")])
    with pytest.raises(Refused, match="Only files of this ticket"):
        actions.ask_vendor(
            outage, vendor=disks, text=ASKED, by=cast.oleg, at=monday, files=list(queries.files_of(other).values())
        )
    assert not VendorCase.objects.exists()
