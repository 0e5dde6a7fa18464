"""Working windows as UTC microseconds with running sums: what makes the arithmetic quick and exact.

A moment counts when the wall clock of the calendar's zone, read at that moment, stands inside a working interval of
that day. So an hour the clocks skip is not worked, and an hour that comes twice is worked twice; each year is laid
out once.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from operator import itemgetter

from opora.desk.sla.rules.faults import gettext_noop
from opora.desk.sla.rules.intervals import Hours

MICRO = 1_000_000
DAY = 86_400
FIRST_YEAR, LAST_YEAR = 1970, 2199
EMPTY_YEARS = 10
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()
PROBE = 12 * 3600

Spans = list[tuple[int, int]]


class NoWorkingTime(ValueError):
    """The calendar holds no more working time within the horizon, so the promise would never fall due."""

    text = gettext_noop("The calendar has no working time in the %(years)s years after %(moment)s.")

    def __init__(self, moment: datetime) -> None:
        self.facts: dict[str, str | int] = {"years": EMPTY_YEARS, "moment": moment.date().isoformat()}
        super().__init__(self.text % self.facts)


class OutOfReach(ValueError):
    """The moment, or the result, stands outside the years this arithmetic is made for."""

    text = gettext_noop("Only moments from %(first)s to %(last)s can be reckoned with.")

    def __init__(self) -> None:
        self.facts: dict[str, str | int] = {"first": FIRST_YEAR, "last": LAST_YEAR}
        super().__init__(self.text % self.facts)


@dataclass(frozen=True, slots=True)
class Windows:
    """Disjoint working windows of whole years: `before[i]` microseconds were worked before `starts[i]`."""

    first_year: int
    last_year: int
    low: int
    high: int
    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int

    def worked_until(self, moment: int) -> int:
        """Return the microseconds worked from the beginning of these windows until this moment."""
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        return self.before[index] + min(moment, self.ends[index]) - self.starts[index]


class Timeline:
    """Grows by whole years on demand. Threads may share it: what is read is never changed, only replaced."""

    def __init__(self, tz: tzinfo, hours_on: Callable[[date], Hours]) -> None:
        self._tz = tz
        self._hours_on = hours_on
        self._years: dict[int, Spans] = {}
        self._windows = Windows(0, 0, 0, 0, [], [], [], 0)

    def holding(self, low: int, high: int | None = None) -> Windows:
        """Return windows that reach over both moments (UTC microseconds); raise `OutOfReach`."""
        windows = self._windows
        last = low if high is None else high
        if windows.low <= low and last < windows.high:
            return windows
        first_year, last_year = to_datetime(low).year, to_datetime(last).year
        if windows.high:
            first_year, last_year = min(first_year, windows.first_year), max(last_year, windows.last_year)
        return self._cover(first_year, last_year)

    def reaching(self, windows: Windows, worked: int) -> Windows:
        """Return windows grown forward until `worked` microseconds fit; raise `NoWorkingTime` or `OutOfReach`."""
        barren = 0
        while windows.total < worked:
            grown = self._cover(windows.first_year, windows.last_year + 1)
            barren = 0 if grown.total > windows.total else barren + 1
            if barren >= EMPTY_YEARS:
                raise NoWorkingTime(to_datetime(windows.ends[-1] if windows.ends else windows.low))
            windows = grown
        return windows

    def _cover(self, first_year: int, last_year: int) -> Windows:
        if first_year < FIRST_YEAR or last_year > LAST_YEAR:
            raise OutOfReach
        for year in range(first_year, last_year + 1):
            if year not in self._years:
                self._years[year] = _year_spans(self._tz, self._hours_on, year)
        self._windows = windows = _join(self._years, first_year, last_year)
        return windows  # not read back: another thread may just have put its own there


def to_micros(moment: datetime) -> int:
    """Return UTC microseconds since 1970; raise `ValueError` for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    since = moment - EPOCH
    return (since.days * DAY + since.seconds) * MICRO + since.microseconds


def to_datetime(micros: int) -> datetime:
    """Return the UTC datetime of these microseconds."""
    try:
        return EPOCH + timedelta(0, 0, micros)
    except OverflowError:
        raise OutOfReach from None


@lru_cache(maxsize=4096)
def offsets(tz: tzinfo, low: int, high: int) -> tuple[tuple[int, int, int], ...]:
    """Return (from, to, offset) in UTC seconds for [low, high): the stretches of unchanged offset.

    The zone database tells an offset for a moment but not its changes, so they are probed for and then halved down
    to the second; no zone has changed there and back within twelve hours since 1970.
    """
    stretches = []
    start, offset = low, _offset(tz, low)
    for probe in range(low, high, PROBE):
        until = min(probe + PROBE, high)
        after = _offset(tz, until)
        if after != offset:
            change = _change_between(tz, probe, until)
            stretches.append((start, change, offset))
            start, offset = change, after
    stretches.append((start, high, offset))
    return tuple(stretch for stretch in stretches if stretch[0] < stretch[1])


def offsets_of_year(tz: tzinfo, year: int) -> tuple[tuple[int, int, int], ...]:
    """Return what `offsets` returns, for one year of UTC."""
    return offsets(tz, *_bounds(year))


def _bounds(year: int) -> tuple[int, int]:
    return (date(year, 1, 1).toordinal() - EPOCH_DAY) * DAY, (date(year + 1, 1, 1).toordinal() - EPOCH_DAY) * DAY


def _year_spans(tz: tzinfo, hours_on: Callable[[date], Hours], year: int) -> Spans:
    low, high = _bounds(year)
    local = list(_local_spans(hours_on, low // DAY - 2, high // DAY + 2))
    spans: Spans = []
    for start, end, offset in offsets(tz, low, high):
        first = bisect_right(local, start + offset, key=itemgetter(1))
        last = bisect_left(local, end + offset, key=itemgetter(0))
        for opens, closes in local[first:last]:
            opened, closed = max(opens - offset, start), min(closes - offset, end)
            spans.append((opened * MICRO, closed * MICRO))
    return spans


def _local_spans(hours_on: Callable[[date], Hours], first: int, last: int) -> Iterable[tuple[int, int]]:
    for day in range(first, last):
        for interval in hours_on(date.fromordinal(EPOCH_DAY + day)):
            yield day * DAY + interval.start * 60, day * DAY + interval.end * 60


def _join(years: dict[int, Spans], first_year: int, last_year: int) -> Windows:
    starts: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    total = 0
    for year in range(first_year, last_year + 1):
        for start, end in years[year]:
            if ends and ends[-1] == start:
                ends[-1] = end
            else:
                starts.append(start)
                ends.append(end)
                before.append(total)
            total += end - start
    low, high = (to_micros(datetime(y, 1, 1, tzinfo=UTC)) for y in (first_year, last_year + 1))
    return Windows(first_year, last_year, low, high, starts, ends, before, total)


def _change_between(tz: tzinfo, low: int, high: int) -> int:
    before = _offset(tz, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(tz, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(tz: tzinfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, tz).utcoffset()
    assert offset is not None
    return offset.days * DAY + offset.seconds
