"""The stretches of a reckoning, first as plain numbers, then as steps: counted, held, or closed and why.

A piece is one stretch in microseconds; a long ledger is laid out and folded as pieces, and only what is shown becomes steps.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.ledger import Line, runs
from opora.desk.sla.rules.timeline import (
    DAY,
    EPOCH_DAY,
    FIRST_YEAR,
    LAST_YEAR,
    MICRO,
    Windows,
    offsets_of_year,
    to_datetime,
)

WORKING = "working"
BREAK, NIGHT = "break", "night"
CLOSED = ("holiday", "day_off", "closed_weekday", "weekend")  # the strongest reason first

WHOLE_DAY = DAY * MICRO
MINUTE = 60 * MICRO


class Piece(NamedTuple):
    """One stretch [opens, closes) in UTC microseconds; `held` is a hold's reason, None when the calendar decides; `total`
    microseconds were counted up to its end."""

    opens: int
    closes: int
    counts: bool
    held: str | None
    total: int

    @property
    def counted(self) -> int:
        """Return the microseconds that were counted in it."""
        return self.closes - self.opens if self.counts else 0


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Local days without hours, in a row, for one reason; `names` by language for an official holiday."""

    first: date
    last: date
    why: str
    names: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)  # not frozen: that would double the cost of a long ledger; nobody changes one
class Step:
    """One stretch [start, end) in UTC.

    `seconds` were counted in it and `total` up to its end; `days` is set for folded working days; `shift` is by how many
    seconds the zone's clocks were put forward (or, negative, back) in it; `late` stands after the due moment; `held` is a
    hold of the ledger's, and `why` its reason; `waits` is how many holds were folded into it.
    """

    start: datetime
    end: datetime
    counts: bool
    why: str
    seconds: int = 0
    total: int = 0
    closed: tuple[ClosedDays, ...] = ()
    days: int = 0
    shift: int = 0
    late: bool = False
    held: bool = False
    waits: int = 0

    def as_facts(self) -> dict[str, Any]:
        """Return the step for JSON: moments in ISO 8601 (UTC), the closed days with their names."""
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "counts": self.counts,
            "seconds": self.seconds,
            "total": self.total,
            "why": self.why,
            "closed": [
                {"from": run.first.isoformat(), "to": run.last.isoformat(), "why": run.why, "names": dict(run.names)}
                for run in self.closed
            ],
            "days": self.days,
            "shift": self.shift,
            "late": self.late,
            "held": self.held,
            "waits": self.waits,
        }


def cut_up(calendar: Calendar, lines: Sequence[Line], until: int, parted: int | None = None) -> list[Piece]:
    """Return a ledger up to `until` as pieces without a gap; one that reaches over `parted` is parted there.

    A hold is one piece, and the last one stands even where it begins at `until` itself.
    """
    pieces: list[Piece] = []
    total = 0
    for opens, end, counts, why in runs(lines):
        closes = until if end is None else min(end, until)
        if opens > closes or (opens == closes and (counts or end is not None)):
            continue
        if not counts:
            pieces.append(Piece(opens, closes, False, why, total))
            continue
        for a, b, works in _by_windows(calendar.timeline.holding(opens, closes), opens, closes):
            for since, to in ((a, b),) if parted is None or not a < parted < b else ((a, parted), (parted, b)):
                total += to - since if works else 0
                pieces.append(Piece(since, to, works, None, total))
    return pieces


def _by_windows(windows: Windows, low: int, high: int) -> list[tuple[int, int, bool]]:
    here = low
    found: list[tuple[int, int, bool]] = []
    for number in range(bisect_right(windows.ends, low), bisect_left(windows.starts, high)):
        opens, closes = windows.starts[number], windows.ends[number]
        if here < opens:
            found.append((here, opens, False))
            here = opens
        found.append((here, min(closes, high), True))
        here = closes
    if here < high:
        found.append((here, high, False))
    return found


