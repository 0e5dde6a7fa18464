"""Adding and measuring working time: real elapsed time inside the wall-clock windows of a calendar, integers only."""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.timeline import EPOCH, MICRO, to_micros


def add_work(calendar: Calendar, start: datetime, seconds: int) -> datetime:
    """Return the earliest moment (UTC) by which `seconds` of working time have passed since `start`.

    Time used up exactly at closing ends at closing, not at the next opening; nothing to add ends at `start` itself.
    Raise `NoWorkingTime` when the calendar has none left, `OutOfReach` beyond its years, `ValueError` for bad
    arguments.
    """
    if seconds <= 0:
        if seconds < 0:
            raise ValueError("working time to add cannot be negative")
        return EPOCH + (start - EPOCH)
    return EPOCH + timedelta(0, 0, add_micros(calendar, to_micros(start), seconds * MICRO))


def add_micros(calendar: Calendar, moment: int, worked: int) -> int:
    """Return what `add_work` returns, all in UTC microseconds; nothing to add gives the moment itself."""
    if worked <= 0:
        return moment
    windows = calendar.timeline.holding(moment)
    index = bisect_right(windows.starts, moment) - 1
    if index >= 0:
        end = windows.ends[index]
        worked += windows.before[index] + (moment if moment < end else end) - windows.starts[index]
    if worked > windows.total:
        windows = calendar.timeline.reaching(windows, worked)
    index = bisect_left(windows.before, worked) - 1
    return windows.starts[index] + worked - windows.before[index]


def work_between(calendar: Calendar, a: datetime, b: datetime) -> int:
    """Return the whole working seconds from `a` until `b`; raise `ValueError` when `b` stands before `a`."""
    low, high = to_micros(a), to_micros(b)
    if high < low:
        raise ValueError("the second moment stands before the first")
    return micros_between(calendar, low, high) // MICRO


def micros_between(calendar: Calendar, low: int, high: int) -> int:
    """Return the working microseconds between two moments in UTC microseconds, the earlier first."""
    windows = calendar.timeline.holding(low, high)
    return windows.worked_until(high) - windows.worked_until(low)
