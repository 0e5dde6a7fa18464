"""Telling colleagues and keeping their views of the queue."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.consent.queries import asked_by
from opora.desk.dispatch import rules
from opora.desk.dispatch.models import Notice, SavedView
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.people.models import Role, Staff
from opora.desk.people.queries import heads, leads_of, people_of
from opora.desk.tickets.models import Ticket


def notice_opened(event: Event, at: datetime) -> None:
    """Reaction: the people of the line learn of a new ticket."""
    ticket = _ticket(event)
    if ticket is not None and ticket.line is not None and not event.facts.get("automatic"):
        tell(people_of(ticket.line), ticket, Notice.Kind.OPENED, event, at)


def notice_customer_wrote(event: Event, at: datetime) -> None:
    """Reaction: whoever has the ticket learns that the customer wrote; automatic mail disturbs nobody."""
    ticket = _ticket(event)
    if ticket is not None and ticket.assignee_id and not event.facts.get("automatic"):
        tell([ticket.assignee_id], ticket, Notice.Kind.CUSTOMER_WROTE, event, at)


def notice_assigned(event: Event, at: datetime) -> None:
    """Reaction: the new assignee learns of it, unless they took it themselves."""
    ticket, new = _ticket(event), event.facts.get("new")
    if ticket is not None and isinstance(new, int) and not (event.actor_kind == "staff" and event.actor_id == new):
        tell([new], ticket, Notice.Kind.ASSIGNED, event, at)


def notice_handed_over(event: Event, at: datetime) -> None:
    """Reaction: the people of the new line learn that something waits for them."""
    ticket = _ticket(event)
    if ticket is not None and ticket.line is not None:
        tell(people_of(ticket.line), ticket, Notice.Kind.HANDED_OVER, event, at)


def notice_objected(event: Event, at: datetime) -> None:
    """Reaction: a customer objects to a changed priority: whoever may decide learns of it."""
    ticket = _ticket(event)
    if ticket is not None:
        tell(_leads_of(ticket), ticket, Notice.Kind.OBJECTED, event, at)


def notice_outage(event: Event, at: datetime) -> None:
    """Reaction: a service is gone altogether: the line, its leads and the head of support learn of it at once."""
    ticket = _ticket(event)
    if ticket is not None:
        line = people_of(ticket.line) if ticket.line else []
        tell([*line, *_leads_of(ticket)], ticket, Notice.Kind.OUTAGE, event, at)


def notice_confirmation(event: Event, at: datetime) -> None:
    """Reaction: the customer answered a request for confirmation or took its word back: asker and assignee learn."""
    ticket = _ticket(event)
    if ticket is not None:
        tell([asked_by(int(event.facts["request"])), ticket.assignee_id], ticket, Notice.Kind.CONFIRMATION, event, at)


def notice_no_answer(event: Event, at: datetime) -> None:
    """Reaction: nobody answers a request for confirmation: the asker and the contact centre, who call."""
    ticket = _ticket(event)
    if ticket is not None:
        operators = Staff.objects.filter(active=True, roles__contains=[Role.OPERATOR]).values_list("pk", flat=True)
        people = [asked_by(int(event.facts["request"])), *operators]
        tell(people, ticket, Notice.Kind.NO_ANSWER, event, at)


def notice_vendor(event: Event, at: datetime) -> None:
    """Reaction: a vendor answered, or stays silent: whoever has the ticket learns of it, else its line."""
    ticket = _ticket(event)
    if ticket is None:
        return
    kind = Notice.Kind.VENDOR_SILENT if event.name.endswith("silent") else Notice.Kind.VENDOR_ANSWERED
    people = [ticket.assignee_id] if ticket.assignee_id else people_of(ticket.line) if ticket.line else []
    tell(people, ticket, kind, event, at)


@transaction.atomic
def read_notices(staff: Staff, *, at: datetime, ticket: Ticket | None = None) -> int:
    """Mark the colleague's notices read, all or those of one ticket; returns how many."""
    rows = Notice.objects.filter(staff=staff, read_at__isnull=True)
    return rows.filter(ticket=ticket).update(read_at=at) if ticket else rows.update(read_at=at)


@transaction.atomic
def save_view(
    *, staff: Staff, name: str, queue: str, filters: rules.Filters, at: datetime, shared: bool = False
) -> SavedView:
    """Keep a filtered queue under a name; the same name is written over. Raises Refused without a name."""
    clean = " ".join(name.split())[:60]
    if not clean or queue not in rules.QUEUES:
        raise Refused("dispatch.view_without_name", _("Give the view a name."))
    view, _new = SavedView.objects.update_or_create(
        staff=staff,
        name=clean,
        defaults={"queue": queue, "filters": filters.as_words(), "shared": shared, "made_at": at},
    )
    return view


def forget_view(view: SavedView, *, by: Staff) -> None:
    """Remove one's own saved view. Raises Refused for somebody else's."""
    if view.staff_id != by.pk:
        raise Refused("dispatch.foreign_view", _("Only the one who saved a view can remove it."))
    view.delete()


def _ticket(event: Event) -> Ticket | None:
    if event.subject_kind != "ticket":
        return None
    return Ticket.objects.select_related("line").filter(pk=event.subject_id).first()


def _leads_of(ticket: Ticket) -> list[int]:
    leads = [lead.pk for lead in leads_of(ticket.line)] if ticket.line else []
    return [*leads, *(head.pk for head in heads())]


def tell(people: Iterable[int | None], ticket: Ticket, kind: str, event: Event, at: datetime) -> None:
    """One notice for each of these colleagues about the event; nobody is told of what they did themselves, nor twice."""
    write_notices(notices(people, ticket, kind, event, at))


def notices(people: Iterable[int | None], ticket: Ticket, kind: str, event: Event, at: datetime) -> list[Notice]:
    """The notices that `tell` writes, not written yet."""
    told = {person for person in people if person} - ({event.actor_id} if event.actor_kind == "staff" else set())
    return [Notice(staff_id=person, ticket=ticket, kind=kind, event_id=event.pk, at=at) for person in sorted(told)]


def write_notices(written: Iterable[Notice]) -> None:
    """Write them, save where a colleague knows of the event already."""
    Notice.objects.bulk_create(written, ignore_conflicts=True)
