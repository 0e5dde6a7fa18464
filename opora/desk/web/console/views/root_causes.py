"""Root-cause letters: which are owed, one to write, propose, send back or approve."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opora.desk.incidents import actions, policies, queries
from opora.desk.incidents.models import RootCauseLetter
from opora.desk.incidents.wording import first_words
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.policies import may
from opora.desk.sla.queries import clocks_open_about
from opora.desk.tickets.outages import outage_of
from opora.desk.web.components import marks
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail


@require_safe
@for_staff("tickets:read")
def letters(request: StaffRequest) -> HttpResponse:
    """Every letter that is owed, with its clock."""
    found = queries.unsent_letters(request.staff)
    clocks = clocks_open_about("root_cause", [letter.pk for letter in found])
    shown = [{"letter": one, "left": _left(request, clocks.get(one.pk))} for one in found]
    context = rail.uncounted(request, current="root_causes") | {"letters": shown}
    return render(request, "console/root_causes.html", context)


@require_safe
@for_staff("tickets:read")
def letter(request: StaffRequest, letter: int) -> HttpResponse:
    """One letter."""
    return _shown(request, policies.letter_door(request.staff, letter))


@require_POST
@for_staff("tickets:work")
def letter_act(request: StaffRequest, letter: int, verb: str) -> HttpResponse:
    """Write, propose, send back, approve. Raises NotHere for another verb."""
    found = policies.letter_door(request.staff, letter)
    if verb not in VERBS:
        raise NotHere
    try:
        VERBS[verb](request, found)
    except Refused as refusal:
        return _shown(request, policies.letter_door(request.staff, letter), refusal.message)
    return HttpResponseRedirect(reverse("console:root_cause", args=[found.pk]))


def _shown(request: StaffRequest, found: RootCauseLetter, refusal: str = "") -> HttpResponse:
    outage = outage_of(found.ticket)
    clock = clocks_open_about("root_cause", [found.pk]).get(found.pk)
    context = rail.uncounted(request, current="root_causes") | {
        "letter": found,
        "outage": outage,
        "words": request.POST.get("text") or found.text or first_words(outage),
        "left": _left(request, clock),
        "refusal": refusal,
        "tried": request.POST,
        "may_work": may(request.staff, "tickets:work"),
        "may_approve": policies.may_approve(request.staff, found),
    }
    return render(request, "console/root_cause.html", context, status=422 if refusal else 200)


def _left(request: StaffRequest, clock: Any) -> Any:
    return marks.time_left(clock.due_at, at=request.at, warn=clock.warn_at) if clock else ""


def _write(request: StaffRequest, found: RootCauseLetter) -> None:
    actions.write_letter(found, text=request.POST.get("text", ""), by=request.staff, at=request.at)
    if "propose" in request.POST:
        actions.propose_letter(found, by=request.staff, at=request.at)
        messages.success(request, _("It waits for somebody else's approval now."))
    else:
        messages.success(request, _("The words are kept."))


def _return(request: StaffRequest, found: RootCauseLetter) -> None:
    actions.return_letter(found, words=request.POST.get("words", ""), by=request.staff, at=request.at)


def _approve(request: StaffRequest, found: RootCauseLetter) -> None:
    actions.approve_letter(found, by=request.staff, at=request.at)
    messages.success(request, _("The letter is on its way to the customer."))


VERBS = {"approve": _approve, "return": _return, "write": _write}
