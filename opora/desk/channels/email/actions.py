"""What people do about letters: quarantine, letters that did not get through, and notices of the desk itself."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.customers import actions as customers
from opora.desk.customers.models import Contact
from opora.desk.customers.queries import find_contact_by_email, organisation_of_domain
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import move
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.actions import NewFile
from opora.desk.tickets.models import Ticket

from . import bad_addresses, identity, outbox, rules, states, telling
from .composing import Outgoing
from .models import Lesson, OutgoingLetter, RawLetter, Recipient
from .parsing import Person
from .parsing.addresses import is_mailable
from .parsing.content import safe_name
from .understanding import as_far_as_possible

__all__ = [
    "call_spam",
    "drop_recipient",
    "let_through",
    "let_through_all",
    "make_ticket_from_quarantine",
    "mark_as_sent",
    "only_file_all",
    "queue_notice",
    "resend",
    "retry_letter",
]


@transaction.atomic
def retry_letter(letter: RawLetter, *, by: Staff, at: datetime) -> None:
    """Put a quarantined letter through the chain once more. Raises Refused, Clash."""
    _permit(by)
    steps = [*letter.steps, ["retried", "continue", by.name]]
    move(letter, to=states.STORED, table=states.RAW, tries=0, next_try_at=at, error="", steps=steps)


@transaction.atomic
def make_ticket_from_quarantine(
    letter: RawLetter, *, by: Staff, at: datetime, requester: Contact | None = None
) -> Ticket:
    """A ticket out of a letter the chain could not place, with the letter itself enclosed; returns it.

    Without a requester the letter's own sender is taken. Raises Refused when there is none, or the letter is done.
    """
    _permit(by)
    read = as_far_as_possible(bytes(letter.raw))
    person = requester or _sender_of(read.sender, at)
    ticket = tickets.open_ticket(
        requester=person,
        subject=read.subject or _("Letter %(id)s") % {"id": letter.pk},
        text=read.text.strip() or _("The words could not be read; the letter is enclosed."),
        files=[
            NewFile(
                (safe_name(read.subject)[:80] or f"letter-{letter.pk}") + ".eml", "message/rfc822", bytes(letter.raw)
            )
        ],
        channel="email",
        automatic=bool(read.automatic),
        by=by.actor,
        at=at,
    )
    steps = [*letter.steps, ["made by hand", "done", by.name]]
    move(
        letter,
        to=states.DONE,
        table=states.RAW,
        outcome=states.BY_HAND,
        reason=f"{ticket.mark}, {by.name}",
        ticket_id=ticket.pk,
        decided_at=at,
        steps=steps,
    )
    return ticket


@transaction.atomic
def let_through(letter: RawLetter, *, by: Staff, at: datetime) -> None:
    """A held letter goes on at once, and one called spam after all: the caps and the filter do not judge it again.

    Raises Refused, Clash.
    """
    _permit(by)
    was_spam = letter.state == states.SPAM
    steps = [*letter.steps, ["let through", "continue", by.name]]
    move(
        letter,
        to=states.STORED,
        table=states.RAW,
        tries=0,
        next_try_at=at,
        held_for="",
        waved_through=True,
        steps=steps,
    )
    if was_spam:
        Lesson.objects.create(raw=letter, spam=False, made_at=at)


@transaction.atomic
def let_through_all(held_for: str, *, by: Staff, at: datetime) -> int:
    """Everything held back for one reason goes on; returns how many. Raises Refused."""
    _permit(by)
    rows = RawLetter.objects.filter(state=states.HELD, held_for=held_for)
    return rows.update(state=states.STORED, tries=0, next_try_at=at, held_for="", waved_through=True, decided_at=at)


@transaction.atomic
def only_file_all(held_for: str, *, by: Staff, at: datetime) -> int:
    """Everything held back for one reason is kept, but opens and answers nothing; returns how many. Raises Refused."""
    _permit(by)
    rows = RawLetter.objects.filter(state=states.HELD, held_for=held_for)
    reason = f"{by.name}: only filed"[:500]
    return rows.update(state=states.DONE, outcome=states.FILED, reason=reason, held_for="", decided_at=at)


@transaction.atomic
def call_spam(ticket: Ticket, *, by: Staff, at: datetime) -> None:
    """The letter that opened this ticket is spam: the filter learns it, the ticket is closed, nobody is answered.

    Raises Refused when no letter opened it, or a colleague has already answered.
    """
    _permit(by)
    letter = RawLetter.objects.filter(ticket=ticket, state=states.DONE, outcome=states.OPENED).order_by("pk").first()
    if letter is None or ticket.messages.filter(author_staff__isnull=False).exists():
        raise Refused(
            "email.no_spam", _("Only a ticket that a letter opened and nobody has answered can be called spam.")
        )
    steps = [*letter.steps, ["called spam", "spam", by.name]]
    move(letter, to=states.SPAM, table=states.RAW, outcome="", reason=f"{by.name}: spam"[:500], steps=steps)
    Lesson.objects.create(raw=letter, spam=True, made_at=at)
    waiting = Recipient.objects.filter(letter__ticket=ticket, state=states.QUEUED)
    waiting.update(state=states.DROPPED, ended_at=at, answer=f"{by.name}: spam"[:500])
    tickets.resolve(ticket, by=by, at=at, why=_("Spam"))
    tickets.close(ticket, by=by.actor, at=at, why=_("Spam"))


@transaction.atomic
def resend(recipient: Recipient, *, by: Staff, at: datetime) -> None:
    """Send a failed or unknown letter once more: the same octets, the same Message-ID. Raises Refused, Clash."""
    _permit(by)
    if bad_addresses.known([recipient.email]):
        raise Refused("email.bad_address", _("This address is known to be bad. Clear it first, at the customer."))
    said = f"{by.name}: once more ({recipient.answer})"[:500]
    move(
        recipient,
        to=states.QUEUED,
        table=states.ROAD,
        tries=0,
        next_try_at=at,
        handed_over_at=None,
        ended_at=None,
        answer=said,
    )
    telling.settled(recipient.letter, at=at, by=by.actor)


@transaction.atomic
def mark_as_sent(recipient: Recipient, *, by: Staff, at: datetime) -> None:
    """A colleague found out that an unknown letter had arrived. Raises Refused, Clash."""
    _permit(by)
    move(recipient, to=states.SENT, table=states.ROAD, ended_at=at, answer=f"{by.name}: it had arrived"[:500])
    telling.settled(recipient.letter, at=at, by=by.actor)


@transaction.atomic
def drop_recipient(recipient: Recipient, *, by: Staff, at: datetime) -> None:
    """Give up on a letter that waits or failed. Raises Refused, Clash."""
    _permit(by)
    move(recipient, to=states.DROPPED, table=states.ROAD, ended_at=at, answer=f"{by.name}: let be"[:500])
    telling.settled(recipient.letter, at=at, by=by.actor)


@transaction.atomic
def queue_notice(*, to: str, subject: str, text: str, at: datetime, language: str = "en") -> OutgoingLetter:
    """A letter of the desk itself (a sign-in code, say) to one address. Raises Refused when it is none."""
    if not is_mailable(to) or not to.isascii():
        raise Refused("email.no_address", _("This is not an e-mail address a letter can be sent to."))
    letter = Outgoing(
        sender=Person(identity.mailbox(), identity.display_name()),
        to=[Person(to)],
        subject=subject,
        text=text,
        date=at,
        message_id=outbox.new_message_id(None),
        language=language[:2],
        automatic=True,
        loop_mark=identity.loop_mark(),
    )
    return outbox.post(letter, kind=OutgoingLetter.Kind.NOTICE, recipients=[(None, to.lower())], at=at)


def _permit(by: Staff) -> None:
    if not may(by, "mail:handle"):
        raise Refused("email.may_not_handle", _("Your role does not handle letters."))


def _sender_of(sender: Person | None, at: datetime) -> Contact:
    if sender is None or not is_mailable(sender.key) or not sender.key.isascii():
        raise Refused("email.no_sender", _("The letter names no sender we could answer. Choose the customer first."))
    known = find_contact_by_email(sender.key)
    return known or customers.add_contact(
        organisation=organisation_of_domain(sender.key),
        name=sender.name or sender.key.partition("@")[0],
        emails=[sender.key],
        language=rules.guess_language(sender.name, "en"),
        by=SYSTEM,
        at=at,
    )
