"""The ledger of one clock: from which moment on its time counts, or does not, and why. All else is derived from it.

A turn stands until the next one. What is derived is always reckoned anew over all turns by one calendar and one target:
another target or another calendar so counts from the original start and carries every pause.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, starmap

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.promises import SECOND, Terms, broken_from, to_whole_second
from opora.desk.sla.rules.timeline import MICRO, to_datetime, to_micros
from opora.desk.sla.rules.working import add_micros, micros_between

Line = tuple[int, bool, str]
"""A turn in plain values: since when (UTC microseconds), whether time counts, and why not."""


@dataclass(frozen=True, slots=True)
class Turn:
    """From `at` on the clock's time counts, or is held for the reason `why` (a code of `reasons`, or plain words)."""

    at: datetime
    counts: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time [start, end) of one kind; `end` is empty for the last, which goes on."""

    start: datetime
    end: datetime | None
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What follows from a ledger: the warning, the due moment, and from when on the promise is broken, if it ever is.

    While the time is held, `due_at` is the moment it would be due if it went on where the hold began, and `broken_from`
    is empty: a held promise cannot break. UTC, whole seconds.
    """

    warn_at: datetime | None
    due_at: datetime
    broken_from: datetime | None


def stretches(turns: Sequence[Turn]) -> Iterator[Stretch]:
    """Return the turns as stretches, those of one kind in a row as one; turns must be in order of time.

    Of turns at one moment the last holds: a wait that was over in the same second parts nothing.
    """
    return starmap(Stretch, runs([(turn.at, turn.counts, turn.why) for turn in turns]))


def runs[Moment: (int, datetime)](
    lines: Sequence[tuple[Moment, bool, str]],
) -> Iterator[tuple[Moment, Moment | None, bool, str]]:
    """Return what `stretches` returns, in plain values for plain lines: start, end, whether it counts, why not."""
    lasting = [line for line, following in pairwise(lines) if line[0] < following[0]]
    lasting.append(lines[-1])
    start, counts, why = lasting[0]
    for line in lasting[1:]:
        if line[1] != counts or (line[2] != why and not counts):
            yield start, line[0], counts, why
            start, counts, why = line
    yield start, None, counts, why


def lines_of(turns: Sequence[Turn]) -> list[Line]:
    """Return the turns as plain lines."""
    return [(to_micros(turn.at), turn.counts, turn.why) for turn in turns]


def worked_micros(calendar: Calendar, turns: Sequence[Turn], until: datetime) -> int:
    """Return the working microseconds that were counted up to `until`."""
    return counted_micros(calendar, lines_of(turns), to_micros(until))


def counted_micros(calendar: Calendar, lines: Sequence[Line], until: int) -> int:
    """Return what `worked_micros` returns, for a ledger of plain lines."""
    total = 0
    for opens, end, counts, _why in runs(lines):
        closes = until if end is None else min(until, end)
        if counts and opens < closes:
            total += micros_between(calendar, opens, closes)
    return total


def worked_seconds(calendar: Calendar, turns: Sequence[Turn], until: datetime) -> int:
    """Return the whole working seconds that were counted up to `until`."""
    return worked_micros(calendar, turns, until) // MICRO


def lay_out_ledger(calendar: Calendar, terms: Terms, turns: Sequence[Turn]) -> Layout:
    """Return the warning and the due moment that follow from the turns; raise `NoWorkingTime`, `OutOfReach`.

    A due moment that was reached in an earlier stretch, and whose second ended in it, stands: no later hold takes a
    breach back.
    """
    due_at, in_past = _reached(calendar, turns, terms.target_seconds)
    after = terms.warn_after
    warn_at = None if after is None else _reached(calendar, turns, after)[0]
    held = not turns[-1].counts and not in_past
    return Layout(
        warn_at if warn_at is not None and turns[0].at < warn_at < due_at else None,
        due_at,
        None if held else broken_from(due_at),
    )


def _reached(calendar: Calendar, turns: Sequence[Turn], seconds: int) -> tuple[datetime, bool]:
    """When so much had been counted, and whether that was in a stretch that has ended."""
    rest = seconds * MICRO
    goes_on = None
    for stretch in stretches(turns):
        if not stretch.counts:
            goes_on = goes_on or stretch.start  # held: laid out as if it went on where the hold began
            continue
        opens, goes_on = to_micros(stretch.start), None
        if stretch.end is None:
            return to_whole_second(to_datetime(add_micros(calendar, opens, rest))), False
        worked = micros_between(calendar, opens, to_micros(stretch.end))
        if worked >= rest:
            found = to_whole_second(to_datetime(add_micros(calendar, opens, rest)))
            if found + SECOND <= stretch.end:
                return found, True
        rest = max(0, rest - worked)
    return to_whole_second(to_datetime(add_micros(calendar, to_micros(goes_on or turns[-1].at), rest))), False
