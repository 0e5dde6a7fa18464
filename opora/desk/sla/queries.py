"""What can be asked about calendars and promises. Changes nothing."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Min, QuerySet

from opora.desk.kernel.asking import Part
from opora.desk.people.models import Team
from opora.desk.sla import rules
from opora.desk.sla.explanation import Explanation, explain_promise
from opora.desk.sla.models import CalendarVersion, Clock, Turn, WorkingCalendar
from opora.desk.sla.rules import Calendar, read_calendar


def latest_version(calendar: WorkingCalendar) -> CalendarVersion:
    """Return the version new contracts are made with."""
    return calendar.versions.latest("number")


def house_calendar() -> CalendarVersion | None:
    """Return the hours that count where no contract says otherwise: the newest version of the first calendar."""
    return CalendarVersion.objects.order_by("calendar", "-number").first()


def hours_of_line(line: Team) -> CalendarVersion | None:
    """Return the newest version of the calendar by which the line works, or None when it has no hours of its own."""
    return CalendarVersion.objects.filter(calendar__linehours__line=line).order_by("-number").first()


def calendar_of(version: CalendarVersion) -> Calendar:
    """Return the calendar of a version, ready to reckon with; kept in memory, for a version never changes."""
    return _read_once(_Terms(version))


class Hours(NamedTuple):
    """A version of a calendar, as its row has it."""

    id: int
    calendar_id: int
    number: int
    made_at: datetime
    terms: dict[str, Any]


HOURS_OF_TICKET = Part(
    Hours,
    """
    select v.id, v.calendar_id, v.number, v.made_at, v.terms from sla_calendarversion v where v.id in (
        select calendar_version_id from sla_clock where about_kind = 'ticket' and about_id = %(ticket)s)""",
)
"""The hours by which a ticket's promises count."""


def calendars_of(found: Sequence[Hours]) -> dict[int, Calendar]:
    """Return the calendars by the number of their version, ready to reckon with."""
    return {hours.id: calendar_of(CalendarVersion(**hours._asdict())) for hours in found}


def open_clock(promise: str, about: tuple[str, int]) -> Clock | None:
    """Return the clock of this promise that still waits for its answer (running, or missed and unanswered)."""
    return _of(about).filter(promise=promise, stopped_at=None, cancelled_at=None).first()


def open_clocks(about: tuple[str, int]) -> list[Clock]:
    """Return every clock about this thing that still waits for its answer, the earliest due first."""
    return list(_of(about).filter(stopped_at=None, cancelled_at=None).order_by("due_at", "pk"))


def clocks_open_about(kind: str, numbers: Sequence[int]) -> dict[int, Clock]:
    """Return for each of the things, by its number, the earliest clock that still waits for its answer."""
    rows = Clock.objects.filter(about_kind=kind, about_id__in=numbers, stopped_at=None, cancelled_at=None)
    return {clock.about_id: clock for clock in rows.order_by("-due_at", "-pk")} if numbers else {}


def clocks_about(about: tuple[str, int]) -> list[Clock]:
    """Return every clock there ever was about this thing, the oldest first."""
    return list(_of(about).order_by("pk"))


def ledger_of(clock: Clock) -> list[rules.Turn]:
    """Return the clock's ledger as the rules take it, the oldest line first."""
    rows = Turn.objects.filter(clock=clock).order_by("pk").values_list("at", "counts", "why")
    return [rules.Turn(*row) for row in rows]


def explain_clock(clock: Clock, *, until: datetime | None = None, zone: str | None = None) -> Explanation:
    """Return why the clock is due when it is, step by step, in the active language.

    Goes up to the due moment, or to `until` (the present, say); what lies past the due moment is marked late. Moments are
    said in `zone` (the reader's), or else in the calendar's own.
    """
    return explain_promise(clock, calendar_of(clock.calendar_version), until=until, zone=zone)


def next_deadline() -> datetime | None:
    """Return the moment until which a sweeper may sleep (it may be past), or None when nothing runs."""
    found: datetime | None = Clock.objects.filter(next_deadline_at__isnull=False).aggregate(
        first=Min("next_deadline_at")
    )["first"]
    return found


def _of(about: tuple[str, int]) -> QuerySet[Clock]:
    return Clock.objects.filter(about_kind=about[0], about_id=about[1]).select_related("calendar_version")


class _Terms:
    """A version as a key: equal when it is the same row made at the same moment."""

    def __init__(self, version: CalendarVersion) -> None:
        self.key = (version.pk, version.calendar_id, version.number, version.made_at)
        self.terms = version.terms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Terms) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=1024)
def _read_once(version: _Terms) -> Calendar:
    return read_calendar(version.terms)
