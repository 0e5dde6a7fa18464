"""The share that ends in the first line, week by week, against the 65 % that it should be; and ping-pong."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opora.desk.dispatch import shares
from opora.desk.tickets.models import Handoff
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail

WEEKS, LATELY = timedelta(weeks=12), timedelta(days=30)


@require_safe
@for_staff("routing:see")
def share(request: StaffRequest) -> HttpResponse:
    """Twelve weeks of shares, thirty days of hand-offs."""
    since, lately = request.at - WEEKS, request.at - LATELY
    weeks = shares.first_line_shares(since=since, until=request.at, zone=str(request.reader.zone))
    closed, first = sum(week.closed for week in weeks), sum(week.first for week in weeks)
    kinds = dict(Handoff.Kind.choices)
    context = rail.uncounted(request, current="share") | {
        "weeks": weeks,
        "whole": shares.Share(request.at.date(), closed, first),
        "promised": shares.PROMISED_SHARE,
        "ways": [(one, kinds[Handoff.Kind(one.kind)]) for one in shares.ways(since=lately, until=request.at)],
        "turned": shares.turned(since=lately, until=request.at),
    }
    return render(request, "console/shift/share.html", context)
