"""Why a moment is due when it is: the reckoning step by step, as values. `words` turns them into sentences.

A step is a stretch that counts or one that does not; together they lie without a gap between the start and the end. Closed
days in a row are one step, and in a long reckoning so are plain working days in a row, or each day with its waits, so a page
stays readable.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.ledger import Turn, stretches
from opora.desk.sla.rules.timeline import DAY, MICRO, to_datetime, to_micros

WORKING, WORKING_DAYS = "working", "working_days"
BREAK, NIGHT, BEFORE_START = "break", "night", "before_start"
CLOSED = ("holiday", "day_off", "closed_weekday", "weekend")  # the strongest reason first

LONG = 40
EDGE = 8


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


def explain(calendar: Calendar, start: datetime, until: datetime, *, due: datetime | None = None) -> list[Step]:
    """Return the steps from `start` to `until`, whose counted seconds add up to `work_between(start, until)`.

    With `due` a stretch that reaches over it is parted there, and what follows is marked late. A first step that ends at
    `start` tells of the working time of that stretch of the day which passed before. Raise `ValueError` when `until`
    stands before `start`.
    """
    if until < start:
        raise ValueError("the second moment stands before the first")
    return _shorten(calendar, [*_before(calendar, to_micros(start)), *all_steps(calendar, start, until, due=due)])


def explain_ledger(
    calendar: Calendar, turns: Sequence[Turn], until: datetime, *, due: datetime | None = None
) -> list[Step]:
    """Return the steps of a whole ledger up to `until`: counted time by the calendar, each hold as one step with its reason."""
    steps: list[Step] = []
    total = 0
    for stretch in stretches(turns):
        end = until if stretch.end is None else min(stretch.end, until)
        if stretch.start > end or (stretch.start == end and (stretch.counts or stretch.end is not None)):
            continue
        if not stretch.counts:
            steps.append(Step(stretch.start, end, False, stretch.why, total=total, held=True))
            continue
        if not steps:
            steps += _before(calendar, to_micros(stretch.start))
        counted = all_steps(calendar, stretch.start, end, due=due, before=total)
        steps += counted
        total = counted[-1].total
    return _shorten(calendar, steps)


def all_steps(
    calendar: Calendar, start: datetime, until: datetime, *, due: datetime | None = None, before: int = 0
) -> list[Step]:
    """Return every step from `start` to `until`, nothing folded and nothing before; `due` as in `explain`.

    `before` seconds were counted before `start`, and stand in the totals.
    """
    low, high = to_micros(start), to_micros(until)
    parted = to_micros(due) if due is not None else None
    steps: list[Step] = []
    here, worked = _Mark(calendar, low), before * MICRO
    for opens, closes, counts in _stretches(calendar, low, high, parted):
        there = _Mark(calendar, closes)
        total = worked + (closes - opens if counts else 0)
        why, closed = (WORKING, ()) if counts else _why_not(calendar, here.local, there.local)
        steps.append(
            Step(
                here.moment,
                there.moment,
                counts,
                why,
                seconds=total // MICRO - worked // MICRO,
                total=total // MICRO,
                closed=closed,
                shift=there.offset - here.offset,
                late=parted is not None and opens >= parted,
            )
        )
        here, worked = there, total
    return steps


class _Mark:
    """The end of one step and the beginning of the next, by UTC and by the calendar's clock."""

    __slots__ = ("local", "moment", "offset")

    def __init__(self, calendar: Calendar, micros: int) -> None:
        self.moment = to_datetime(micros)
        self.local = self.moment.astimezone(calendar.tz)
        offset = self.local.utcoffset() or timedelta()
        self.offset = offset.days * DAY + offset.seconds


def _stretches(calendar: Calendar, low: int, high: int, parted: int | None) -> Iterator[tuple[int, int, bool]]:
    windows = calendar.timeline.holding(low, high)
    here = low
    first, last = bisect_right(windows.ends, low), bisect_left(windows.starts, high)
    for opens, closes in zip(windows.starts[first:last], windows.ends[first:last], strict=True):
        if here < opens:
            yield from _part(here, opens, parted, counts=False)
        here = min(closes, high)
        yield from _part(max(opens, low), here, parted, counts=True)
    if here < high:
        yield from _part(here, high, parted, counts=False)


def _part(opens: int, closes: int, parted: int | None, *, counts: bool) -> Iterator[tuple[int, int, bool]]:
    if parted is not None and opens < parted < closes:
        yield opens, parted, counts
        opens = parted
    yield opens, closes, counts


