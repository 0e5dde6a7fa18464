"""Who is on duty, who will be, where nobody is, and who may be disturbed at this moment."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from opora.desk.people.models import Absence, DutyFeed, DutySwap, Override, Rotation, RotationVersion, Seat, Staff, Team
from opora.desk.people.rules import Away, Faulty, Instead, Rules, Stint, gaps_in, is_within, read_week, roster

QUARTER = timedelta(minutes=15)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who has the duty at a moment: until when in this stint, and in which rotation."""

    staff: Staff
    rotation: Rotation
    until: datetime


def on_duty(team: Team, *, at: datetime) -> list[OnDuty]:
    """Who of the team is on duty at the moment, one per rotation that has somebody then."""
    rotations = {one.pk: one for one in _running(at).filter(team=team)}
    stints = _rosters(list(rotations.values()), at, at + timedelta(days=31))
    now = {
        pk: found[0] for pk, found in stints.items() if found and found[0].start <= at and found[0].person is not None
    }
    people = Staff.objects.select_related("account").in_bulk({one.person for one in now.values() if one.person})
    return [OnDuty(people[one.person], rotations[pk], one.end) for pk, one in now.items() if one.person in people]


def roster_of(rotation: Rotation, *, since: datetime, until: datetime) -> list[Stint]:
    """Who has the duty of the rotation between two moments, gaps included."""
    return _rosters([rotation], since, until)[rotation.pk]


def rosters_of(teams: Iterable[Team], *, since: datetime, until: datetime) -> list[tuple[Rotation, list[Stint]]]:
    """The rotations of the teams with who has them, in six statements however many there are."""
    found = list(_running(since).filter(team__in=list(teams)).select_related("team").order_by("team", "pk"))
    stints = _rosters(found, since, until)
    return [(rotation, stints[rotation.pk]) for rotation in found]


def gaps(teams: Iterable[Team], *, since: datetime, until: datetime) -> list[tuple[Rotation, Stint]]:
    """Where somebody should be on duty between two moments and nobody is, the soonest first."""
    found = [
        (rotation, gap) for rotation, stints in rosters_of(teams, since=since, until=until) for gap in gaps_in(stints)
    ]
    return sorted(found, key=lambda pair: pair[1].start)


def stints_of(staff: Staff, *, since: datetime, until: datetime) -> list[tuple[Rotation, Stint]]:
    """The colleague's own duty between two moments, in order."""
    found = [
        (rotation, stint)
        for rotation, stints in rosters_of(_teams_with(staff), since=since, until=until)
        for stint in stints
        if stint.person == staff.pk
    ]
    return sorted(found, key=lambda pair: pair[1].start)


def who_is_reachable(staff: Iterable[Staff], *, at: datetime) -> list[Staff]:
    """Those who may be disturbed now: on duty, or within their own hours; never who is away or has left."""
    asked = list(staff)
    now = reachable_ids([one.pk for one in asked], at=at)
    return [one for one in asked if one.pk in now]


def reachable_ids(numbers: Sequence[int], *, at: datetime) -> set[int]:
    """The numbers of those colleagues who may be disturbed now, as `who_is_reachable`."""
    rows = Staff.objects.filter(pk__in=numbers, active=True).values_list("pk", "week", "zone")
    people = {pk: (week, zone) for pk, week, zone in rows}
    away = set(
        Absence.objects.filter(staff__in=people, withdrawn_at=None, start__lte=at, end__gt=at).values_list(
            "staff_id", flat=True
        )
    )
    awake = {pk for pk, (week, zone) in people.items() if pk not in away and _in_hours(week, zone, at)}
    asleep = people.keys() - away - awake
    if asleep:
        stints = _rosters(list(_running(at)), at, at + INSTANT)
        awake |= asleep & {stint.person for found in stints.values() for stint in found if stint.person}
    return awake


