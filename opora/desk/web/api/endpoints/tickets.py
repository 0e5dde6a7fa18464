"""Tickets by API: list, show, open, answer, note. Colleagues and customers each through their own door."""

from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Status

from opora.desk.catalogue.models import Service
from opora.desk.catalogue.queries import services_on_sale
from opora.desk.customers.models import Contact
from opora.desk.customers.queries import find_contact_by_email
from opora.desk.kernel.clock import now
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.tickets import actions
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import door, portal_door, visible_to, visible_to_contact
from opora.desk.web.api import showing
from opora.desk.web.api.callers import Caller, caller_of
from opora.desk.web.api.shapes import (
    Id,
    Me,
    MessageOut,
    NoteOut,
    StaffTicketOut,
    TicketIn,
    TicketOut,
    TicketPage,
    TicketsAsked,
    WordsIn,
    Wrong,
)

router = Router(tags=["tickets"])
NO = {401: Wrong, 403: Wrong, 404: Wrong, 409: Wrong, 422: Wrong}


@router.get("/me", response={200: Me, 401: Wrong}, tags=["key"], summary="Whose key this is")
def me(request: HttpRequest) -> dict[str, Any]:
    """The key's person and what the key may do."""
    caller = caller_of(request)
    return {"person": showing.person(caller.person.actor), "scopes": sorted(caller.scopes)}


@router.get("/tickets", response={200: TicketPage, **NO}, summary="Tickets, newest first")
def list_tickets(request: HttpRequest, asked: Annotated[TicketsAsked, Query()]) -> dict[str, Any]:
    """Those the key's person may see."""
    caller = caller_of(request)
    caller.asks("tickets:read")
    rows = _visible(caller).select_related("organisation", "requester", "assignee", "line", "service")
    if asked.before is not None:
        rows = rows.filter(pk__lt=asked.before)
    if asked.state is not None:
        rows = rows.filter(state=asked.state)
    found = list(rows.order_by("-pk")[: asked.limit + 1])
    more = found[asked.limit - 1].pk if len(found) > asked.limit else None
    line = showing.staff_line if isinstance(caller.person, Staff) else showing.line
    return {"tickets": [line(ticket) for ticket in found[: asked.limit]], "next_before": more}


@router.post("/tickets", response={201: StaffTicketOut | TicketOut, **NO}, summary="Open a ticket")
def open_ticket(request: HttpRequest, new: TicketIn) -> Status[dict[str, Any]]:
    """A new ticket with its promise on the clock."""
    caller = caller_of(request)
    caller.asks("tickets:write")
    requester = _requester(caller, new.requester_email)
    ticket = actions.open_ticket(
        requester=requester,
        subject=new.subject,
        text=new.text,
        kind=new.kind,
        priority=new.priority,
        service=_service(new.service),
        channel="api",
        by=caller.person.actor,
        at=now(),
    )
    return Status(201, showing.ticket_for(caller.person, _behind_door(caller, ticket.pk)))


@router.get("/tickets/{number}", response={200: StaffTicketOut | TicketOut, **NO}, summary="One ticket")
def show_ticket(request: HttpRequest, number: Annotated[Id, Path()]) -> dict[str, Any]:
    """The ticket with its conversation; for colleagues with the internal notes."""
    caller = caller_of(request)
    caller.asks("tickets:read")
    return showing.ticket_for(caller.person, _behind_door(caller, number))


@router.post("/tickets/{number}/messages", response={201: MessageOut, **NO}, summary="Write to the other side")
def write(request: HttpRequest, number: Annotated[Id, Path()], new: WordsIn) -> Status[dict[str, Any]]:
    """Public words: a colleague's answer to the customer, or the customer's words to us."""
    caller = caller_of(request)
    caller.asks("tickets:write")
    ticket = _behind_door(caller, number)
    if isinstance(caller.person, Contact):
        said = actions.customer_wrote(ticket, by=caller.person, text=new.text, at=now(), channel="api")
    else:
        said = actions.reply(ticket, by=caller.staff("tickets:reply"), text=new.text, at=now())
    return Status(201, showing.message(said))


@router.post("/tickets/{number}/notes", response={201: NoteOut, **NO}, summary="Leave an internal note")
def leave_note(request: HttpRequest, number: Annotated[Id, Path()], new: WordsIn) -> Status[dict[str, Any]]:
    """Internal words; for colleagues only."""
    caller = caller_of(request)
    caller.asks("tickets:write")
    staff = caller.staff("tickets:note")
    kept = actions.note(door(staff, number), by=staff.actor, text=new.text, at=now())
    return Status(201, showing.note(kept))


def _visible(caller: Caller) -> QuerySet[Ticket]:
    if isinstance(caller.person, Contact):
        return visible_to_contact(caller.person)
    return visible_to(caller.staff("tickets:read"))


def _behind_door(caller: Caller, number: int) -> Ticket:
    if isinstance(caller.person, Contact):
        return portal_door(caller.person, number)
    return door(caller.staff("tickets:read"), number)


def _requester(caller: Caller, email: str | None) -> Contact:
    if isinstance(caller.person, Contact):
        if email is not None:
            raise Refused("api.for_oneself", _("You open tickets for yourself; leave requester_email out."))
        return caller.person
    caller.staff("tickets:open")
    found = find_contact_by_email(email) if email else None
    if found is None:
        raise Refused("api.unknown_requester", _("Nobody is known by this address. Say requester_email of a customer."))
    return found


def _service(slug: str | None) -> Service | None:
    if slug is None:
        return None
    found = services_on_sale().filter(slug=slug).first()
    if found is None:
        raise Refused("api.unknown_service", _("There is no such service."))
    return found