def _before(calendar: Calendar, low: int) -> Iterator[Step]:
    windows = calendar.timeline.holding(low)
    index = bisect_left(windows.starts, low) - 1
    start = to_datetime(low)
    midnight = start.astimezone(calendar.tz).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if index >= 0 and low < windows.ends[index] and to_micros(midnight) < windows.starts[index]:
        yield Step(to_datetime(windows.starts[index]), start, False, BEFORE_START)


def _why_not(calendar: Calendar, start: datetime, end: datetime) -> tuple[str, tuple[ClosedDays, ...]]:
    first, last = start.date(), (end - timedelta(microseconds=1)).date()
    if first == last and (hours := calendar.hours_on(first)):
        opens, closes = _minute(start), _minute(end)
        parted = any(hour.end <= opens for hour in hours) and any(0 < closes <= hour.start for hour in hours)
        return (BREAK if parted else NIGHT), ()
    if (last - first).days == 1 and calendar.hours_on(first) and calendar.hours_on(last):
        return NIGHT, ()
    runs = _closed_runs(calendar, first, last)
    return (min((run.why for run in runs), key=CLOSED.index) if runs else NIGHT), runs


def _closed_runs(calendar: Calendar, first: date, last: date) -> tuple[ClosedDays, ...]:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    reasons = [
        (day, calendar.why_closed(day), tuple(calendar.official.get(day, {}).items()))
        for day in days
        if not calendar.hours_on(day)
    ]
    runs = []
    for (_, why, names), members in groupby(enumerate(reasons), key=lambda at: (_gapless(at), *at[1][1:])):
        inside = [reason[0] for _, reason in members]
        runs.append(ClosedDays(inside[0], inside[-1], why, names if why == "holiday" else ()))
    return tuple(runs)


def _gapless(at: tuple[int, tuple[date, str, object]]) -> int:
    return at[1][0].toordinal() - at[0]


def _shorten(calendar: Calendar, steps: list[Step]) -> list[Step]:
    """Fold plain working days in the middle of a long reckoning; when that is not enough, days off with them.

    A ledger of very many holds is folded day by day, holds and all, and when even the days are too many, as a whole.
    """
    if len(steps) <= LONG:
        return steps
    head, middle, tail = steps[:EDGE], steps[EDGE:-EDGE], steps[-EDGE:]
    plain = [*_folded(calendar, middle, ("holiday", "day_off"))]
    if len(plain) > LONG:
        plain = [*_folded(calendar, middle, ())]
    if len(plain) > LONG:
        plain = [*_folded_with_waits(middle, lambda step: _day(calendar, step.start), calendar)]
    if len(plain) > LONG:
        plain = [*_folded_with_waits(middle, lambda _step: None, calendar)]
    return [*head, *plain, *tail]


def _folded(calendar: Calendar, steps: Iterable[Step], apart: tuple[str, ...]) -> Iterator[Step]:
    for (stands_apart, _), members in groupby(steps, key=lambda step: (step.held or step.why in apart, step.late)):
        run = list(members)
        counting = [number for number, step in enumerate(run) if step.counts]
        if stands_apart or len(counting) < 2:
            yield from run
            continue
        yield from run[: counting[0]]
        yield _fold(calendar, run[counting[0] : counting[-1] + 1])
        yield from run[counting[-1] + 1 :]


def _folded_with_waits(steps: Iterable[Step], day: Callable[[Step], date | None], calendar: Calendar) -> Iterator[Step]:
    for _, members in groupby(steps, key=lambda step: (day(step), step.late)):
        run = list(members)
        yield run[0] if len(run) == 1 else _fold(calendar, run)


def _fold(calendar: Calendar, run: list[Step]) -> Step:
    worked = {_day(calendar, step.start) for step in run if step.counts}
    return replace(
        run[-1],
        start=run[0].start,
        counts=any(step.counts for step in run),
        why=WORKING_DAYS,
        held=False,
        waits=sum(step.held for step in run),
        seconds=sum(step.seconds for step in run),
        closed=tuple(days for step in run for days in step.closed if days.why in ("holiday", "day_off")),
        days=len(worked),
        shift=sum(step.shift for step in run),
    )


def _day(calendar: Calendar, moment: datetime) -> date:
    return moment.astimezone(calendar.tz).date()


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute
