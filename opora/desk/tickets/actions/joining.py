"""Tickets and other tickets: links, merging, splitting, following up. Every word is kept and says where it came from."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff
from opora.desk.tickets import events, promises, rules, search, states
from opora.desk.tickets.actions.moving import settle, touch
from opora.desk.tickets.actions.permitting import permit_work
from opora.desk.tickets.models import Message, Note, Participant, Ticket, TicketLink


@transaction.atomic
def link(ticket: Ticket, *, other: Ticket, kind: str, by: Actor, at: datetime) -> None:
    """Tie two tickets together. Raises Refused for a ticket tied to itself."""
    if ticket.pk == other.pk:
        raise Refused("tickets.link_to_itself", _("A ticket cannot be linked to itself."))
    _row, new = TicketLink.objects.get_or_create(
        ticket=ticket, other=other, kind=TicketLink.Kind(kind), defaults={"made_at": at}
    )
    if new:
        announce(events.LINKED, subject=("ticket", ticket.pk), by=by, at=at, other=other.pk, kind=kind)


@transaction.atomic
def unlink(ticket: Ticket, *, other: Ticket, by: Actor, at: datetime) -> None:
    """Untie them, whichever side made the link."""
    gone = 0
    for one, two in ((ticket, other), (other, ticket)):
        gone += TicketLink.objects.filter(ticket=one, other=two).delete()[0]
    if gone:
        announce(events.LINKED, subject=("ticket", ticket.pk), by=by, at=at, other=other.pk, kind="")


@transaction.atomic
def merge(ticket: Ticket, *, into: Ticket, by: Staff, at: datetime, why: str = "") -> None:
    """Go on in `into`: every message, note and person moves there; the customer is told; this one's promise ends.

    Raises Refused across customers (one would read the other's words), into itself, or into an ended ticket.
    """
    permit_work(by)
    _check_merge(ticket, into)
    _flow_into(ticket, into, by, at, why)


@transaction.atomic
def admit(ticket: Ticket, *, into: Ticket, by: Staff, at: datetime) -> None:
    """A stranger wrote about `into` and a colleague knows who it is: the words join it, and the person reads on there.

    Raises Refused when the person is another customer's, or `into` has ended.
    """
    permit_work(by)
    if ticket.organisation_id not in (None, into.organisation_id):
        raise Refused("tickets.merge_across_customers", _("These belong to different customers and cannot be merged."))
    _flow_into(ticket, into, by, at, "")


def _flow_into(ticket: Ticket, into: Ticket, by: Staff, at: datetime, why: str) -> None:
    _hold(ticket, into)
    Message.objects.filter(ticket=ticket, came_from__isnull=True).update(came_from=ticket)
    Note.objects.filter(ticket=ticket, came_from__isnull=True).update(came_from=ticket)
    Message.objects.filter(ticket=ticket).update(ticket=into)
    Note.objects.filter(ticket=ticket).update(ticket=into)
    _bring_people(ticket, into, at)
    settle(ticket, to=states.MERGED, by=by.actor, at=at, why=why, merged_into=into)
    touch(into, at=at)
    search.rebuild(into)
    announce(events.MERGED, subject=("ticket", ticket.pk), by=by.actor, at=at, why=why, into=into.pk)
    announce(events.MERGED, subject=("ticket", into.pk), by=by.actor, at=at, why=why, merged=ticket.pk)


def _check_merge(ticket: Ticket, into: Ticket) -> None:
    if ticket.pk == into.pk:
        raise Refused("tickets.merge_into_itself", _("A ticket cannot be merged into itself."))
    same = ticket.organisation_id == into.organisation_id
    if not same or (ticket.organisation_id is None and ticket.requester_id != into.requester_id):
        raise Refused("tickets.merge_across_customers", _("These belong to different customers and cannot be merged."))


def _hold(ticket: Ticket, into: Ticket) -> None:
    """Hold both rows, always in one order, and look at them as they are now: of two who merge two tickets into each other
    the second is refused, and no word that is just being written stays behind."""
    rows = Ticket.objects.filter(pk__in=[ticket.pk, into.pk]).order_by("pk").select_for_update()
    stands = dict(rows.values_list("pk", "state"))
    if stands[into.pk] in states.ENDED:
        raise Refused("tickets.ended", _("The other ticket has ended. Choose one that is still open."))


def _bring_people(ticket: Ticket, into: Ticket, at: datetime) -> None:
    people = {ticket.requester_id, *ticket.participants.values_list("contact_id", flat=True)} - {into.requester_id}
    Participant.objects.bulk_create(
        [Participant(ticket=into, contact_id=person, added_at=at) for person in sorted(people)], ignore_conflicts=True
    )


@transaction.atomic
def split(ticket: Ticket, *, messages: Sequence[Message], subject: str, by: Staff, at: datetime) -> Ticket:
    """A second ticket made of some messages of this one, with the same people, service and terms.

    Its promise counts from the first message that moved; an answer that moved with its question was given already. Raises
    Refused when nothing or everything would move.
    """
    permit_work(by)
    moved = [message for message in messages if message.ticket_id == ticket.pk]
    if not moved or len(moved) == ticket.messages.count():
        raise Refused("tickets.split_what", _("Choose some of the messages, not none and not all."))
    new = _sibling(ticket, moved, subject=subject, at=at)
    keys = [message.pk for message in moved]
    Message.objects.filter(pk__in=keys, came_from__isnull=True).update(came_from=ticket)
    Message.objects.filter(pk__in=keys).update(ticket=new)
    _bring_people(ticket, new, at)
    TicketLink.objects.create(ticket=new, other=ticket, kind=TicketLink.Kind.RELATED, made_at=at)
    search.rebuild(new)
    search.rebuild(ticket)
    promises.make_promises(new, by=by.actor, at=at)
    touch(ticket, at=at)
    announce(events.SPLIT, subject=("ticket", ticket.pk), by=by.actor, at=at, into=new.pk)
    announce(events.SPLIT, subject=("ticket", new.pk), by=by.actor, at=at, out_of=ticket.pk)
    return new


@transaction.atomic
def follow_up(ticket: Ticket, *, opened: Ticket, by: Actor, at: datetime) -> None:
    """Tie a newly opened ticket to the ended one it goes on from."""
    link(opened, other=ticket, kind=TicketLink.Kind.RELATED, by=by, at=at)


def _answered_at(ticket: Ticket, moved: Sequence[Message], asked: datetime) -> datetime | None:
    """When a colleague last answered among these words, after the question; letters the desk sends are no answers."""
    told_on = {ticket.pk, *(message.came_from_id for message in moved if message.came_from_id)}
    replies = Event.objects.filter(
        name=events.REPLIED,
        subject_kind="ticket",
        subject_id__in=told_on,
        facts__message__in=[message.pk for message in moved],
        at__gt=asked,
    )
    return max(replies.values_list("at", flat=True), default=None)


def _sibling(ticket: Ticket, moved: Sequence[Message], *, subject: str, at: datetime) -> Ticket:
    opened_at = min(message.at for message in moved)
    written = [message.at for message in moved if message.author_contact_id and not message.automatic]
    answered_at = _answered_at(ticket, moved, min(written, default=opened_at))
    standing = states.OPEN if answered_at else states.NEW
    return Ticket.objects.create(
        organisation=ticket.organisation,
        requester=ticket.requester,
        subject=rules.clean_subject(subject or ticket.subject),
        kind=ticket.kind,
        priority=ticket.priority,
        line=ticket.line,
        assignee=ticket.assignee,
        service=ticket.service,
        system=ticket.system,
        channel=ticket.channel,
        language=ticket.language,
        contract_version=ticket.contract_version,
        opened_at=opened_at,
        changed_at=at,
        last_customer_at=max(written, default=opened_at),
        last_staff_at=answered_at,
        confirmed_at=ticket.confirmed_at,
        state=states.WAITING_CONFIRMATION if ticket.unconfirmed else standing,
    )
