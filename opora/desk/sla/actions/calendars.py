"""Making calendars and revising them. A revision is a new version; what was promised under an old one stays with it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from opora.desk.kernel.actions import Actor, announce
from opora.desk.sla import events
from opora.desk.sla.models import CalendarVersion, WorkingCalendar
from opora.desk.sla.rules import Calendar, Fault, Faulty, NoWorkingTime, add_work
from opora.desk.sla.rules.official import YEARS_AHEAD, read_and_freeze


@transaction.atomic
def make_calendar(
    *, slug: str, name: str, terms: object, by: Actor, at: datetime, name_ru: str = ""
) -> CalendarVersion:
    """Make a calendar and return its first version; raise `Faulty` with a line per fault in the terms.

    A country's official holidays (`"holidays": "RU"`) become dates of this version, from last year to ten years ahead.
    """
    laid_down = lay_down_terms(terms, at)
    calendar = WorkingCalendar.objects.create(slug=slug, name=name, name_ru=name_ru)
    version = CalendarVersion.objects.create(calendar=calendar, number=1, terms=laid_down, made_at=at)
    announce(events.CALENDAR_MADE, subject=("calendar", calendar.pk), by=by, at=at, version=1, slug=slug)
    return version


@transaction.atomic
def revise_calendar(
    calendar: WorkingCalendar, *, terms: object, by: Actor, at: datetime, why: str = ""
) -> CalendarVersion:
    """Return the next version, or the latest when the terms are the same; running clocks keep theirs."""
    laid_down = lay_down_terms(terms, at)
    WorkingCalendar.objects.select_for_update().get(pk=calendar.pk)
    latest = calendar.versions.latest("number")
    if latest.terms == laid_down:
        return latest
    version = CalendarVersion.objects.create(calendar=calendar, number=latest.number + 1, terms=laid_down, made_at=at)
    announce(events.CALENDAR_REVISED, subject=("calendar", calendar.pk), by=by, at=at, why=why, version=version.number)
    return version


def lay_down_terms(terms: object, at: datetime) -> dict[str, Any]:
    """Return the terms as a version would hold them, holidays laid down, changing nothing; raise `Faulty` with a line per
    fault, an empty calendar among them."""
    calendar, laid_down = read_and_freeze(terms, at.year - 1, at.year + YEARS_AHEAD)
    _require_work_after(at, calendar)
    return laid_down


def _require_work_after(at: datetime, calendar: Calendar) -> None:
    """Refuse a calendar whose hours are all past: no promise made by it would ever fall due."""
    try:
        add_work(calendar, at, 1)
    except NoWorkingTime as trouble:
        raise Faulty([Fault("", trouble.text, trouble.facts)]) from None
