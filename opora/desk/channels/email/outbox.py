"""What happened on a ticket becomes letters. Each is fixed here for ever - octets, Message-ID, recipients - in the caller's
transaction, and sent by others later. Only public messages can get here: this module does not know notes.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from opora.desk.customers.models import Contact
from opora.desk.kernel.models import Event
from opora.desk.tickets.models import Message, Ticket
from opora.desk.tickets.queries import priorities_for

from . import identity, rules, wording
from .composing import Outgoing, compose, tagged_subject
from .conversation import address_of, desk_of, enclosures_of, link_to, readers_of, thread_of
from .identity import Desk
from .models import InboundLetter, OutgoingLetter, Recipient
from .parsing import Person
from .signing import signed
from .tokens import message_id_for, reply_address


def mail_reply(event: Event, at: datetime) -> None:
    """A colleague answered: the requester reads it, and everybody in copy."""
    message = _message(event)
    if message is None or _has(OutgoingLetter.Kind.REPLY, message):
        return
    readers = readers_of(message.ticket)
    if readers:
        _post_message(OutgoingLetter.Kind.REPLY, message, readers, "", at)


def mail_copy(event: Event, at: datetime) -> None:
    """The customer's side wrote: the others of the conversation read it, except those the letter went to anyway."""
    message = _message(event)
    if message is None or message.automatic or _has(OutgoingLetter.Kind.COPY, message):
        return
    known = InboundLetter.objects.filter(message=message).values_list("addressed", "sender").first()
    have_it = {*known[0], known[1]} if known else set()
    readers = [
        (contact, email)
        for contact, email in readers_of(message.ticket)
        if contact.pk != message.author_contact_id and email not in have_it
    ]
    if readers:
        author = message.author_contact.name if message.author_contact else ""
        _post_message(OutgoingLetter.Kind.COPY, message, readers, author, at)


def mail_opened(event: Event, at: datetime) -> None:
    """A ticket was opened: its requester gets the number and our promise, the others what was written."""
    mail_acknowledgement(event, at)
    mail_copy(event, at)


def mail_acknowledgement(event: Event, at: datetime) -> None:
    """A ticket was opened: its number and our promise, in words; never to a program. If a colleague wrote it down, with
    what was written, for the customer has not seen it."""
    message = _message(event)
    if message is None or message.automatic:
        return
    ticket = message.ticket
    letter = InboundLetter.objects.filter(message=message).first()
    email = address_of(ticket.requester, ticket)
    if (letter and not letter.answerable) or not email or _has(OutgoingLetter.Kind.ACKNOWLEDGEMENT, message):
        return
    if _acknowledged_lately(email, at) >= rules.ACKNOWLEDGEMENTS_AN_HOUR or (letter and _said_before(letter)):
        return
    requester = ticket.requester
    with wording.speaking(ticket.language):
        promised = (ticket.due_at, requester.zone)
        if message.author_staff_id is None:
            own = desk_of(ticket).acknowledgement
            text = wording.acknowledgement(requester.name, ticket.mark, *promised, own=own)
        else:
            text = wording.taken_down(
                requester.name, ticket.mark, message.text, *promised, unconfirmed=ticket.unconfirmed
            )
    post_words(OutgoingLetter.Kind.ACKNOWLEDGEMENT, ticket, requester, email, text, at, message=message)


def mail_welcome(event: Event, at: datetime) -> None:
    """Somebody was put in copy, by us or in the portal: the person is told at once. Whom the customer put in copy of a
    letter has that letter."""
    ticket = Ticket.objects.select_related("requester").get(pk=event.subject_id)
    contact = Contact.objects.filter(pk=event.facts.get("contact")).first()
    email = address_of(contact, ticket) if contact else ""
    if contact and email and not _has_the_letter(contact, event):
        with wording.speaking(contact.language):
            text = wording.welcome(contact.name, ticket.mark, ticket.subject, event.actor_name)
        post_words(OutgoingLetter.Kind.WELCOME, ticket, contact, email, text, at)


