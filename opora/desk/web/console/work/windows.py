"""A ticket's windows of work: agreed, open, over; how to come in; what came of them. Translates; the workroom decides."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from opora.desk.consent import policies as consent
from opora.desk.consent import queries as confirmations
from opora.desk.consent import states as consent_states
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.policies import leads
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import door
from opora.desk.web.components import working
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.components.roads import standings
from opora.desk.web.console import rail
from opora.desk.web.console.confirmation_words import WATCHING_WORDS
from opora.desk.workroom import actions, policies, queries
from opora.desk.workroom.models import Agreement
from opora.desk.workroom.queries import Window


@require_safe
@for_staff("tickets:read")
def windows(request: StaffRequest, number: int) -> HttpResponse:
    """The page of a ticket's windows."""
    ticket = door(request.staff, number)
    return shown(request, ticket)


@never_cache
@require_safe
@for_staff("tickets:read")
def roads(request: StaffRequest, number: int) -> HttpResponse:
    """How the roads of the ticket's windows stand now, for a page that is open."""
    ticket = door(request.staff, number)
    return render(request, "console/work/roads_part.html", _everything(request, ticket))


@require_POST
@for_staff("customers:touch")
def prepare(request: StaffRequest, number: int, asked: int) -> HttpResponse:
    """Make the agreement of a confirmed request, after its hosts were entered."""
    ticket = door(request.staff, number)
    found = next((one for one in confirmations.of_ticket(ticket.pk) if one.pk == asked), None)
    if found is None:
        raise NotHere
    try:
        actions.prepare(found, by=request.staff.actor, at=request.at)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The window is ready; the ledger takes it within seconds."))
    return HttpResponseRedirect(reverse("work:windows", args=[number]))


def shown(
    request: StaffRequest, ticket: Ticket, *, refusal: str = "", tried: dict[str, Any] | None = None
) -> HttpResponse:
    """The page; with a refusal, what was typed stands in its form again."""
    context = rail.uncounted(request, about=f"ticket:{ticket.pk}") | _everything(request, ticket)
    context |= {"refusal": refusal, "tried": tried or {}, "times": queries.times_of_ticket(ticket.pk)}
    named = {system.id: system for one in context["windows"] for system in one["terms"].systems}
    context["systems"] = sorted(named.values(), key=lambda system: system.name)
    return render(request, "console/work/windows.html", context, status=422 if refusal else 200)


def _everything(request: StaffRequest, ticket: Ticket) -> dict[str, Any]:
    found = queries.windows_of_ticket(ticket.pk, at=request.at)
    return {
        "ticket": ticket,
        "windows": [_window(request, one) for one in found],
        "unprepared": _unprepared(ticket, [one.agreement for one in found]),
        "may_ask": consent.may_ask(request.staff) and ticket.organisation_id is not None,
        "may_work": policies.may_work(request.staff),
        "has_key": bool(queries.keys_of(request.staff)),
    }


def _window(request: StaffRequest, one: Window) -> dict[str, Any]:
    terms = one.agreement.request.asked_terms
    named = request.staff.pk in {person.id for person in terms.engineers}
    return {
        "it": one,
        "terms": terms,
        "phase": working.phase_in_words(one),
        "watching": WATCHING_WORDS[terms.watching],
        "standings": standings(one),
        "commands": working.commands_of(one) if named and one.phase in {"before", "now"} else [],
        "sessions": [working.shown(session) for session in one.sessions],
        "named": named,
        "may_write": named or leads(request.staff),
        "in_browser": named
        and one.phase == "now"
        and policies.typist_allowed()
        and one.agreement.logged_at is not None,
    }


def _unprepared(ticket: Ticket, made: list[Agreement]) -> list[ConfirmationRequest]:
    """Confirmed requests without an agreement: nobody has said yet how their systems are reached."""
    prepared = {one.request_id for one in made}
    return [
        one
        for one in confirmations.live_of_ticket(ticket.pk)
        if one.state == consent_states.CONFIRMED and one.pk not in prepared
    ]
