"""One live page for the shift lead: load, what burns, and moving work by drag, by keys or by the rules."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opora.desk.dispatch import board, escalations
from opora.desk.kernel.errors import Clash, Refused
from opora.desk.people import queries
from opora.desk.people.models import Staff, Team
from opora.desk.tickets import policies, rules
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail


@require_safe
@for_staff("routing:see")
def first(request: StaffRequest) -> HttpResponse:
    """The board of one's own line, else of the first line."""
    mine = Team.objects.filter(membership__staff=request.staff, kind__in=rules.LINES).order_by("pk").first()
    team = mine or queries.first_line()
    if team is None:
        return HttpResponseRedirect(reverse("console:first"))
    return HttpResponseRedirect(reverse("shift:shift", args=[team.slug]))


@require_safe
@for_staff("routing:see")
def page(request: StaffRequest, team: str) -> HttpResponse:
    """The board. Raises Http404 for a line that does not exist."""
    row = get_object_or_404(Team, slug=team)
    context = rail.uncounted(request, current="shift", about=f"desk,line:{row.pk},staff:{request.staff.pk}")
    context |= _lanes(request, row) | {"teams": queries.lines()}
    return render(request, "console/shift/board.html", context)


@require_safe
@for_staff("routing:see")
def lanes(request: StaffRequest, team: str) -> HttpResponse:
    """The lanes alone, for a page that heard that something changed."""
    row = get_object_or_404(Team, slug=team)
    return render(request, "console/shift/lanes.html", _lanes(request, row))


def _lanes(request: StaffRequest, team: Team) -> dict[str, Any]:
    found = board.board(team, at=request.at)
    shown = [card.pk for lane in found.lanes for card in lane.cards]
    escalated = {one.ticket_id for one in escalations.running_of(shown)} if shown else set()
    return {
        "team": team,
        "board": found,
        "escalated": escalated,
        "names": [(one.person, one.name) for one in found.lanes if one.person],
    }


@require_POST
@for_staff("tickets:bulk")
def move(request: StaffRequest, team: str) -> HttpResponse:
    """Give a ticket to a colleague or back to the line. A program gets an answer in JSON, a form the page again."""
    row = get_object_or_404(Team, slug=team)
    wanted, number = request.POST.get("to", ""), rules.number_in(request.POST.get("ticket", ""))
    to = Staff.objects.filter(pk=int(wanted), active=True).first() if wanted.isdecimal() and len(wanted) < 19 else None
    ticket = policies.door(request.staff, number or 0)
    quiet = request.headers.get("X-Requested-With") == "fetch"
    try:
        if to is None and wanted not in ("", "0"):
            raise Refused("console.no_colleague", _("Choose a colleague of the list."))
        board.move_work(ticket, to=to, by=request.staff, at=request.at)
    except Refused as refusal:
        if quiet:
            return JsonResponse({"refused": refusal.message}, status=409 if isinstance(refusal, Clash) else 422)
        messages.error(request, refusal.message)
    else:
        said = _("%(mark)s is with %(name)s now.") if to else _("%(mark)s is back in the line.")
        words = said % {"mark": ticket.mark, "name": to.name if to else ""}
        if quiet:
            return JsonResponse({"said": words})
        messages.success(request, words)
    return HttpResponseRedirect(reverse("shift:shift", args=[row.slug]))


@require_POST
@for_staff("tickets:bulk")
def share_out(request: StaffRequest, team: str) -> HttpResponse:
    """Give everything that is nobody's to whom the rules choose."""
    row = get_object_or_404(Team, slug=team)
    try:
        given, of = board.share_out(row, by=request.staff, at=request.at)
        words = _("%(given)s of %(all)s found somebody by the rules.") % {"given": given, "all": of}
        messages.success(request, words)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("shift:shift", args=[row.slug]))
