"""One request: what was said, how it stands, what was promised, and what the customer can do now."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opora.desk.consent.queries import live_of_ticket
from opora.desk.customers.models import Contact
from opora.desk.kernel import asking
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.sla.models import CalendarVersion, Clock
from opora.desk.sla.queries import HOURS_OF_TICKET, calendar_of, calendars_of, explain_clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import events, reading, states
from opora.desk.tickets import queries as ticket_queries
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import portal_door
from opora.desk.web.components import framed
from opora.desk.web.components.doors import ContactRequest, for_contact
from opora.desk.web.portal import actions, forms, plain, queries, thread, uploads
from opora.desk.workroom.reading import AT_WORK

PARTS: tuple[asking.Part[Any], ...] = (
    reading.PUBLIC_WORDS,
    reading.PUBLIC_FILES,
    reading.SHOWN,
    reading.PROMISED,
    HOURS_OF_TICKET,
    reading.IN_COPY,
    queries.COLLEAGUES,
    queries.PROMISED_BESIDES,
    AT_WORK,
)
"""What the page asks about its request, in one statement. Nothing internal is among it."""


@require_safe
@for_contact
def request_page(request: ContactRequest, number: int) -> HttpResponse:
    """The request with its conversation."""
    return _show(request, portal_door(request.contact, number), forms.AnswerForm(initial=forms.blank()))


@require_safe
@for_contact
def news(request: ContactRequest, number: int) -> HttpResponse:
    """The parts of an open page that may have changed: the state, the promise, new words, people in copy."""
    ticket = portal_door(request.contact, number)
    return render(request, "portal/news.html", _present(request, ticket))


@require_POST
@for_contact
def answer(request: ContactRequest, number: int) -> HttpResponse:
    """The customer's words go onto the request; what cannot be sent is shown again with everything in it."""
    form, found = forms.AnswerForm(request.POST), uploads.gather(request, request.contact)
    if form.is_valid() and not found.problems:
        said = form.cleaned_data
        try:
            actions.send_answer(
                key=said["key"], number=number, by=request.contact, at=request.at, text=said["text"], files=found.files
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return _back(request, number, _("Your answer is with us."), "answered")
    return _show(request, portal_door(request.contact, number), form, found)


@require_POST
@for_contact
def solved(request: ContactRequest, number: int) -> HttpResponse:
    """The customer agrees that it is solved: the request is closed. A second press changes nothing."""
    ticket = portal_door(request.contact, number)
    if ticket.state != states.CLOSED:
        tickets.close(ticket, by=request.contact.actor, at=request.at)
    return _back(request, number, _("Thank you. The request is closed."))


@require_POST
@for_contact
def object_to_priority(request: ContactRequest, number: int) -> HttpResponse:
    """The customer sees the priority otherwise: the shift lead must decide. A second press changes nothing."""
    ticket = portal_door(request.contact, number)
    try:
        tickets.object_to_priority(ticket, by=request.contact, at=request.at, words=request.POST.get("words", ""))
    except Refused as refused:
        messages.error(request, refused.message)
        return HttpResponseRedirect(resolve_url("portal:request", number))
    return _back(request, number, _("Your objection is with our shift lead, who will answer with reasons."), "object")


@require_POST
@for_contact
def copy_in(request: ContactRequest, number: int) -> HttpResponse:
    """A colleague of the person's own organisation comes into copy."""
    ticket = portal_door(request.contact, number)
    person = _colleague(request, ticket, request.POST.get("person", ""))
    tickets.add_participant(ticket, contact=person, by=request.contact.actor, at=request.at)
    return _back(request, number, _("%(name)s reads along from now on.") % {"name": person.name}, "people")


@require_POST
@for_contact
def copy_out(request: ContactRequest, number: int) -> HttpResponse:
    """Somebody leaves the copy: oneself, or a colleague of the person's own organisation."""
    ticket = portal_door(request.contact, number)
    key = request.POST.get("person", "")
    person = request.contact if key == str(request.contact.pk) else _colleague(request, ticket, key)
    tickets.remove_participant(ticket, contact=person, by=request.contact.actor, at=request.at)
    messages.success(request, _("%(name)s is no longer in copy.") % {"name": person.name})
    try:
        portal_door(request.contact, number)
    except NotHere:
        return HttpResponseRedirect(resolve_url("portal:requests"))
    return HttpResponseRedirect(resolve_url("portal:request", number) + "#people")


@require_safe
@for_contact
def formatted(request: ContactRequest, number: int, message: int) -> HttpResponse:
    """A letter as its sender made it. Raises NotHere for a message of another request, or one without HTML."""
    found = ticket_queries.formatted_message(portal_door(request.contact, number), message)
    return framed.answer(request, found, reader=request.reader, where=request.path)


@require_safe
@for_contact
def why(request: ContactRequest, number: int) -> HttpResponse:
    """Why this moment? Each promise of the request, step by step, in the reader's zone."""
    ticket = portal_door(request.contact, number)
    zone = request.reader.zone
    explained = [
        {"clock": clock, "said": _promise(clock, request), "steps": explain_clock(clock, zone=zone)}
        for clock in [*ticket_queries.promises_of(ticket), *queries.promises_besides(ticket)]
        if clock.promise in plain.TO_CUSTOMERS
    ]
    context = {"ticket": ticket, "explained": explained, "zone": plain.zone_in_words(request.at)}
    return render(request, "portal/why.html", context)


def _show(
    request: ContactRequest, ticket: Ticket, form: forms.AnswerForm, found: uploads.Uploads | None = None
) -> HttpResponse:
    found = found or uploads.Uploads()
    context = _present(request, ticket) | {
        "form": form,
        "file_problems": found.problems,
        "kept": uploads.keep(found.files, request.contact, at=request.at),
        "may_write": ticket.state not in states.ENDED,
    }
    return render(request, "portal/request.html", context, status=422 if request.method == "POST" else 200)


def _present(request: ContactRequest, ticket: Ticket) -> dict[str, object]:
    me = request.contact
    found = asking.together(*PARTS, **reading.values(ticket), reader=me.pk, organisation=me.organisation_id)
    in_copy, happened = found[reading.IN_COPY], reading.public_events(found[reading.SHOWN])
    of_ours = ticket.organisation_id is not None and ticket.organisation_id == me.organisation_id
    colleagues = found[queries.COLLEAGUES] if of_ours else []
    return {
        "ticket": ticket,
        "state": plain.state_of(ticket, request.contact, at=request.at),
        "promises": _promises(found, at=request.at),
        "entries": thread.entries(found[reading.PUBLIC_WORDS], found[reading.PUBLIC_FILES], happened, me),
        "argued": _argued(ticket, happened),
        "in_copy": [
            {"person": person, "removable": person.number == me.pk or person in colleagues} for person in in_copy
        ],
        "confirmations": live_of_ticket(ticket.pk) if of_ours else [],
        "at_work": found[AT_WORK] if of_ours else [],
        "may_copy": [one for one in colleagues if one not in in_copy and one.number != ticket.requester_id],
        "zone": plain.zone_in_words(request.at),
        "to_confirm": ticket.state == states.RESOLVED,
    }


def _argued(ticket: Ticket, happened: list[reading.PublicEvent]) -> plain.Argued | None:
    """The last change of priority with both meanings side by side; asks the database only when there was one."""
    if not any(event.name in events.ARGUED for event in happened):
        return None
    return plain.argued(
        happened,
        ticket_queries.priorities_for(ticket.service_id),
        may_object=ticket.state in states.LIVE and ticket_queries.change_to_object_to(ticket) is not None,
        waiting=ticket_queries.objection_of(ticket) is not None,
    )


def _promises(found: asking.Answers, *, at: datetime) -> list[plain.Said]:
    """The newest promise of each kind in words: what is still promised first, by its moment, then what was kept or missed."""
    promised = [*found[reading.PROMISED], *found[queries.PROMISED_BESIDES]]
    calendars = calendars_of(found[HOURS_OF_TICKET])
    if others := {clock.calendar_version for clock in promised} - calendars.keys():
        calendars |= {row.pk: calendar_of(row) for row in CalendarVersion.objects.filter(pk__in=others)}
    newest = {
        clock.promise: clock for clock in promised if clock.cancelled_at is None and clock.promise in plain.TO_CUSTOMERS
    }
    said = (
        plain.promise_in_words(clock, always=calendars[clock.calendar_version].is_always, at=at)
        for clock in sorted(newest.values(), key=lambda clock: (not clock.is_open, clock.due_at))
    )
    return [one for one in said if one is not None]


def _promise(clock: Clock, request: ContactRequest) -> plain.Said | None:
    return plain.promise_in_words(clock, always=calendar_of(clock.calendar_version).is_always, at=request.at)


def _colleague(request: ContactRequest, ticket: Ticket, key: str) -> Contact:
    found = [person for person in queries.colleagues_of(request.contact) if str(person.pk) == key]
    if not found or ticket.organisation_id != request.contact.organisation_id:
        raise NotHere
    return found[0]


def _back(request: ContactRequest, number: int, said: str, place: str = "") -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(resolve_url("portal:request", number) + (f"#{place}" if place else ""))
