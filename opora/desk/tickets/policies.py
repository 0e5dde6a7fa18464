"""Who sees which ticket. Pages and jobs fetch a ticket for a person only through these doors."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from opora.desk.customers.models import Contact
from opora.desk.customers.policies import sees_colleagues_requests
from opora.desk.kernel.errors import NotHere
from opora.desk.kernel.kept import Kept
from opora.desk.people.models import Staff
from opora.desk.people.policies import leads, may
from opora.desk.tickets.models import Objection, Participant, Ticket


def visible_to(staff: Staff) -> QuerySet[Ticket]:
    """The tickets a colleague may read: all of them for every active role, none for anybody else."""
    return Ticket.objects.all() if may(staff, "tickets:read") else Ticket.objects.none()


def visible_to_contact(contact: Contact) -> QuerySet[Ticket]:
    """The tickets a customer's person may read: own ones, those in copy, and colleagues' for owners and technical ones."""
    if not contact.active:
        return Ticket.objects.none()
    if sees_colleagues_requests(contact):
        return _seen_with_colleagues(contact.pk, contact.organisation_id)
    return _seen_alone(contact.pk)


def _seen_alone(contact: int) -> QuerySet[Ticket]:
    return Ticket.objects.filter(_own_or_in_copy(contact))


def _seen_with_colleagues(contact: int, organisation: int | None) -> QuerySet[Ticket]:
    return Ticket.objects.filter(_own_or_in_copy(contact) | Q(organisation=organisation))


def _own_or_in_copy(contact: int) -> Q:
    return Q(requester=contact) | Q(Exists(Participant.objects.filter(ticket=OuterRef("pk"), contact=contact)))


def ways_of_contact(contact: Contact) -> list[QuerySet[Ticket]]:
    """What `visible_to_contact` gives, in parts that each follow one index: for lists, which take a few from each.

    A ticket may be in several parts.
    """
    if not contact.active:
        return []
    ways = [Ticket.objects.filter(requester=contact), Ticket.objects.filter(participants__contact=contact)]
    if sees_colleagues_requests(contact):
        ways.append(Ticket.objects.filter(organisation=contact.organisation_id))
    return ways


def door(staff: Staff, number: int) -> Ticket:
    """The ticket as this colleague may see it. Raises NotHere."""
    ticket = _any.first(number) if may(staff, "tickets:read") else None
    if ticket is None:
        raise NotHere
    return ticket


_any = Kept(
    lambda number: Ticket.objects.select_related("organisation", "requester", "assignee", "line", "service").filter(
        pk=number
    )
)


def portal_door(contact: Contact, number: int) -> Ticket:
    """The ticket as this customer's person may see it. Raises NotHere, whether or not it exists for others."""
    ticket = _portal_ticket(contact, number) if contact.active else None
    if ticket is None:
        raise NotHere
    return ticket


def _portal_ticket(contact: Contact, number: int) -> Ticket | None:
    if sees_colleagues_requests(contact) and contact.organisation_id is not None:
        return _colleagues.first(contact.pk, contact.organisation_id, number)
    return _own.first(contact.pk, number)


def _for_portal(seen: QuerySet[Ticket], number: int) -> QuerySet[Ticket]:
    return seen.select_related("organisation", "requester", "assignee", "service", "system").filter(pk=number)


_own = Kept(lambda contact, number: _for_portal(_seen_alone(contact), number))
_colleagues = Kept(
    lambda contact, organisation, number: _for_portal(_seen_with_colleagues(contact, organisation), number)
)


def may_write_to(contact: Contact, ticket: Ticket) -> bool:
    """True when a letter from this person belongs on this ticket: requester, in copy, or of the same organisation."""
    if ticket.requester_id == contact.pk:
        return True
    if ticket.organisation_id is not None and ticket.organisation_id == contact.organisation_id:
        return True
    return Participant.objects.filter(ticket=ticket, contact=contact).exists()


def may_decide(staff: Staff, objection: Objection) -> bool:
    """True for leads of a line and the head of support, but not for the one whose change is objected to."""
    change = objection.change
    return leads(staff) and not (change.actor_kind == "staff" and change.actor_id == staff.pk)