def next_hours(staff: Staff, *, at: datetime) -> datetime:
    """When the colleague's own hours begin next, to the quarter of an hour; `at` when none begin within eight days."""
    quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    ahead = (quarter + number * QUARTER for number in range(1, 8 * 96))
    return next((moment for moment in ahead if _in_hours(staff.week, staff.zone, moment)), at)


def open_swaps_of(staff: Staff) -> list[DutySwap]:
    """Swaps the colleague asked for or is asked for, still without an answer."""
    rows = DutySwap.objects.filter(Q(asker=staff) | Q(asked=staff), state=DutySwap.State.ASKED)
    return list(rows.select_related("rotation", "rotation__team", "asker", "asked").order_by("start"))


def feed_behind(token: str) -> DutyFeed | None:
    """The feed whose secret this is, if it still works and its owner still works here."""
    hashed = hashlib.sha256(token.encode()).hexdigest()
    feeds = DutyFeed.objects.filter(token_hash=hashed, revoked_at=None, staff__active=True)
    return feeds.select_related("staff", "team").first()


def _in_hours(week: dict[str, list[str]], zone: str, at: datetime) -> bool:
    try:
        return is_within(read_week(week), zone, at)
    except Faulty:
        return is_within({}, zone, at)


def _teams_with(staff: Staff) -> list[Team]:
    seated = Q(rotation__versions__seats__staff=staff) | Q(rotation__override__staff=staff)
    return list(Team.objects.filter(seated).distinct())


def _running(at: datetime) -> QuerySet[Rotation]:
    return Rotation.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at))


def _rosters(rotations: Sequence[Rotation], since: datetime, until: datetime) -> dict[int, list[Stint]]:
    """The stints of each rotation; five statements for all of them together."""
    numbers = [rotation.pk for rotation in rotations]
    if not numbers:
        return {}
    versions = _versions(numbers)
    instead: dict[int, list[Instead]] = defaultdict(list)
    rows = Override.objects.filter(rotation__in=numbers, withdrawn_at=None, end__gt=since, start__lt=until)
    for one in rows.order_by("made_at", "pk"):
        why = "swap" if one.swap_id else "override"
        instead[one.rotation_id].append(Instead(one.start, one.end, one.staff_id, why))
    away = _away(versions, instead, since, until)
    ends = {rotation.pk: min(until, rotation.ended_at or until) for rotation in rotations}
    return {
        number: roster(versions[number], instead[number], away, since, max(ends[number], since)) for number in numbers
    }


def _versions(numbers: Sequence[int]) -> dict[int, list[Rules]]:
    seats: dict[int, list[int]] = defaultdict(list)
    for version, staff in (
        Seat.objects.filter(version__rotation__in=numbers).order_by("place").values_list("version_id", "staff_id")
    ):
        seats[version].append(staff)
    found: dict[int, list[Rules]] = defaultdict(list)
    for row in RotationVersion.objects.filter(rotation__in=numbers).order_by("number"):
        daily = (row.daily_from, row.daily_until)
        found[row.rotation_id].append(
            Rules(
                row.valid_from,
                row.zone,
                row.starts_on,
                row.handoff,
                row.turn_hours,
                tuple(seats[row.pk]),
                (daily[0], daily[1]) if daily[0] is not None and daily[1] is not None else None,
            )
        )
    return found


def _away(
    versions: dict[int, list[Rules]], instead: dict[int, list[Instead]], since: datetime, until: datetime
) -> list[Away]:
    people = {person for found in versions.values() for rules in found for person in rules.people}
    people |= {one.person for found in instead.values() for one in found}
    rows = Absence.objects.filter(staff__in=people, withdrawn_at=None, end__gt=since, start__lt=until)
    away = [Away(one.start, one.end, one.staff_id) for one in rows]
    left = Staff.objects.filter(pk__in=people, active=False).values_list("pk", flat=True)
    return away + [Away(since, until, person) for person in left]
