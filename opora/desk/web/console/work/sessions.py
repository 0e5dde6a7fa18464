"""One session for colleagues: live while it runs, its replay afterwards, and the order to stop."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.web.components import recording, working
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.workroom import actions, policies, queries
from opora.desk.workroom.recordings import Viewer


@require_safe
@for_staff("tickets:read")
def session(request: StaffRequest, session: int) -> HttpResponse:
    """The page. Raises NotHere for those who neither worked there, nor were named to, nor lead."""
    found = policies.session_door(request.staff, session)
    context = rail.uncounted(request, about=f"ticket:{found.ticket_id}") | {
        "session": found,
        "shown": working.shown(found),
        "key": working.verifier_key(),
        "may_steer": policies.may_steer_as_staff(request.staff, found),
        "looks": queries.looks_at(found),
        "record": reverse("work:session", args=[found.pk]),
    }
    return render(request, "console/work/session.html", context)


@require_POST
@for_staff("tickets:read")
def order(request: StaffRequest, session: int) -> HttpResponse:
    """Pause, go on, stop."""
    found = policies.session_door(request.staff, session)
    try:
        actions.order_by_staff(
            found, do=request.POST.get("do", ""), by=request.staff, words=request.POST.get("words", ""), at=request.at
        )
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The gateway has the order."))
    return HttpResponseRedirect(reverse("work:session", args=[session]))


@require_safe
@for_staff("tickets:read")
def terminal(request: StaffRequest, agreement: int, host: str) -> HttpResponse:
    """A terminal in the browser, by the same gate as ssh. Raises NotHere where it would not open."""
    found = policies.agreement_door(request.staff, agreement)
    if not policies.typist(found.ticket.mark, host, staff=request.staff, at=request.at):
        raise NotHere
    context = rail.uncounted(request) | {"ticket": found.ticket, "host": host}
    return render(request, "console/work/terminal.html", context)


@require_safe
@for_staff("tickets:read")
def record(request: StaffRequest, session: int, part: str) -> HttpResponse:
    """Frames, index or bundle of an ended session; the look is kept."""
    found = policies.session_door(request.staff, session)
    viewer = Viewer(f"staff:{request.staff.pk}", request.staff.name, network_address(request))
    return recording.answer(request, found, viewer, part, at=request.at)
