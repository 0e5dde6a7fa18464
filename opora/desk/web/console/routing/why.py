"""Why here, why me: the rule that placed a ticket in its own words, and everybody who was considered."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opora.desk.dispatch import routing
from opora.desk.dispatch.models import Placement
from opora.desk.dispatch.rules import read_rules
from opora.desk.tickets import policies
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.web.console.routing import words


@require_safe
@for_staff("tickets:read")
def why(request: StaffRequest, number: int) -> HttpResponse:
    """Every placement of the ticket, the newest first."""
    ticket = policies.door(request.staff, number)
    names = words.read_names()
    shown = [_shown(one, names) for one in routing.placements_of(ticket)]
    context = rail.uncounted(request) | {"ticket": ticket, "placements": shown}
    return render(request, "console/routing/why.html", context)


def _shown(placement: Placement, names: words.Names) -> dict[str, Any]:
    kept = placement.reasons.get("rule")
    rule = read_rules([kept])[0] if kept else None
    return {
        "row": placement,
        "rule": rule,
        "words": words.say(rule, names) if rule else "",
        "considered": [
            (one["name"], words.verdict(one["verdict"], one["load"]), one["verdict"] == "chosen")
            for one in placement.reasons.get("considered", ())
        ],
        "passed": [
            (one["name"], words.TITLES.get(one["condition"], one["condition"]))
            for one in placement.reasons.get("passed", ())
        ],
    }
