"""The operators' desk: what rings and is talked now, who waits to be called back, and the day so far; live."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from opora.desk.channels.phone import errands, queries
from opora.desk.people.policies import may
from opora.desk.sla.models import Clock
from opora.desk.sla.queries import clocks_open_about
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.web.console.calls import showing
from opora.desk.web.console.views.acts import whole


@require_safe
@for_staff("calls:take")
def page(request: StaffRequest) -> HttpResponse:
    """The whole desk."""
    context = rail.uncounted(request, current="calls", about="calls") | _now(request) | {"no_pops": True}
    return render(request, "console/calls/desk.html", context)


@require_GET
@for_staff("calls:take")
def now(request: StaffRequest) -> HttpResponse:
    """The parts of the desk that change."""
    return render(request, "console/calls/now.html", _now(request))


@require_GET
@for_staff("calls:make")
def ringing(request: StaffRequest) -> HttpResponse:
    """What rings at this colleague, as it pops up on every page: operators first, engineers what was handed to them."""
    calls = [
        one
        for one in queries.at_me(request.staff, request.at)
        if one.state == "ringing" or one.handed_to_id == request.staff.pk
    ]
    but = whole(request.GET.get("but"))
    return render(
        request,
        "console/calls/ringing.html",
        {
            "pops": [(one, showing.who(one)) for one in calls if one.pk != but][:3],
            "me": request.staff,
            "takes_calls": may(request.staff, "calls:take"),
        },
    )


def _now(request: StaffRequest) -> dict[str, Any]:
    mine = {one.pk for one in queries.at_me(request.staff, request.at)}
    calls = list(queries.going_on(request.at)[: queries.MOST_AT_ONCE])
    answerers = queries.names_of_answerers(calls)
    backs = list(queries.call_backs()[:50])
    clocks = clocks_open_about("call_back", [one.pk for one in backs])
    waits = clocks_open_about("call", [one.pk for one in calls])
    since, until = queries.day_of(request.at, request.reader.zone)
    return {
        "calls": [
            (one, showing.who(one), one.pk in mine, answerers.get(one.pk, ""), waits.get(one.pk)) for one in calls
        ],
        "backs": [(one, clocks.get(one.pk)) for one in backs],
        "today": queries.figures(since, until),
        "answered_in_time": queries.kept_share(since, until, Clock.Promise.ANSWER),
        "called_back_in_time": queries.kept_share(since, until, Clock.Promise.CALL_BACK),
        "telephone": errands.telephone_of(request.staff),
        "pause": errands.pause_of(request.staff, at=request.at),
    }
