"""A working calendar: which hours of which day count, in the calendar's own zone.

Never reads a file or a library: `reading` makes calendars from what people wrote, `official` lays down holidays.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from opora.desk.sla.rules.intervals import WHOLE_DAY, Hours
from opora.desk.sla.rules.timeline import Timeline


@dataclass(frozen=True)
class Calendar:
    """Hours per weekday, then what overrules them: official holidays, days of every year, single dates (strongest)."""

    zone: str
    week: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
    dates: dict[date, Hours] = field(default_factory=dict)
    every_year: dict[tuple[int, int], Hours] = field(default_factory=dict)
    official: dict[date, dict[str, str]] = field(default_factory=dict)

    def hours_on(self, day: date) -> Hours:
        """Return the working intervals of this local day, in order; empty when it is closed."""
        hours = self.dates.get(day)
        if hours is None:
            hours = self.every_year.get((day.month, day.day))
        if hours is not None:
            return hours
        return () if day in self.official else self.week[day.weekday()]

    def why_closed(self, day: date) -> str:
        """Return `day_off`, `holiday`, `weekend` or `closed_weekday` for a day without hours."""
        if day in self.dates or (day.month, day.day) in self.every_year:
            return "holiday" if day in self.official else "day_off"
        if day in self.official:
            return "holiday"
        return "weekend" if day.weekday() >= 5 else "closed_weekday"

    @cached_property
    def is_always(self) -> bool:
        """Return whether every second counts (24x7 and no exception anywhere)."""
        every_day = [*self.week, *self.dates.values(), *self.every_year.values()]
        return not self.official and all(hours == WHOLE_DAY for hours in every_day)

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def timeline(self) -> Timeline:
        """Return the working windows in UTC, laid out year by year as they are asked for and kept."""
        return Timeline(self.tz, self.hours_on)

    @staticmethod
    def from_json(written: object) -> "Calendar":
        """Read a calendar from JSON text or from what it holds; raise `Faulty` with a line per fault."""
        from opora.desk.sla.rules.reading import read_calendar  # the reader makes calendars: it stands above

        return read_calendar(written)
