"""The working hours of a line, where they are others than those of the contracts it serves."""

from datetime import datetime

from django.db import transaction

from opora.desk.kernel.actions import Actor, announce
from opora.desk.people.models import Team
from opora.desk.sla import events
from opora.desk.sla.models import LineHours, WorkingCalendar


@transaction.atomic
def set_line_hours(line: Team, *, calendar: WorkingCalendar | None, by: Actor, at: datetime) -> None:
    """From now on the line's clocks begin by this calendar, or by the contract's again; what runs keeps what it began under."""
    LineHours.objects.filter(line=line).delete()
    if calendar is not None:
        LineHours.objects.create(line=line, calendar=calendar)
    slug = calendar.slug if calendar is not None else ""
    announce(events.LINE_HOURS_SET, subject=("team", line.pk), by=by, at=at, calendar=slug)
