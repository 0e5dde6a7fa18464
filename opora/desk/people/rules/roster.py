"""Who is on duty when: turns by the wall clock of a zone, then overrides and swaps, then absences, which leave gaps.

A turn begins when the wall clock shows its moment: at a spring change the night is an hour shorter for whoever has it,
in autumn an hour longer. A moment that the clocks skip is the moment of the change; one that comes twice is the first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of a rotation: from `valid_from` on, `people` in order have turns of `turn_hours`, the first from
    `starts_on` at minute `handoff` of the day; with `daily`, only between these minutes of each day."""

    valid_from: datetime
    zone: str
    starts_on: date
    handoff: int
    turn_hours: int
    people: tuple[int, ...]
    daily: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Instead:
    """Somebody has the duty between two moments, whoever's turn it is; `why` is `override` or `swap`."""

    start: datetime
    end: datetime
    person: int
    why: str = "override"


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody cannot have the duty between two moments."""

    start: datetime
    end: datetime
    person: int


@dataclass(frozen=True, slots=True)
class Stint:
    """Somebody is on duty between two moments, or nobody is (a gap); `instead_of` is whose turn it would have been.

    `why` is `turn`, `override`, `swap`; a gap's is `absent` (whoever has it is away) or `nobody` (the order is empty).
    """

    start: datetime
    end: datetime
    person: int | None
    why: str
    instead_of: int | None = None


def roster(
    versions: Sequence[Rules], instead: Sequence[Instead], away: Sequence[Away], since: datetime, until: datetime
) -> list[Stint]:
    """Who is on duty from `since` until `until`, in order; of overrides that meet, the later in the list holds.

    Where nothing is said (before the first turn, outside the daily hours) there is no stint at all.
    """
    turns = [stint for start, end, rules in _in_force(versions, since, until) for stint in _turns(rules, start, end)]
    edges = {since, until}
    spans = [(one.start, one.end) for found in (turns, instead, away) for one in found]
    edges |= {max(since, min(until, edge)) for span in spans for edge in span}
    moments = sorted(edges)
    pieces = []
    for start, end in pairwise(moments):
        piece = _at(turns, instead, away, start)
        if piece is not None:
            pieces.append(replace(piece, start=start, end=end))
    return _joined(pieces)


def gaps_in(stints: Iterable[Stint]) -> list[Stint]:
    """The stretches in which somebody should be on duty and nobody is."""
    return [stint for stint in stints if stint.person is None]


def _at(turns: Sequence[Stint], instead: Sequence[Instead], away: Sequence[Away], at: datetime) -> Stint | None:
    turn = next((stint for stint in turns if stint.start <= at < stint.end), None)
    chosen = next((one for one in reversed(instead) if one.start <= at < one.end), None)
    if chosen is not None:
        whose = turn.person if turn is not None and turn.person != chosen.person else None
        turn = Stint(chosen.start, chosen.end, chosen.person, chosen.why, whose)
    if turn is None or turn.person is None:
        return turn
    if any(one.person == turn.person and one.start <= at < one.end for one in away):
        return Stint(turn.start, turn.end, None, "absent", turn.person)
    return turn


def _joined(pieces: Sequence[Stint]) -> list[Stint]:
    joined: list[Stint] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        same = last is not None and last.end == piece.start
        if last is not None and same and replace(last, start=piece.start, end=piece.end) == piece:
            joined[-1] = replace(last, end=piece.end)
        else:
            joined.append(piece)
    return joined


def _in_force(
    versions: Sequence[Rules], since: datetime, until: datetime
) -> Iterable[tuple[datetime, datetime, Rules]]:
    ordered = sorted(versions, key=lambda version: version.valid_from)
    ends = [version.valid_from for version in ordered[1:]] + [until]
    for version, followed in zip(ordered, ends, strict=True):
        start, end = max(since, version.valid_from), min(until, followed)
        if start < end:
            yield start, end, version


def _turns(rules: Rules, since: datetime, until: datetime) -> Iterable[Stint]:
    zone = ZoneInfo(rules.zone)
    first = datetime.combine(rules.starts_on, time()) + timedelta(minutes=rules.handoff)
    step = timedelta(hours=rules.turn_hours)
    number = max(0, (since.astimezone(zone).replace(tzinfo=None) - first) // step - 1)
    while (start := moment(first + number * step, rules.zone)) < until:
        end = moment(first + (number + 1) * step, rules.zone)
        person = rules.people[number % len(rules.people)] if rules.people else None
        whole = Stint(max(start, since), min(end, until), person, "turn" if person is not None else "nobody")
        if whole.start < whole.end:
            yield from _daily(whole, rules)
        number += 1


def _daily(stint: Stint, rules: Rules) -> Iterable[Stint]:
    if rules.daily is None:
        yield stint
        return
    zone = ZoneInfo(rules.zone)
    opens, shuts = rules.daily
    day = stint.start.astimezone(zone).date() - timedelta(days=1)
    last = stint.end.astimezone(zone).date()
    while day <= last:
        midnight = datetime.combine(day, time())
        start = moment(midnight + timedelta(minutes=opens), rules.zone)
        end = moment(midnight + timedelta(minutes=shuts, days=1 if shuts <= opens else 0), rules.zone)
        if max(start, stint.start) < min(end, stint.end):
            yield replace(stint, start=max(start, stint.start), end=min(end, stint.end))
        day += timedelta(days=1)


@lru_cache(maxsize=4096)
def moment(shown: datetime, zone: str) -> datetime:
    """The moment (UTC) at which the wall clock of the zone first shows this time, or passes it where it is skipped."""
    place = ZoneInfo(zone)
    found = shown.replace(tzinfo=place, fold=0).astimezone(UTC)
    if found.astimezone(place).replace(tzinfo=None) == shown:
        return found
    early, late = shown.replace(tzinfo=place, fold=1).astimezone(UTC), found
    while late - early > SECOND:
        middle = early + (late - early) // 2
        if middle.astimezone(place).replace(tzinfo=None) >= shown:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)
