"""Mass incidents: what goes on, what looks alike, one incident with its tickets and updates."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opora.desk.catalogue.models import Service, Vendor
from opora.desk.catalogue.queries import services_on_sale
from opora.desk.catalogue.vendors import vendors
from opora.desk.incidents import actions, queries, states
from opora.desk.incidents.models import IncidentUpdate, MassIncident
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.policies import may
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import definitions, policies
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.rules import LICENCE
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.web.console.views.acts import named_ticket, whole

STAGES = [pair for pair in IncidentUpdate.Stage.choices if pair[0] != states.ENDED]
CAUSES = [pair for pair in definitions.CAUSES.items() if pair[0] != LICENCE]


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def incidents(request: StaffRequest) -> HttpResponse:
    """What goes on, which open tickets look alike, and a new incident of them."""
    refusal = ""
    if request.method == "POST":
        try:
            return _declared(request)
        except Refused as refused:
            refusal = refused.message
    context = rail.uncounted(request, current="incidents") | {
        "open": queries.open_incidents(),
        "past": queries.past_incidents(),
        "alike": [_group(request, one.numbers, one.words) for one in queries.look_alikes(request.staff, at=request.at)],
        "services": services_on_sale(),
        "refusal": refusal,
        "tried": request.POST,
        "may_work": may(request.staff, "tickets:work"),
    }
    return render(request, "console/incidents.html", context, status=422 if refusal else 200)


@require_safe
@for_staff("tickets:read")
def incident(request: StaffRequest, incident: int) -> HttpResponse:
    """One incident. Raises NotHere."""
    return _shown(request, _found(incident))


@require_POST
@for_staff("tickets:work")
def incident_act(request: StaffRequest, incident: int, verb: str) -> HttpResponse:
    """Tell all, join, leave, end. Raises NotHere for another verb."""
    found = _found(incident)
    if verb not in VERBS:
        raise NotHere
    try:
        VERBS[verb](request, found)
    except Refused as refusal:
        return _shown(request, _found(incident), refusal.message)
    return HttpResponseRedirect(reverse("console:incident", args=[found.pk]))


def _found(number: int) -> MassIncident:
    row = MassIncident.objects.select_related("service", "declared_by").filter(pk=number).first()
    if row is None:
        raise NotHere
    return row


def _group(request: StaffRequest, numbers: tuple[int, ...], words: tuple[str, ...]) -> dict[str, Any]:
    rows = list(policies.visible_to(request.staff).filter(pk__in=numbers).select_related("organisation", "service"))
    services = {row.service for row in rows if row.service is not None}
    service = services.pop() if len(services) == 1 else None
    return {"tickets": rows, "words": words, "service": service, "title": rows[0].subject if rows else ""}


def _declared(request: StaffRequest) -> HttpResponse:
    asked = request.POST
    numbers = [whole(one) for one in asked.getlist("tickets")]
    found = actions.declare(
        title=asked.get("title", ""),
        title_ru=asked.get("title_ru", ""),
        service=Service.objects.filter(pk=whole(asked.get("service"))).first(),
        tickets=list(policies.visible_to(request.staff).filter(pk__in=numbers).order_by("pk")),
        public="public" in asked,
        by=request.staff,
        at=request.at,
    )
    messages.success(request, _("The incident is declared. Tell its customers now how it stands."))
    return HttpResponseRedirect(reverse("console:incident", args=[found.pk]))


def _shown(request: StaffRequest, found: MassIncident, refusal: str = "") -> HttpResponse:
    going_on = found.state == states.OPEN
    context = rail.uncounted(request, current="incidents") | {
        "incident": found,
        "members": queries.members_of(found, request.staff),
        "updates": queries.updates_of(found),
        "alike": queries.tickets_like(found, request.staff, at=request.at) if going_on else [],
        "stages": STAGES,
        "causes": CAUSES,
        "vendors": vendors() if going_on else [],
        "refusal": refusal,
        "tried": request.POST,
        "may_work": may(request.staff, "tickets:work") and going_on,
    }
    return render(request, "console/incident.html", context, status=422 if refusal else 200)


def _tell(request: StaffRequest, found: MassIncident) -> None:
    said = {name: request.POST.get(name, "") for name in ("stage", "text", "text_ru")}
    actions.tell_all(found, by=request.staff, at=request.at, next_at=_next_word(request), **said)
    messages.success(request, _("Everybody is being told."))


def _next_word(request: StaffRequest) -> datetime | None:
    """So many minutes from now, when the colleague named some."""
    minutes = whole(request.POST.get("next_in"))
    return request.at + timedelta(minutes=minutes) if 0 < minutes <= 7 * 24 * 60 else None


def _join(request: StaffRequest, found: MassIncident) -> None:
    for ticket in _named(request):
        actions.join(found, ticket=ticket, by=request.staff, at=request.at)


def _named(request: StaffRequest) -> list[Ticket]:
    numbers = [whole(one) for one in request.POST.getlist("tickets")]
    if not numbers:
        return [named_ticket(request)]
    return list(policies.visible_to(request.staff).filter(pk__in=numbers).order_by("pk"))


def _leave(request: StaffRequest, found: MassIncident) -> None:
    actions.leave(found, ticket=named_ticket(request), by=request.staff, at=request.at)


def _end(request: StaffRequest, found: MassIncident) -> None:
    asked = request.POST
    named = None
    if asked.get("cause"):
        vendor = Vendor.objects.filter(pk=whole(asked.get("vendor")), active=True).first()
        words, evidence = asked.get("cause_words", ""), asked.get("evidence", "")
        named = tickets.Cause(asked["cause"], words, evidence, vendor=vendor)
    actions.end_incident(
        found,
        text=asked.get("text", ""),
        text_ru=asked.get("text_ru", ""),
        resolve="resolve" in asked,
        found=named,
        by=request.staff,
        at=request.at,
    )
    messages.success(request, _("It is over. Everybody is being told."))


VERBS = {"end": _end, "join": _join, "leave": _leave, "tell": _tell}
