"""Objections of customers to changed priorities: what a shift lead decides, with both meanings side by side."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opora.desk.kernel.errors import Clash, Refused
from opora.desk.sla.queries import clocks_open_about
from opora.desk.tickets import actions, policies, queries
from opora.desk.tickets.models import Objection
from opora.desk.tickets.states import RAISED
from opora.desk.web.components import marks
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail


@require_safe
@for_staff("tickets:read")
def objections(request: StaffRequest) -> HttpResponse:
    """Everything that waits for a decision."""
    return _shown(request)


@require_POST
@for_staff("tickets:read")
def decide(request: StaffRequest, objection: int) -> HttpResponse:
    """Uphold the change or give the priority back. Raises NotHere for what never was; what waits no more is told."""
    found = queries.objection_for(request.staff, objection)
    if found.state != RAISED:
        return _too_late(request)
    reasons = request.POST.get("reasons", "")
    verb = actions.give_priority_back if request.POST.get("verb") == "return" else actions.uphold_change
    try:
        verb(found, by=request.staff, at=request.at, reasons=reasons)
    except Clash:
        return _too_late(request)
    except Refused as refusal:
        return _shown(request, tried={"objection": found.pk, "reasons": reasons, "refusal": refusal.message})
    messages.success(request, _("Decided; the customer reads your reasons."))
    return HttpResponseRedirect(reverse("console:objections"))


def _too_late(request: StaffRequest) -> HttpResponse:
    messages.error(request, _("This objection waits no more: somebody decided it meanwhile, or the ticket moved on."))
    return HttpResponseRedirect(reverse("console:objections"))


def _shown(request: StaffRequest, tried: dict[str, Any] | None = None) -> HttpResponse:
    rows = queries.open_objections(request.staff)
    clocks = clocks_open_about("objection", [row.pk for row in rows])
    shown = [_one(request, row, clocks.get(row.pk), tried or {}) for row in rows]
    context = rail.uncounted(request, current="objections") | {"objections": shown}
    return render(request, "console/objections.html", context, status=422 if tried else 200)


def _one(request: StaffRequest, row: Objection, clock: Any, tried: dict[str, Any]) -> dict[str, Any]:
    meanings = queries.priorities_for(row.ticket.service_id)
    return {
        "row": row,
        "old": meanings[row.old],
        "new": meanings[row.new],
        "left": marks.time_left(clock.due_at, at=request.at, warn=clock.warn_at) if clock else "",
        "may_decide": policies.may_decide(request.staff, row),
        "tried": tried if tried.get("objection") == row.pk else {},
    }
