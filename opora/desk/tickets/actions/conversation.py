"""What is said: answering, the customer's words, internal notes.

Only a public written message by a colleague keeps the first-reply promise (desks.md b11.6); automatic mail is filed
and changes nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact
from opora.desk.kernel import files as kernel_files
from opora.desk.kernel.actions import Actor, actor_of, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.sla.rules.course import What
from opora.desk.tickets import events, promises, rules, search, states
from opora.desk.tickets.actions.causes import Cause
from opora.desk.tickets.actions.moving import go_on, settle, touch
from opora.desk.tickets.models import Draft, Message, MessageFile, Note, NoteFile, Participant, Ticket
from opora.desk.tickets.rules import Known


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it arrives; `content_id` and `inline` only for pictures inside a letter."""

    name: str
    type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@transaction.atomic
def reply(ticket: Ticket, *, by: Staff, text: str, at: datetime, files: Sequence[NewFile] = ()) -> Message:
    """A public answer of ours: a new ticket is in work from now on, the first-reply promise is settled.

    Raises Refused for an empty answer, a role that may not answer customers, or an ended ticket.
    """
    message = _answer(ticket, by, text, at, files)
    go_on(ticket, by=by.actor, at=at)
    return message


@transaction.atomic
def reply_and_wait(ticket: Ticket, *, by: Staff, text: str, at: datetime, files: Sequence[NewFile] = ()) -> Message:
    """A public answer that asks something: the ticket waits for the customer, who may still have to confirm it. Raises as
    `reply`."""
    message = _answer(ticket, by, text, at, files)
    if ticket.state != states.WAITING_CUSTOMER:
        go_on(ticket, by=by.actor, at=at)
    if ticket.state not in {states.WAITING_CUSTOMER, states.WAITING_CONFIRMATION}:
        settle(ticket, to=states.WAITING_CUSTOMER, by=by.actor, at=at)
    return message


@transaction.atomic
def reply_and_resolve(
    ticket: Ticket,
    *,
    by: Staff,
    text: str,
    at: datetime,
    files: Sequence[NewFile] = (),
    found: Cause | None = None,
    known: Known | None = None,
) -> Message:
    """A public answer that solves it. Raises as `reply`, and Refused when a total outage has no cause yet."""
    from opora.desk.tickets.actions.moving import resolve

    message = _answer(ticket, by, text, at, files, last=True)
    resolve(ticket, by=by, at=at, found=found, known=known)
    return message


@transaction.atomic
def send_letter(ticket: Ticket, *, by: Staff, text: str, at: datetime) -> Message:
    """A public letter that stands by itself: it moves nothing and may come after the end (an account of an outage).

    Raises Refused for an empty one.
    """
    if not text.strip():
        raise Refused("tickets.empty", _("Write something first; there is nothing to send yet."))
    message = say_publicly(ticket, by.actor, at, text, channel="staff")
    search.add_words(ticket.pk, message.text)
    touch(ticket, at=at, last_staff_at=at)
    announce(events.LETTER_SENT, subject=("ticket", ticket.pk), by=by.actor, at=at, message=message.pk)
    return message


@transaction.atomic
def customer_wrote(
    ticket: Ticket,
    *,
    by: Contact,
    text: str,
    at: datetime,
    channel: str = "portal",
    quoted: str = "",
    html: str = "",
    files: Sequence[NewFile] = (),
    automatic: bool = False,
) -> Message:
    """Words from the customer's side. What waited for them, or was resolved, is in work again; automatic mail only lies
    on file. Raises Refused on an ended ticket: open a follow-up instead."""
    if ticket.state in states.ENDED:
        raise Refused("tickets.ended", _("This request is closed. Open a new one and mention this number."))
    if not text.strip() and not files and not quoted.strip() and not html:
        raise Refused("tickets.empty", _("Write something first; there is nothing to send yet."))
    message = say_publicly(
        ticket, by.actor, at, text, channel=channel, quoted=quoted, html=html, automatic=automatic, files=files
    )
    search.add_words(ticket.pk, f"{by.name} {message.text}")
    if not automatic:
        _join(ticket, by, at)
        touch(ticket, at=at, last_customer_at=at)
        confirm(ticket, by=by.actor, at=at)
        if ticket.state in {states.WAITING_CUSTOMER, states.RESOLVED}:
            wake(ticket, by.actor, at)
    announce(
        events.CUSTOMER_WROTE,
        subject=("ticket", ticket.pk),
        by=by.actor,
        at=at,
        message=message.pk,
        channel=channel,
        automatic=automatic,
    )
    return message


