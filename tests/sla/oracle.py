"""What working time is held against: counting every second, in any zone, near any change of its clocks from 2000 to 2050."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume
from hypothesis import strategies as st

from opora.desk.sla.rules import Calendar, Interval, read_calendar
from opora.desk.sla.rules.timeline import offsets
from tests.sla.conftest import WORKDAYS


def counted(calendar: Calendar, start: datetime, end: datetime) -> int:
    """The oracle: look at the wall clock of every single second and ask whether its minute is a working one."""
    return sum(worked_at_each_second(calendar, start, end))


def worked_at_each_second(calendar: Calendar, start: datetime, end: datetime) -> Iterator[bool]:
    """Whether the wall clock of the zone shows a working minute, second by second."""
    tz = calendar.tz
    hours: dict[date, tuple[Interval, ...]] = {}
    for second in range(int(start.timestamp()), int(end.timestamp())):
        local = datetime.fromtimestamp(second, tz)
        day = local.date()
        if day not in hours:
            hours[day] = calendar.hours_on(day)
        minute = local.hour * 60 + local.minute
        yield any(one.start <= minute < one.end for one in hours[day])


def changes(zone: str) -> list[int]:
    """The seconds at which the zone's offset changed between 2000 and 2050."""
    first_days = [int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in range(2000, 2052)]
    stretches = [one for low, high in pairwise(first_days) for one in offsets(ZoneInfo(zone), low, high)]
    return [later[0] for earlier, later in pairwise(stretches) if earlier[2] != later[2]]


ZONES = sorted(available_timezones() - {"Factory", "localtime"})
SWITCHING = (
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Tehran",
    "Pacific/Apia",
)


@st.composite
def hours(draw: st.DrawFn) -> list[str]:
    marks = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any zone, any hours on any weekday, some days with hours of their own near a change of the clocks."""
    zone = draw(st.sampled_from(ZONES) | st.sampled_from(SWITCHING))
    week = {day: draw(hours()) for day in (*WORKDAYS, "sat", "sun")}
    assume(any(week.values()))
    return read_calendar({"zone": zone, "week": week, "every_year": {"03-29": draw(hours()), "10-25": draw(hours())}})


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """A second between 2000 and 2050, for choice near a change of the zone's clocks."""
    turning = changes(zone)
    if turning and draw(st.booleans()):
        second = draw(st.sampled_from(turning)) + draw(st.integers(-40_000, 40_000))
    else:
        second = draw(st.integers(946_684_800, 2_524_607_999))
    return datetime.fromtimestamp(second, UTC)


def kinds_of_daylight_saving() -> list[str]:
    """One zone for each way of changing the clocks: those whose offsets differ on some tenth day from 2000 to 2050."""
    kinds: dict[tuple[timedelta | None, ...], str] = {}
    days = [datetime.fromtimestamp(second, UTC) for second in range(946_684_800, 2_556_143_999, 10 * 86_400)]
    for name in ZONES:
        offsets = tuple(day.astimezone(ZoneInfo(name)).utcoffset() for day in days)
        if sum(one != other for one, other in pairwise(offsets)) > 10:
            kinds.setdefault(offsets, name)
    return list(kinds.values())
