"""The sheet for the next shift: who goes, who comes, what burns, who waits. It prints on paper."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from opora.desk.dispatch import sheets
from opora.desk.people import queries
from opora.desk.people.models import Team
from opora.desk.web.components import marks
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail


@require_safe
@for_staff("tickets:read")
def sheet(request: StaffRequest, team: str) -> HttpResponse:
    """What the next shift of the team must know. Raises Http404 for a team that does not exist."""
    row = get_object_or_404(Team, slug=team)
    found = sheets.sheet(row, at=request.at)
    context = rail.uncounted(request, current="duty") | {
        "team": row,
        "found": found,
        "at": request.at,
        "now": queries.on_duty(row, at=request.at),
        "next": sheets.next_on_duty(row, at=request.at),
        "left": {one.pk: marks.time_left(one.due_at, at=request.at) for one in found.burning if one.due_at},
    }
    return render(request, "console/duty/sheet.html", context)