def confirm(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """A request taken by phone is confirmed by the customer's own written words: its promises go on from here.

    Nothing happens to what came in writing, or is confirmed already. Must run in the transaction of the words.
    """
    if ticket.unconfirmed:
        touch(ticket, at=at, confirmed_at=at)
        promises.follow(ticket, What.CONFIRMED, by=by, at=at)
        announce(events.CONFIRMED, subject=("ticket", ticket.pk), by=by, at=at)
        if ticket.state == states.WAITING_CONFIRMATION:
            settle(ticket, to=states.OPEN if ticket.last_staff_at else states.NEW, by=by, at=at)


@transaction.atomic
def confirm_by_consent(event: Event, _at: datetime) -> None:
    """Reaction: the customer confirmed what was asked about the ticket; that is its written word as well. What waited goes on
    from the moment of the confirmation, whenever this is told."""
    ticket = Ticket.objects.select_for_update().filter(pk=event.subject_id).first()
    if event.subject_kind == "ticket" and ticket is not None and ticket.state not in states.ENDED:
        confirm(ticket, by=actor_of(event), at=event.at)


@transaction.atomic
def note(ticket: Ticket, *, by: Actor, text: str, at: datetime, files: Sequence[NewFile] = ()) -> Note:
    """Internal words: never shown to, mailed to or searched by the customer. Raises Refused when empty."""
    if not text.strip() and not files:
        raise Refused("tickets.empty", _("Write something first; there is nothing to keep yet."))
    author = by.id if by.kind == "staff" else None
    kept = Note.objects.create(ticket=ticket, author_staff_id=author, at=at, text=rules.clean_text(text))
    for new in files:
        stored = kernel_files.keep(new.content, declared_type=new.type, at=at)
        NoteFile.objects.create(note=kept, file=stored, name=kernel_files.safe_name(new.name))
    search.add_note_words(ticket.pk, kept.text)
    touch(ticket, at=at)
    if author is not None:
        Draft.objects.filter(ticket=ticket, staff_id=author, kind=Draft.Kind.NOTE).delete()
    announce(events.NOTED, subject=("ticket", ticket.pk), by=by, at=at, note=kept.pk)
    return kept


def _answer(
    ticket: Ticket, by: Staff, text: str, at: datetime, files: Sequence[NewFile], *, last: bool = False
) -> Message:
    if not may(by, "tickets:reply"):
        raise Refused(
            "tickets.may_not_reply", _("Your role does not answer customers in writing; leave a note instead.")
        )
    if ticket.state in states.ENDED:
        raise Refused("tickets.ended", _("This ticket has ended. Open a follow-up to write to the customer."))
    if not text.strip() and not files:
        raise Refused("tickets.empty", _("Write something first; there is nothing to send yet."))
    message = say_publicly(ticket, by.actor, at, text, channel="staff", files=files)
    search.add_words(ticket.pk, message.text)
    touch(ticket, at=at, last_staff_at=at)
    promises.answered(ticket, by=by.actor, at=at, last=last)
    Draft.objects.filter(ticket=ticket, staff=by, kind=Draft.Kind.REPLY).delete()
    announce(events.REPLIED, subject=("ticket", ticket.pk), by=by.actor, at=at, message=message.pk)
    return message


def say_publicly(
    ticket: Ticket,
    by: Actor,
    at: datetime,
    text: str,
    *,
    channel: str,
    quoted: str = "",
    html: str = "",
    automatic: bool = False,
    files: Sequence[NewFile] = (),
) -> Message:
    """The public message itself with its files, by whichever side; nothing else follows from it."""
    message = Message.objects.create(
        ticket=ticket,
        author_contact_id=by.id if by.kind == "contact" else None,
        author_staff_id=by.id if by.kind == "staff" else None,
        at=at,
        text=rules.clean_text(text),
        quoted=rules.clean_text(quoted),
        html=html.replace("\x00", ""),
        channel=channel,
        automatic=automatic,
    )
    keep_files(message, files, at=at)
    return message


def keep_files(message: Message, files: Sequence[NewFile], *, at: datetime) -> None:
    """Keep the files that come with a message."""
    MessageFile.objects.bulk_create(
        MessageFile(
            message=message,
            file=kernel_files.keep(new.content, declared_type=new.type, at=at),
            name=kernel_files.safe_name(new.name),
            content_id=new.content_id[:250],
            inline=new.inline,
        )
        for new in files
    )


def _join(ticket: Ticket, contact: Contact, at: datetime) -> None:
    if contact.pk != ticket.requester_id:
        Participant.objects.bulk_create(
            [Participant(ticket=ticket, contact=contact, added_at=at)], ignore_conflicts=True
        )


def wake(ticket: Ticket, by: Actor, at: datetime) -> None:
    """What waited for the customer, or was resolved, is in work again."""
    was_resolved = ticket.state == states.RESOLVED
    settle(ticket, to=states.OPEN, by=by, at=at, resolved_at=None)
    if was_resolved:
        announce(events.REOPENED, subject=("ticket", ticket.pk), by=by, at=at)
