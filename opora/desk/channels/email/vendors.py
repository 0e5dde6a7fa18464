"""Letters to vendors: what a colleague wrote into a case, and the times we ask again. They carry nothing of the customer's
thread but the files that were chosen: an address and an id of their own.
"""

import uuid
from datetime import datetime

from opora.desk.kernel import files
from opora.desk.kernel.models import Event
from opora.desk.vendors import actions, queries
from opora.desk.vendors.models import VendorCase, VendorWord

from . import identity, wording
from .composing import Enclosure, Outgoing, clean_line
from .models import OutgoingLetter
from .outbox import post
from .parsing import Person
from .tokens import vendor_address


def mail_vendor(event: Event, at: datetime) -> None:
    """A case was written to: the letter goes to the vendor's first address, in the thread of the case."""
    rows = VendorWord.objects.select_related("case__vendor", "author")
    word = rows.filter(pk=event.facts.get("word")).first()
    if word is None or word.mail_id or not word.case.vendor.emails:
        return
    letter = _letter(word, at)
    vendor = word.case.vendor
    post(letter, kind=OutgoingLetter.Kind.VENDOR, recipients=[(None, vendor.emails[0])], at=at)
    actions.remember_letter(word, mail_id=letter.message_id)


def _letter(word: VendorWord, at: datetime) -> Outgoing:
    case, vendor = word.case, word.case.vendor
    desk = identity.desk(None, vendor.language)
    known = queries.letters_of(case)
    with wording.speaking(vendor.language):
        text = wording.vendor_chased(case.subject, case.number, case.opened_at) if word.chase else word.text
        footer = wording.vendor_footer(word.author.name if word.author else "", desk.name, case.mark, case.number)
    return Outgoing(
        sender=Person(desk.address, desk.name),
        to=[Person(vendor.emails[0], vendor.name)],
        subject=_subject(case, first=not known),
        text=text,
        enclosures=[
            Enclosure(one.name, one.file.type, files.read(one.file))
            for one in word.files.select_related("file").order_by("pk")
        ],
        date=at,
        message_id=f"{uuid.uuid4().hex}.v{case.pk}@{desk.domain}",
        reply_to=vendor_address(desk.address, case.pk, identity.vendor_key()),
        in_reply_to=known[-1] if known else "",
        references=known[:-1],
        footer=footer,
        language=vendor.language[:2],
        loop_mark=identity.loop_mark(),
    )


def _subject(case: VendorCase, *, first: bool) -> str:
    number = f" {case.number}" if case.number else ""
    return clean_line(f"{'' if first else 'Re: '}{case.subject}{number} [{case.mark}]")
