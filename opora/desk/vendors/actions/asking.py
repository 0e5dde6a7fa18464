"""Asking a vendor: the case, its clock under the underpinning contract, and the ticket that waits meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Vendor
from opora.desk.catalogue.vendors import vendor_terms_in_force
from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.sla import actions as sla
from opora.desk.sla.queries import calendar_of, open_clock
from opora.desk.sla.rules import add_work
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import states as ticket_states
from opora.desk.tickets.models import MessageFile, NoteFile, Ticket
from opora.desk.tickets.rules import clean_subject
from opora.desk.vendors import events, rules, states
from opora.desk.vendors.models import Enclosed, VendorCase, VendorWord

TicketFile = MessageFile | NoteFile
LARGEST = 20 * 1024 * 1024
"""Octets of files in one letter."""
PROMISE = "vendor"
ABOUT = "vendor_case"


def ask_vendor(
    ticket: Ticket,
    *,
    vendor: Vendor,
    text: str,
    by: Staff,
    at: datetime,
    subject: str = "",
    number: str = "",
    files: Sequence[TicketFile] = (),
) -> VendorCase:
    """A new case: the letter is written, the vendor's clock runs beside the customer's, the ticket waits for the vendor,
    unless it awaits the customer's confirmation before all else. The letter carries `files` of the ticket.

    Raises Refused for roles that do not speak with vendors, an ended ticket, a retired vendor, no words, files of another
    ticket or too large ones, or when a case of this ticket is open there already.
    """
    _permit(by)
    if ticket.state not in ticket_states.LIVE:
        raise Refused("tickets.ended", _("This ticket has ended."))
    if not vendor.active or not vendor.emails:
        raise Refused("vendors.not_reachable", _("We do not work with this vendor, or have no address of its support."))
    try:
        with transaction.atomic():
            case = _open(ticket, vendor, at, by, subject or ticket.subject, number)
            _say(case, text, by, at, files)
            if ticket.state not in {ticket_states.WAITING_VENDOR, ticket_states.WAITING_CONFIRMATION}:
                tickets.wait_for_vendor(ticket, by=by, at=at, why=str(vendor))
            return case
    except IntegrityError as error:
        raise Refused("vendors.open_already", _("A case of this ticket is open there already; write to it.")) from error


def _open(ticket: Ticket, vendor: Vendor, at: datetime, by: Staff, subject: str, number: str) -> VendorCase:
    return VendorCase.objects.create(
        ticket=ticket,
        vendor=vendor,
        terms=vendor_terms_in_force(vendor, at=at),
        number=rules.clean_number(number),
        subject=clean_subject(subject)[:200],
        opened_by=by,
        opened_at=at,
    )


@transaction.atomic
def write_to_vendor(
    case: VendorCase, *, text: str, by: Staff, at: datetime, files: Sequence[TicketFile] = ()
) -> VendorWord:
    """Our next words, with files of the ticket; the vendor must answer again, on its clock.

    Raises Refused for a settled case, without words, and for files as `ask_vendor`.
    """
    _permit(by)
    if case.state == states.CLOSED:
        raise Refused("vendors.settled", _("This case is settled. Ask anew from the ticket."))
    if case.state == states.ANSWERED:
        move(case, to=states.ASKED, table=states.MOVES)
    ticket = case.ticket
    if ticket.state in ticket_states.WITH_US:
        tickets.wait_for_vendor(ticket, by=by, at=at, why=str(case.vendor))
    return _say(case, text, by, at, files)


@transaction.atomic
def note_number(case: VendorCase, *, number: str, by: Actor, at: datetime) -> None:
    """The number the vendor gave the case. Raises Refused for an empty one."""
    clean = rules.clean_number(number)
    if not clean:
        raise Refused("vendors.number_missing", _("Write the number the vendor gave."))
    if clean != case.number:
        compare_and_set(case, {"number": case.number}, number=clean)
        tell(case, events.NUMBERED, by=by, at=at, number=clean)


def remember_letter(word: VendorWord, *, mail_id: str) -> None:
    """Tie our letter to the word it carries, so that its answer is known."""
    compare_and_set(word, {"mail_id": ""}, mail_id=mail_id)


def tell(case: VendorCase, name: str, *, by: Actor, at: datetime, **facts: object) -> None:
    """Announce something of the case on its ticket."""
    about = ("ticket", case.ticket_id)
    announce(name, subject=about, by=by, at=at, why="", case=case.pk, vendor=str(case.vendor), **facts)


def run_clock(case: VendorCase, *, by: Actor, at: datetime) -> None:
    """The vendor's own promise runs, by the pinned terms; without terms, none."""
    terms = case.terms
    if terms is None or open_clock(PROMISE, (ABOUT, case.pk)) is not None:
        return
    sla.start_clock(
        promise=PROMISE,
        about=(ABOUT, case.pk),
        calendar_version=terms.calendar_version,
        target_seconds=terms.targets[case.ticket.priority],
        warn_share=75,
        by=by,
        at=at,
    )


def next_chase(case: VendorCase, at: datetime) -> datetime | None:
    """When we ask again by ourselves, in the vendor's working hours; None when we have asked often enough, or have no terms."""
    terms = case.terms
    if terms is None or not rules.Chasing(terms.chase_every, terms.chase_most).goes_on(case.asked_again):
        return None
    moment = add_work(calendar_of(terms.calendar_version), at, terms.chase_every)
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def _say(case: VendorCase, text: str, by: Staff, at: datetime, files: Sequence[TicketFile]) -> VendorWord:
    words = rules.clean_text(text)
    if not words:
        raise Refused("vendors.empty", _("Write what you ask; there is nothing to send yet."))
    word = VendorWord.objects.create(case=case, at=at, ours=True, author=by, text=words)
    _enclose(word, files)
    case.asked_again = 0
    compare_and_set(case, {"state": states.ASKED}, asked_again=0, next_chase_at=next_chase(case, at))
    run_clock(case, by=by.actor, at=at)
    heading = _("To %(vendor)s (%(mark)s):") % {"vendor": case.vendor, "mark": case.mark}
    names = _("Files: %(names)s") % {"names": ", ".join(file.name for file in files)} if files else ""
    tickets.note(case.ticket, by=by.actor, text=f"{heading}\n\n{words}\n\n{names}".rstrip(), at=at)
    tell(case, events.ASKED, by=by.actor, at=at, word=word.pk)
    return word


def _enclose(word: VendorWord, files: Sequence[TicketFile]) -> None:
    if any(_ticket_of(file) != word.case.ticket_id for file in files):
        raise Refused("vendors.foreign_file", _("Only files of this ticket can go to the vendor."))
    if sum(file.file.size for file in files) > LARGEST:
        raise Refused("vendors.files_too_large", _("Together the files are larger than 20 MB; choose fewer."))
    Enclosed.objects.bulk_create(Enclosed(word=word, file=file.file, name=file.name) for file in files)


def _ticket_of(file: TicketFile) -> int:
    return file.message.ticket_id if isinstance(file, MessageFile) else file.note.ticket_id


def _permit(staff: Staff) -> None:
    if not may(staff, "vendors:ask"):
        raise Refused("vendors.may_not_ask", _("Cases at vendors are the architects'. Hand the ticket up to them."))
