"""The duty of a person or a team as a calendar. Whoever has the secret address reads it; nothing else is ever shown."""

from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from opora.desk.kernel.clock import now
from opora.desk.people import queries
from opora.desk.people.models import DutyFeed, Rotation, Staff
from opora.desk.people.parsing import ics
from opora.desk.people.rules import Stint

PAST, AHEAD = timedelta(days=14), timedelta(days=92)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 - the secret is all that is asked for
    """Two weeks back and three months ahead. Raises Http404 for a secret that does not work (any more)."""
    found = queries.feed_behind(token)
    if found is None:
        raise Http404
    at = now()
    with translation.override(found.staff.account.language):
        text = ics.write(_name(found), _entries(found, at - PAST, at + AHEAD), stamp=at)
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={"Cache-Control": "private, max-age=900", "Content-Disposition": 'inline; filename="duty.ics"'},
    )


def _name(found: DutyFeed) -> str:
    whose = found.team.name if found.team else found.staff.name
    return _("Duty: %(name)s") % {"name": whose}


def _entries(found: DutyFeed, since: datetime, until: datetime) -> list[ics.Entry]:
    if found.team is None:
        mine = queries.stints_of(found.staff, since=since, until=until)
        return [_entry(rotation, stint, rotation.name) for rotation, stint in mine]
    rosters = queries.rosters_of([found.team], since=since, until=until)
    people = Staff.objects.in_bulk({stint.person for _rotation, stints in rosters for stint in stints if stint.person})
    return [
        _entry(rotation, stint, people[stint.person].name if stint.person else _("Nobody"))
        for rotation, stints in rosters
        for stint in stints
    ]


def _entry(rotation: Rotation, stint: Stint, who: str) -> ics.Entry:
    # the moment at which a stint ends never moves with the moment of asking, its beginning may lie before what is shown
    uid = f"{rotation.pk}-{int(stint.end.timestamp())}-{stint.person or 0}@opora"
    return ics.Entry(uid, stint.start.replace(microsecond=0), stint.end.replace(microsecond=0), who, rotation.name)
