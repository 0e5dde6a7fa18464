"""One call: who it may be, and what is written down of it while the caller speaks. Kept from the first letter on."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from opora.desk.channels.phone import actions, queries
from opora.desk.channels.phone.models import Call
from opora.desk.kernel.errors import Refused
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.web.console.calls import showing


@require_safe
@for_staff("calls:take")
def page(request: StaffRequest, call: int) -> HttpResponse:
    """The pop, the form, and what came of it."""
    return show(request, queries.find(call))


@require_GET
@for_staff("calls:take")
def parts(request: StaffRequest, call: int) -> HttpResponse:
    """The parts that change while the page is open."""
    found = queries.find(call)
    return render(
        request, "console/calls/parts.html", showing.caller(request, found) | showing.standing(request, found)
    )


@require_POST
@for_staff("calls:take")
def keep(request: StaffRequest, call: int) -> HttpResponse:
    """Keep what was typed so far; the answer is what follows from it."""
    found = queries.find(call)
    row = actions.keep_words(found, words=_said(request), by=request.staff, at=request.at)
    return render(request, "console/calls/reckoned.html", showing.reckoned(request, found, row.words))


@require_POST
@for_staff("calls:take")
def take_down(request: StaffRequest, call: int) -> HttpResponse:
    """Make the ticket; the request for confirmation goes out while the caller is still there."""
    found, said = queries.find(call), _said(request)
    try:
        taken = actions.take_down(found, words=said, by=request.staff, at=request.at)
    except Refused as refused:
        actions.keep_words(found, words=said, by=request.staff, at=request.at)
        return show(request, queries.find(call), refused.message)
    if taken.trouble:
        messages.warning(request, taken.trouble)
    messages.success(
        request, _("%(mark)s is written down; the customer is asked to confirm.") % {"mark": taken.ticket.mark}
    )
    return HttpResponseRedirect(reverse("calls:call", args=[call]))


def show(request: StaffRequest, call: Call, refusal: str = "") -> HttpResponse:
    """The page of the call, with what was refused, if anything was."""
    row = queries.taking_down_of(call)
    said: dict[str, str] = dict(row.words) if row else {"ask": "yes"}
    about = [f"call:{call.pk}", *([f"ticket:{call.ticket_id}"] if call.ticket_id else [])]
    context: dict[str, Any] = rail.uncounted(request, current="calls", about=",".join(about))
    context |= showing.caller(request, call) | showing.standing(request, call)
    if context["ticket"] is None:
        context |= showing.form(call, said) | showing.reckoned(request, call, said)
    return render(request, "console/calls/call.html", context | {"refusal": refusal}, status=422 if refusal else 200)


def _said(request: StaffRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in actions.FIELDS}
