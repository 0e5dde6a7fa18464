"""A colleague's own working hours: {"mon": ["09:00-13:00", "14:00-18:00"], "sat": ["22:00-06:00"]}, in the colleague's zone.

Hours that nobody wrote down are the day: eight to eight, every day. Night is for those who are on duty.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYTIME = (8 * 60, 20 * 60)
WHOLE_DAY = 24 * 60
_SPAN = re.compile(r"^\s*([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)\s*$")

Week = Mapping[str, Sequence[tuple[int, int]]]


class Faulty(ValueError):
    """Hours that cannot be read; the words are the part that is wrong."""


def read_week(written: Mapping[str, Sequence[str]]) -> dict[str, list[tuple[int, int]]]:
    """The hours as minutes of the day; a span may end after midnight. Raises Faulty with the span or day at fault."""
    for day in written:
        if day not in DAYS:
            raise Faulty(day)
    return {day: [_span(one) for one in spans] for day, spans in written.items() if spans}


def _span(written: str) -> tuple[int, int]:
    found = _SPAN.match(written)
    start, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if start in (end, WHOLE_DAY) or max(start, end) > WHOLE_DAY:
        raise Faulty(written)
    return start, end


def is_within(week: Week, zone: str, at: datetime) -> bool:
    """Whether the moment lies in the hours of the week as the wall clock of the zone shows it."""
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    if not week:
        return DAYTIME[0] <= minute < DAYTIME[1]
    today, yesterday = DAYS[local.weekday()], DAYS[(local - timedelta(days=1)).weekday()]
    if any(start <= minute < (end if end > start else WHOLE_DAY) for start, end in week.get(today, ())):
        return True
    return any(end < start and minute < end for start, end in week.get(yesterday, ()))