def _has_the_letter(contact: Contact, event: Event) -> bool:
    """Whether the person came into copy by a letter that went to it anyway, or by its own deed."""
    if event.actor_kind != "contact":
        return False
    emails = list(contact.addresses.values_list("email", flat=True))
    by_letter = InboundLetter.objects.filter(
        ticket=event.subject_id, contact=event.actor_id, at=event.at, addressed__overlap=emails
    )
    return event.actor_id == contact.pk or by_letter.exists()


def mail_merged(event: Event, at: datetime) -> None:
    """Two tickets became one: the requester of the one that went is told where it goes on."""
    if "into" not in event.facts:
        return
    ticket = Ticket.objects.select_related("requester").get(pk=event.subject_id)
    into = Ticket.objects.filter(pk=event.facts["into"]).first()
    email = address_of(ticket.requester, ticket)
    if into and email:
        shared = into.requester_id == ticket.requester_id or into.organisation_id == ticket.organisation_id
        with wording.speaking(ticket.language):
            subject = into.subject if shared else ticket.subject
            text = wording.merged(ticket.requester.name, ticket.mark, into.mark, subject)
        post_words(OutgoingLetter.Kind.MERGED, into, ticket.requester, email, text, at, about=ticket)


def mail_priority_changed(event: Event, at: datetime) -> None:
    """We changed the priority: the customer's people read the reason at once, wherever they read (process rule 5)."""
    if "objection" in event.facts:
        return
    ticket = Ticket.objects.select_related("requester").get(pk=event.subject_id)
    sides = str(event.facts.get("old", "")), str(event.facts.get("new", ""))
    for reader, email in readers_of(ticket):
        with wording.speaking(reader.language):
            old, new = _meanings(ticket, *sides)
            text = wording.priority_changed(
                reader.name, ticket.mark, old, new, event.why, (ticket.due_at, reader.zone), _objecting_at(ticket)
            )
        post_words(OutgoingLetter.Kind.PRIORITY, ticket, reader, email, text, at)


def mail_objection_decided(event: Event, at: datetime) -> None:
    """The shift lead decided on an objection: the customer's people read what and why."""
    ticket = Ticket.objects.select_related("requester").get(pk=event.subject_id)
    upheld = event.facts.get("outcome") == "upheld"
    for reader, email in readers_of(ticket):
        with wording.speaking(reader.language):
            sides = _meanings(ticket, str(event.facts.get("old", "")), str(event.facts.get("new", "")))
            stands = sides[1] if upheld else sides[0]
            promised = (ticket.due_at, reader.zone)
            text = wording.objection_decided(reader.name, ticket.mark, stands, event.why, promised, upheld=upheld)
        post_words(OutgoingLetter.Kind.OBJECTION, ticket, reader, email, text, at)


def _meanings(ticket: Ticket, *codes: str) -> list[wording.Meaning]:
    """The priorities in the words that hold for the ticket's service, in the active language."""
    known = priorities_for(ticket.service_id)
    return [wording.Meaning(*known[code]) for code in codes]


def _objecting_at(ticket: Ticket) -> str:
    link = link_to(ticket)
    return f"{link}#object" if link else ""


def post(
    letter: Outgoing,
    *,
    kind: str,
    recipients: Sequence[tuple[Contact | None, str]],
    at: datetime,
    ticket: Ticket | None = None,
    message: Message | None = None,
) -> OutgoingLetter:
    """Fix a letter and queue it for each recipient. Raises ValueError when it cannot be composed."""
    raw = _signed(compose(letter), letter.sender.email.rpartition("@")[2])
    row = OutgoingLetter.objects.create(
        kind=kind,
        ticket=ticket,
        message=message,
        mail_id=letter.message_id,
        subject=letter.subject[:250],
        envelope_from="" if letter.answers else letter.sender.email,
        raw=raw,
        size=len(raw),
        made_at=at,
    )
    Recipient.objects.bulk_create(
        Recipient(letter=row, email=email, contact=contact, next_try_at=at)
        for email, contact in {email: contact for contact, email in recipients}.items()
    )
    return row


def _signed(raw: bytes, domain: str) -> bytes:
    """With our DKIM signature, where we have a key and the domain is ours to sign for."""
    if not settings.OPORA_DKIM_KEY or domain not in settings.OPORA_DKIM_DOMAINS:
        return raw
    return signed(raw, domain, key=settings.OPORA_DKIM_KEY, selector=settings.OPORA_DKIM_SELECTOR)


