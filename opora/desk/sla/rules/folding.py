"""Folding a long reckoning until a page can show it: each fold is one step with what it counted and its waits."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from opora.desk.sla.rules.steps import Piece, Step, Wall, to_step
from opora.desk.sla.rules.timeline import MICRO, to_datetime

WORKING_DAYS = "working_days"
LONG = 40
EDGE = 8


class Folding:
    """The pieces of one reckoning, shown whole at both ends and folded in the middle as far as it takes."""

    def __init__(self, wall: Wall, parted: int | None) -> None:
        self._wall = wall
        self._parted = parted

    def shorten(self, pieces: Sequence[Piece], before: Sequence[Step]) -> list[Step]:
        """Return the steps, after those that stand `before` them.

        Plain working days in the middle are folded; when that is not enough, days off with them; then each day with its
        holds; and when even the days are too many, all as a whole.
        """
        if len(before) + len(pieces) <= LONG:
            return [*before, *self._steps(pieces)]
        head, tail = EDGE - len(before), len(pieces) - EDGE
        middle = pieces[head:tail]
        folded = self._plain(middle) or self._by_day(middle)
        return [*before, *self._steps(pieces[:head]), *folded, *self._steps(pieces[tail:])]

    def _steps(self, pieces: Sequence[Piece]) -> list[Step]:
        return [to_step(piece, self._wall, self._parted) for piece in pieces]

    def _plain(self, pieces: Sequence[Piece]) -> list[Step]:
        """The working days folded and every hold apart, or nothing when that is too much."""
        if sum(piece.held is not None for piece in pieces) > LONG:
            return []
        both = list(zip(pieces, self._steps(pieces), strict=True))
        for apart in (("holiday", "day_off"), ()):
            folded = [*self._folded(both, apart)]
            if len(folded) <= LONG:
                return folded
        return []

    def _folded(self, both: Sequence[tuple[Piece, Step]], apart: tuple[str, ...]) -> Iterator[Step]:
        for (stands_apart, _), members in groupby(
            both, key=lambda one: (one[1].held or one[1].why in apart, one[1].late)
        ):
            run = list(members)
            counting = [number for number, (_, step) in enumerate(run) if step.counts]
            if stands_apart or len(counting) < 2:
                yield from (step for _, step in run)
                continue
            first, last = counting[0], counting[-1] + 1
            yield from (step for _, step in run[:first])
            yield self._fold([piece for piece, _ in run[first:last]])
            yield from (step for _, step in run[last:])

    def _by_day(self, pieces: Sequence[Piece]) -> list[Step]:
        days = [part for day in self._wall.by_day(pieces) for part in self._by_due(day)]
        return [self._fold(run) for run in (days if len(days) <= LONG else self._by_due(pieces))]

    def _by_due(self, pieces: Sequence[Piece]) -> list[Sequence[Piece]]:
        """What begins before the due moment, and what begins after it."""
        if self._parted is None:
            return [pieces]
        after = bisect_left(pieces, self._parted, key=attrgetter("opens"))
        return [part for part in (pieces[:after], pieces[after:]) if part]

    def _is_late(self, piece: Piece) -> bool:
        return self._parted is not None and piece.opens >= self._parted

    def _fold(self, run: Sequence[Piece]) -> Step:
        first, last = run[0], run[-1]
        if len(run) == 1:
            return to_step(first, self._wall, self._parted)
        steady = self._wall.is_steady(first.opens, last.closes)
        shut = [self._wall.closed_days(piece) for piece in run if piece.held is None and not piece.counts]
        return Step(
            to_datetime(first.opens),
            to_datetime(last.closes),
            any(piece.counts for piece in run),
            WORKING_DAYS,
            seconds=last.total // MICRO - (first.total - first.counted) // MICRO,
            total=last.total // MICRO,
            closed=tuple(days for closed in shut for days in closed if days.why in ("holiday", "day_off")),
            days=len(self._wall.by_day([piece for piece in run if piece.counts])),
            shift=0 if steady else sum(self._wall.shift(piece) for piece in run if piece.held is None),
            late=self._is_late(first),
            waits=sum(piece.held is not None for piece in run),
        )
