"""A letter of a vendor belongs to its case. It never opens a ticket and never gets into a customer's thread."""

from opora.desk.channels.email import identity, rules, states
from opora.desk.channels.email.case import Case, Verdict, done, go_on, stop
from opora.desk.channels.email.tokens import find_vendor_case
from opora.desk.kernel.actors import SYSTEM
from opora.desk.vendors import actions, queries
from opora.desk.vendors.models import VendorCase

from .filing import new_files


def hear_vendor(case: Case) -> Verdict:
    """Done for a letter to a case's own address, or from a vendor about one of its cases; stops for a vendor's other letters.

    A number in the subject is believed only of a sender who is proved: numbers are guessed too easily.
    """
    about = _by_address(case)
    vendor = case.memory.vendors.get(case.sender_key)
    if about is None and vendor is None:
        return go_on()
    if about is None and vendor is not None:
        answered = queries.case_answered(rules.answered_ids(case.letter), vendor.pk)
        about = answered or (queries.case_numbered(case.letter.subject, vendor.pk) if case.proved else None)
    if about is None:
        return stop(f"from the vendor {vendor}, but about none of its cases")
    letter = case.letter
    actions.vendor_answered(
        about,
        text=letter.reply_text or letter.text or letter.subject or "…",
        by=SYSTEM,
        at=case.raw.received_at,
        sender=case.sender_key,
        mail_id=letter.message_id or "",
        files=new_files(letter),
        automatic=bool(letter.automatic),
    )
    case.ticket = about.ticket
    case.memory.to_note.append((case, False))
    return done(states.VENDOR, f"{about.mark} at {about.vendor}")


def _by_address(case: Case) -> VendorCase | None:
    addresses = [*case.raw.envelope_to, *case.letter.delivered_to, *rules.all_addressed(case.letter)]
    number = find_vendor_case((one for one in addresses if "+v." in one), identity.vendor_key())
    rows = VendorCase.objects.select_related("vendor", "ticket")
    return rows.filter(pk=number).first() if number else None
