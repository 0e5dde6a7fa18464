"""Who had it while the time ran: a breach is attributed by the share of counted working time each holder had it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.ledger import Turn, stretches
from opora.desk.sla.rules.timeline import MICRO, to_micros
from opora.desk.sla.rules.working import micros_between


def shares(
    calendar: Calendar, turns: Sequence[Turn], holders: Sequence[tuple[datetime, str]], until: datetime
) -> Mapping[str, int]:
    """Return the counted working seconds each holder had it, up to `until`, in the order in which they first had it.

    `holders` says from when on who had it, in order; the first is taken to have had it from the beginning.
    """
    found: dict[str, int] = {}
    end = to_micros(until)
    marks = [to_micros(at) for at, _holder in holders[1:]] + [end]
    begun = to_micros(turns[0].at)
    for (_at, holder), mark in zip(holders, marks, strict=True):
        parted = max(begun, min(mark, end))
        found[holder] = found.get(holder, 0) + sum(
            micros_between(calendar, max(begun, opens), min(parted, closes))
            for opens, closes in _counting(turns, end)
            if max(begun, opens) < min(parted, closes)
        )
        begun = parted
    return {holder: micros // MICRO for holder, micros in found.items()}


def _counting(turns: Sequence[Turn], end: int) -> list[tuple[int, int]]:
    return [
        (to_micros(stretch.start), end if stretch.end is None else to_micros(stretch.end))
        for stretch in stretches(turns)
        if stretch.counts
    ]
