"""Who has the ticket and who is in copy."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact
from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets import events, states
from opora.desk.tickets.actions.permitting import permit_work
from opora.desk.tickets.models import Participant, Ticket


@transaction.atomic
def assign(ticket: Ticket, *, to: Staff, by: Staff, at: datetime, why: str = "") -> None:
    """The ticket is this colleague's from now on. Raises Refused when either may not work tickets or it has ended."""
    permit_work(by)
    if not may(to, "tickets:work"):
        raise Refused("tickets.may_not_work", _("%(name)s does not work tickets.") % {"name": to.name})
    if ticket.state in states.ENDED:
        raise Refused("tickets.ended", _("This ticket has ended."))
    if ticket.assignee_id == to.pk:
        return
    old = ticket.assignee_id
    compare_and_set(ticket, {"assignee": old}, assignee=to, changed_at=at)
    announce(
        events.ASSIGNED, subject=("ticket", ticket.pk), by=by.actor, at=at, why=why, old=old, new=to.pk, name=to.name
    )


def take(ticket: Ticket, *, by: Staff, at: datetime) -> None:
    """Assign it to oneself."""
    assign(ticket, to=by, by=by, at=at)


@transaction.atomic
def release(ticket: Ticket, *, by: Staff, at: datetime, why: str = "") -> None:
    """Nobody's again: back to the line's queue."""
    permit_work(by)
    old = ticket.assignee_id
    if old is None:
        return
    compare_and_set(ticket, {"assignee": old}, assignee=None, changed_at=at)
    announce(events.ASSIGNED, subject=("ticket", ticket.pk), by=by.actor, at=at, why=why, old=old, new=None, name="")


@transaction.atomic
def add_participant(ticket: Ticket, *, contact: Contact, by: Actor, at: datetime) -> None:
    """Put a person in copy: it sees the ticket and gets every public message from now on.

    Raises Refused for a person of another customer: that would show one customer's words to another.
    """
    foreign = contact.organisation_id is not None and contact.organisation_id != ticket.organisation_id
    if foreign and ticket.organisation_id is not None:
        raise Refused(
            "tickets.foreign_contact", _("This person belongs to another customer and cannot be put in copy.")
        )
    if contact.pk == ticket.requester_id:
        return
    _row, new = Participant.objects.get_or_create(ticket=ticket, contact=contact, defaults={"added_at": at})
    if new:
        announce(
            events.PARTICIPANT_ADDED,
            subject=("ticket", ticket.pk),
            by=by,
            at=at,
            contact=contact.pk,
            name=contact.name,
        )


@transaction.atomic
def remove_participant(ticket: Ticket, *, contact: Contact, by: Actor, at: datetime) -> None:
    """Take a person out of copy; what it wrote stays."""
    gone, _counts = Participant.objects.filter(ticket=ticket, contact=contact).delete()
    if gone:
        announce(
            events.PARTICIPANT_REMOVED,
            subject=("ticket", ticket.pk),
            by=by,
            at=at,
            contact=contact.pk,
            name=contact.name,
        )
