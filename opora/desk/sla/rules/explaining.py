"""Why a moment is due when it is: the reckoning step by step, as values. `words` turns them into sentences.

A step is a stretch that counts or one that does not; together they lie without a gap between the start and the end. Closed
days in a row are one step, and in a long reckoning so are plain working days in a row, or each day with its waits, so a page
stays readable.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.folding import Folding
from opora.desk.sla.rules.ledger import Line, Turn, lines_of
from opora.desk.sla.rules.steps import Piece, Step, Wall, cut_up, to_step
from opora.desk.sla.rules.timeline import to_datetime, to_micros

BEFORE_START = "before_start"


def explain(calendar: Calendar, start: datetime, until: datetime, *, due: datetime | None = None) -> list[Step]:
    """Return the steps from `start` to `until`, whose counted seconds add up to `work_between(start, until)`.

    With `due` a stretch that reaches over it is parted there, and what follows is marked late. A first step that ends at
    `start` tells of the working time of that stretch of the day which passed before. Raise `ValueError` when `until`
    stands before `start`.
    """
    if until < start:
        raise ValueError("the second moment stands before the first")
    opens = to_micros(start)
    before = [*_before(calendar, opens)]
    return _shown(calendar, cut_up(calendar, [(opens, True, "")], to_micros(until), _parted(due)), before, due)


def explain_ledger(
    calendar: Calendar, turns: Sequence[Turn], until: datetime, *, due: datetime | None = None
) -> list[Step]:
    """Return the steps of a whole ledger up to `until`: counted time by the calendar, each hold as one step with its reason."""
    return explain_lines(calendar, lines_of(turns), until, due=due)


def explain_lines(
    calendar: Calendar, lines: Sequence[Line], until: datetime, *, due: datetime | None = None
) -> list[Step]:
    """Return what `explain_ledger` returns, for a ledger of plain lines."""
    pieces = cut_up(calendar, lines, to_micros(until), _parted(due))
    before = [*_before(calendar, pieces[0].opens)] if pieces and pieces[0].held is None else []
    return _shown(calendar, pieces, before, due)


def all_steps(calendar: Calendar, turns: Sequence[Turn], until: datetime, *, due: datetime | None = None) -> list[Step]:
    """Return every step of a ledger up to `until`, nothing folded and nothing before."""
    parted = _parted(due)
    pieces = cut_up(calendar, lines_of(turns), to_micros(until), parted)
    wall = _wall(calendar, pieces)
    return [to_step(piece, wall, parted) for piece in pieces]


def _shown(calendar: Calendar, pieces: Sequence[Piece], before: Sequence[Step], due: datetime | None) -> list[Step]:
    return Folding(_wall(calendar, pieces), _parted(due)).shorten(pieces, before)


def _wall(calendar: Calendar, pieces: Sequence[Piece]) -> Wall:
    return Wall(calendar, pieces[0].opens, pieces[-1].closes) if pieces else Wall(calendar, 0, 0)


def _parted(due: datetime | None) -> int | None:
    return None if due is None else to_micros(due)


def _before(calendar: Calendar, low: int) -> Iterator[Step]:
    windows = calendar.timeline.holding(low)
    index = bisect_left(windows.starts, low) - 1
    start = to_datetime(low)
    midnight = start.astimezone(calendar.tz).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if index >= 0 and low < windows.ends[index] and to_micros(midnight) < windows.starts[index]:
        yield Step(to_datetime(windows.starts[index]), start, False, BEFORE_START)
