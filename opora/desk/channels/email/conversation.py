"""A ticket as a conversation by mail: who writes, who reads and where, which letter is answered, what goes with it."""

from django.conf import settings

from opora.desk.customers.models import Contact
from opora.desk.kernel import files as kernel_files
from opora.desk.tickets.models import Message, Participant, Ticket

from . import identity, rules
from .composing import Enclosure
from .identity import Desk
from .models import InboundLetter, OutgoingLetter

ENCLOSURES_LIMIT = 20 * 1024 * 1024
THREAD = 40


def desk_of(ticket: Ticket) -> Desk:
    """Who writes about this ticket: the mailbox to which the customer wrote last, else the main address."""
    letters = InboundLetter.objects.filter(ticket=ticket, mailbox__active=True).select_related("mailbox")
    latest = letters.order_by("-raw_id").first()
    return identity.desk(latest.mailbox if latest else None, ticket.language)


def link_to(ticket: Ticket) -> str:
    """Where the customer reads the ticket in the portal."""
    site = str(getattr(settings, "OPORA_SITE_URL", "")).rstrip("/")
    return f"{site}/requests/{ticket.pk}" if site else ""


def readers_of(ticket: Ticket) -> list[tuple[Contact, str]]:
    """The requester and everybody in copy who has an address, each once."""
    rows = (
        Participant.objects.filter(ticket=ticket, contact__active=True)
        .select_related("contact")
        .order_by("added_at", "pk")
    )
    people = [ticket.requester, *(row.contact for row in rows)]
    found = [(contact, address_of(contact, ticket)) for contact in dict.fromkeys(people)]
    return [(contact, email) for contact, email in found if email]


def address_of(contact: Contact, ticket: Ticket) -> str:
    """The address to write to about this ticket: where the person wrote from lately, else the first that works; "" = none."""
    emails = list(contact.addresses.filter(bounced_at__isnull=True).order_by("pk").values_list("email", flat=True))
    if len(emails) < 2:
        return rules.choose_address(emails, ())
    lately = InboundLetter.objects.filter(ticket=ticket, contact=contact).order_by("-raw_id")
    return rules.choose_address(emails, lately.values_list("sender", flat=True)[:5])


def thread_of(ticket: Ticket, message: Message | None = None) -> tuple[str, list[str], Message | None]:
    """Return the id that is answered, the ids before it, and the customer's message that is quoted."""
    inbound = list(InboundLetter.objects.filter(ticket=ticket).order_by("-raw_id")[:THREAD])
    ours = list(OutgoingLetter.objects.filter(ticket=ticket).order_by("-pk").values_list("made_at", "mail_id")[:THREAD])
    human = next((letter for letter in inbound if not letter.automatic), None)
    moments = sorted([(letter.at, letter.mail_id) for letter in inbound] + ours)
    known = [one for _, one in moments if not one.startswith("sha256.")]
    answered = human.mail_id if human and not human.mail_id.startswith("sha256.") else ""
    answered = answered or (known[-1] if known else "")
    chain = [*(human.references if human else []), *known]
    earlier = ticket.messages.filter(author_contact__isnull=False, automatic=False).select_related("author_contact")
    if message is not None:
        earlier = earlier.filter(pk__lt=message.pk)
    return answered, [one for one in chain if one != answered], earlier.order_by("-pk").first()


def enclosures_of(message: Message) -> list[Enclosure]:
    """The message's files, as many as fit into 20 MB; the rest is read in the portal."""
    enclosures: list[Enclosure] = []
    room = ENCLOSURES_LIMIT
    for row in message.files.select_related("file").order_by("pk"):
        if row.file.size <= room:
            room -= row.file.size
            enclosures.append(Enclosure(row.name, row.file.type, kernel_files.read(row.file)))
    return enclosures
