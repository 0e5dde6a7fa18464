"""The ledger laid over the calendar: intervals without a gap, each counted, or not for one reason.

One interval is one contiguous stretch of one kind: a hold is a single one however many nights it reaches over, counted time
is parted where the calendar closes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from opora.desk.sla.rules import reasons
from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.explaining import all_steps
from opora.desk.sla.rules.ledger import Turn
from opora.desk.sla.rules.steps import BREAK, NIGHT, WORKING, Step

HELD = "held"


@dataclass(frozen=True, slots=True)
class Interval:
    """Time [start, end) in UTC. `why` is a code of `explaining` (working, break, holiday ...) or of `reasons`.

    `step` is the calendar's part with its closed days, empty for a hold.
    """

    start: datetime
    end: datetime
    counts: bool
    why: str
    step: Step | None = None

    @property
    def in_english(self) -> str:
        """Return the reason in plain words."""
        if self.step is None:
            return reasons.in_english(self.why)
        named = [dict(run.names) for run in self.step.closed if run.names]
        if named:
            return f"official holiday “{named[0].get('en') or next(iter(named[0].values()))}”"
        return _PLAIN[self.why]


_PLAIN = {
    WORKING: "working time",
    BREAK: "a break",
    NIGHT: "outside working hours",
    "weekend": "weekend",
    "day_off": "day off by the calendar",
    "holiday": "official holiday",
    "closed_weekday": "closed on this weekday",
}


def split_ledger(
    calendar: Calendar, turns: Sequence[Turn], until: datetime, *, due: datetime | None = None
) -> list[Interval]:
    """Return the intervals from the first turn to `until`, together without a gap; with `due` parted there as well."""
    steps = all_steps(calendar, turns, until, due=due)
    return [
        Interval(step.start, step.end, step.counts, step.why, None if step.held else step)
        for step in steps
        if step.start < step.end
    ]
