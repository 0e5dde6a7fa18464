"""The log of calls, its figures, and recordings behind a reason."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opora.desk.channels.phone import actions, queries
from opora.desk.channels.phone.parsing import in_e164
from opora.desk.kernel.errors import Refused
from opora.desk.people.policies import may
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.web.console.calls import showing
from opora.desk.web.console.views.acts import whole

PAGE = 50
PERIODS = (1, 7, 30)


@require_safe
@for_staff("calls:take")
def page(request: StaffRequest) -> HttpResponse:
    """Fifty calls a page, the newest first, and the figures of the chosen days."""
    return _show(request)


@require_POST
@for_staff("calls:listen")
def recording(request: StaffRequest, call: int) -> HttpResponse:
    """Where the recording lies, once it is written down who listens and why."""
    found = queries.find(call)
    try:
        place = actions.listen(found, by=request.staff, why=request.POST.get("why", ""), at=request.at)
    except Refused as refused:
        return _show(request, refused.message)
    context = rail.uncounted(request, current="calls") | {
        "call": found,
        "place": place,
        "opens": place.startswith(("https://", "http://")),
        "heard": found.listenings.select_related("by").order_by("-pk")[:20],
    }
    return render(request, "console/calls/recording.html", context)


def _show(request: StaffRequest, refusal: str = "") -> HttpResponse:
    asked = request.GET
    part = asked.get("by", "day") if asked.get("by") in queries.BY else "day"
    days = whole(asked.get("days")) if whole(asked.get("days")) in PERIODS else 7
    _since, until = queries.day_of(request.at, request.reader.zone)
    since = until - timedelta(days=days)
    rows, further = _rows(request)
    context: dict[str, Any] = rail.uncounted(request, current="call_log") | {
        "calls": rows,
        "further": further,
        "whole": queries.figures(since, until),
        "figures": queries.figures_by(part, since, until, zone=request.reader.zone),
        "part": part,
        "parts": [
            ("day", _("by day")),
            ("hour", _("by hour")),
            ("operator", _("by operator")),
            ("line", _("by queue")),
        ],
        "days": days,
        "periods": [(1, _("today")), (7, _("7 days")), (30, _("30 days"))],
        "number": asked.get("number", ""),
        "missed": "missed" in asked,
        "may_listen": may(request.staff, "calls:listen"),
        "refusal": refusal,
    }
    return render(request, "console/calls/log.html", context, status=422 if refusal else 200)


def _rows(request: StaffRequest) -> tuple[list[tuple[Any, Any, str, bool]], str]:
    written = request.GET.get("number", "").strip()
    calls = queries.log(caller=in_e164(written, "RU") or written, missed="missed" in request.GET)
    if before := whole(request.GET.get("before")):
        calls = queries.before(calls, before)
    found = list(calls[: PAGE + 1])
    further = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    answerers = queries.names_of_answerers(found)
    rows = [(one, showing.name_of(one), answerers.get(one.pk, ""), queries.has_recording(one)) for one in found[:PAGE]]
    return rows, further