class Wall:
    """What the clocks on the calendar's wall show between two moments."""

    def __init__(self, calendar: Calendar, low: int, high: int) -> None:
        self._calendar = calendar
        years = range(max(to_datetime(low).year, FIRST_YEAR), min(to_datetime(high).year, LAST_YEAR) + 1)
        laid = [one for year in years for one in offsets_of_year(calendar.tz, year)] or [(0, 0, 0)]
        self._since = [start * MICRO for start, _end, _offset in laid[1:]]
        self._offsets = [offset for _start, _end, offset in laid]
        self._closed: dict[tuple[int, int], tuple[ClosedDays, ...]] = {}

    def offset(self, moment: int) -> int:
        """Return by how many seconds the wall is ahead of UTC."""
        return self._offsets[bisect_right(self._since, moment)]

    def local(self, moment: int) -> int:
        """Return what it shows, in microseconds since it showed the beginning of 1970."""
        return moment + self.offset(moment) * MICRO

    def day(self, moment: int) -> int:
        """Return the number of the local day since 1970."""
        return self.local(moment) // WHOLE_DAY

    def by_day(self, pieces: Sequence[Piece]) -> list[list[Piece]]:
        """Return pieces that follow each other, those that begin on one local day together."""
        days: list[list[Piece]] = []
        day, until = -1, -1
        for piece in pieces:
            if piece.opens >= until:
                began, day, until = day, *self._day_until(piece.opens)
                if not days or day != began:
                    days.append([])
            days[-1].append(piece)
        return days

    def _day_until(self, moment: int) -> tuple[int, int]:
        """The local day, and until when it surely lasts: its midnight, or a change of the clocks before that."""
        number = bisect_right(self._since, moment)
        day = (moment + self._offsets[number] * MICRO) // WHOLE_DAY
        midnight = (day + 1) * WHOLE_DAY - self._offsets[number] * MICRO
        return day, min([midnight, *self._since[number : number + 1]])

    def is_steady(self, low: int, high: int) -> bool:
        """Return whether the clocks are put neither forward nor back between the two moments."""
        return bisect_right(self._since, low) == bisect_right(self._since, high)

    def shift(self, piece: Piece) -> int:
        """Return by how many seconds the clocks were put forward (or, negative, back) in it."""
        return self.offset(piece.closes) - self.offset(piece.opens)

    def why_not(self, piece: Piece) -> tuple[str, tuple[ClosedDays, ...]]:
        """Return why nothing counts in a piece that is no hold, and the closed days it reaches over."""
        opens, closes = self.local(piece.opens), self.local(piece.closes)
        first = opens // WHOLE_DAY
        if first == (closes - 1) // WHOLE_DAY and (hours := self._calendar.hours_on(_date(first))):
            before, after = opens % WHOLE_DAY // MINUTE, closes % WHOLE_DAY // MINUTE
            parted = any(hour.end <= before for hour in hours) and any(0 < after <= hour.start for hour in hours)
            return (BREAK if parted else NIGHT), ()
        closed = self.closed_days(piece)
        return (min((run.why for run in closed), key=CLOSED.index) if closed else NIGHT), closed

    def closed_days(self, piece: Piece) -> tuple[ClosedDays, ...]:
        """Return the days without hours it reaches over."""
        reach = self.day(piece.opens), self.day(piece.closes - 1)
        found = self._closed.get(reach)
        if found is None:
            days = [_date(number) for number in range(reach[0], reach[1] + 1)]
            found = _closed_runs(self._calendar, [day for day in days if not self._calendar.hours_on(day)])
            self._closed[reach] = found
        return found


def to_step(piece: Piece, wall: Wall, parted: int | None) -> Step:
    """Return the piece as a step."""
    opens, closes, counts, held, total = piece
    start, end = to_datetime(opens), to_datetime(closes)
    if held is not None:
        return Step(start, end, False, held, total=total // MICRO, held=True)
    why, closed = (WORKING, ()) if counts else wall.why_not(piece)
    return Step(
        start,
        end,
        counts,
        why,
        seconds=total // MICRO - (total - piece.counted) // MICRO,
        total=total // MICRO,
        closed=closed,
        shift=wall.shift(piece),
        late=parted is not None and opens >= parted,
    )


def _date(day: int) -> date:
    return date.fromordinal(EPOCH_DAY + day)


def _closed_runs(calendar: Calendar, days: Sequence[date]) -> tuple[ClosedDays, ...]:
    reasons = [(day, calendar.why_closed(day), tuple(calendar.official.get(day, {}).items())) for day in days]
    found = []
    for (_, why, names), members in groupby(enumerate(reasons), key=lambda at: (_gapless(at), *at[1][1:])):
        inside = [reason[0] for _, reason in members]
        found.append(ClosedDays(inside[0], inside[-1], why, names if why == "holiday" else ()))
    return tuple(found)


def _gapless(at: tuple[int, tuple[date, str, object]]) -> int:
    return at[1][0].toordinal() - at[0]
