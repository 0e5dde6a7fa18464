"""Public holidays over a roster: by the hours of each team, or the house's where it has none of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import get_language

from opora.desk.people.models import Team
from opora.desk.sla.models import CalendarVersion
from opora.desk.sla.queries import calendar_of, hours_of_line, house_calendar


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day on which a team's calendar is closed by a public holiday; `x` and `width` in percent of the strip."""

    day: date
    name: str
    team: Team
    x: str
    width: str


def free_days(teams: Sequence[Team], since: datetime, until: datetime) -> dict[int, list[FreeDay]]:
    """The public holidays that touch the time between two moments, in order, by the number of the team."""
    house = house_calendar()
    return {team.pk: _of(team, hours_of_line(team) or house, since, until) for team in teams}


def _of(team: Team, version: CalendarVersion | None, since: datetime, until: datetime) -> list[FreeDay]:
    if version is None:
        return []
    calendar = calendar_of(version)
    whole = (until - since).total_seconds()
    first, last = since.astimezone(calendar.tz).date(), until.astimezone(calendar.tz).date()
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day not in calendar.official or calendar.hours_on(day):
            continue
        opens, shuts = (datetime.combine(one, datetime.min.time(), calendar.tz) for one in (day, day + timedelta(1)))
        start = max((opens - since).total_seconds(), 0.0) / whole * 100
        end = min((shuts - since).total_seconds(), whole) / whole * 100
        found.append(FreeDay(day, _name(calendar.official[day]), team, f"{start:.3f}%", f"{max(end - start, 0):.3f}%"))
    return found


def _name(names: dict[str, str]) -> str:
    """The name in the reader's language, else in whichever there is."""
    return names.get((get_language() or "en")[:2]) or next(iter(names.values()), "")
