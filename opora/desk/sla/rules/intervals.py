"""Intervals of one day by the wall clock, to the minute."""

from dataclasses import dataclass

MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Wall-clock minutes of one day, the end excluded; 24:00 is minute 1440."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


Hours = tuple[Interval, ...]
WHOLE_DAY: Hours = (Interval(0, MINUTES_OF_A_DAY),)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