def new_message_id(ticket: Ticket | None, domain: str = "") -> str:
    """An id nobody else has, signed when it is about a ticket."""
    number = ticket.pk if ticket else None
    return message_id_for(uuid.uuid4().hex, number, identity.token_key(), domain or identity.domain())


def _post_message(
    kind: str, message: Message, readers: list[tuple[Contact, str]], author: str, at: datetime
) -> OutgoingLetter:
    """A letter with the words of a message; `author` is named when they are a customer's."""
    ticket = message.ticket
    desk = desk_of(ticket)
    first, *others = readers
    answered, references, quoted = thread_of(ticket, message)
    with wording.speaking(ticket.language):
        intro = (
            wording.quotation_intro(quoted.at, ticket.requester.zone, quoted.author_contact.name)
            if quoted and quoted.author_contact
            else ""
        )
        letter = Outgoing(
            sender=Person(desk.address, wording.on_behalf(author, desk.name)),
            to=[Person(first[1], first[0].name)],
            cc=[Person(email, contact.name) for contact, email in others],
            subject=tagged_subject(ticket.subject, ticket.pk),
            text=message.text,
            date=at,
            message_id=new_message_id(ticket, desk.domain),
            reply_to=reply_address(desk.address, ticket.pk, identity.token_key()),
            in_reply_to=answered,
            references=references,
            quoted=quoted.text if quoted else "",
            quoted_intro=intro,
            footer=_footer(desk, ticket),
            language=ticket.language[:2],
            loop_mark=identity.loop_mark(),
            enclosures=enclosures_of(message),
        )
    return post(letter, kind=kind, recipients=list(readers), at=at, ticket=ticket, message=message)


def post_words(
    kind: str,
    ticket: Ticket,
    reader: Contact,
    email: str,
    text: str,
    at: datetime,
    *,
    message: Message | None = None,
    about: Ticket | None = None,
) -> OutgoingLetter:
    """A letter that no person wrote: marked automatic, from the null path, answerable into the ticket all the same."""
    answered, references, _ = thread_of(about or ticket, message)
    desk = desk_of(about or ticket)
    with wording.speaking(reader.language):
        letter = Outgoing(
            sender=Person(desk.address, desk.name),
            to=[Person(email, reader.name)],
            subject=tagged_subject(ticket.subject if about is None else about.subject, ticket.pk),
            text=text,
            date=at,
            message_id=new_message_id(ticket, desk.domain),
            reply_to=reply_address(desk.address, ticket.pk, identity.token_key()),
            in_reply_to=answered,
            references=references,
            footer=_footer(desk, ticket),
            language=reader.language[:2],
            automatic=True,
            answers=bool(answered),
            loop_mark=identity.loop_mark(),
        )
    return post(letter, kind=kind, recipients=[(reader, email)], at=at, ticket=ticket, message=message)


def _footer(desk: Desk, ticket: Ticket) -> str:
    return f"{desk.signature}\n\n{wording.footer(ticket.mark, link_to(ticket))}".strip()


def _message(event: Event) -> Message | None:
    rows = Message.objects.select_related("ticket__requester", "author_contact", "author_staff")
    return rows.filter(pk=event.facts.get("message")).first()


def _has(kind: str, message: Message) -> bool:
    return OutgoingLetter.objects.filter(kind=kind, message=message).exists()


def _said_before(letter: InboundLetter) -> bool:
    """Whether the sender wrote exactly this within the day: a robot that does not say that it is one, most likely."""
    same = InboundLetter.objects.filter(sender=letter.sender, content_hash=letter.content_hash)
    return same.filter(at__gt=letter.at - rules.SAME_WORDS_WITHIN, raw__lt=letter.raw_id).exists()


def _acknowledged_lately(email: str, at: datetime) -> int:
    return Recipient.objects.filter(
        email=email, letter__kind=OutgoingLetter.Kind.ACKNOWLEDGEMENT, letter__made_at__gt=at - timedelta(hours=1)
    ).count()
