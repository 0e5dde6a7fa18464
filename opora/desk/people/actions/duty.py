"""Planning who is on duty: rotations in versions, and overrides of single stretches."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.people import events
from opora.desk.people.models import DutySwap, Membership, Override, Rotation, RotationVersion, Seat, Staff, Team
from opora.desk.people.parsing import ics
from opora.desk.people.policies import may_plan


@transaction.atomic
def plan_rotation(
    *,
    team: Team,
    name: str,
    zone: str,
    starts_on: date,
    handoff: int,
    turn_hours: int,
    people: Sequence[Staff],
    by: Staff,
    at: datetime,
    daily: tuple[int, int] | None = None,
    valid_from: datetime | None = None,
) -> Rotation:
    """A new duty that goes round; minutes of the day for `handoff` and `daily`. Raises Refused as `revise_rotation`."""
    permit_plan(by, team)
    if not name.strip():
        raise Refused("people.rotation_without_name", _("Give the rotation a name."))
    if Rotation.objects.filter(team=team, name=name.strip()).exists():
        raise Refused("people.rotation_taken", _("This team has a rotation of that name already."))
    rotation = Rotation.objects.create(team=team, name=name.strip()[:80], made_at=at)
    revise_rotation(
        rotation,
        zone=zone,
        starts_on=starts_on,
        handoff=handoff,
        turn_hours=turn_hours,
        people=people,
        daily=daily,
        by=by,
        at=at,
        valid_from=valid_from,
    )
    return rotation


@transaction.atomic
def revise_rotation(
    rotation: Rotation,
    *,
    zone: str,
    starts_on: date,
    handoff: int,
    turn_hours: int,
    people: Sequence[Staff],
    by: Staff,
    at: datetime,
    daily: tuple[int, int] | None = None,
    valid_from: datetime | None = None,
) -> RotationVersion:
    """Another order or other times, from `valid_from` (else now) on; what was before stays as it was.

    Raises Refused for a role that does not plan this team's duty, an unknown zone, a length out of 1 to 672 hours,
    times out of the day, or somebody who is not in the team.
    """
    permit_plan(by, rotation.team)
    if zone not in available_timezones():
        raise Refused("people.unknown_zone", _("There is no time zone “%(zone)s”.") % {"zone": zone})
    if not 1 <= turn_hours <= 24 * 28:
        raise Refused("people.turn_length", _("A turn lasts from one hour to four weeks."))
    if not 0 <= handoff < 24 * 60 or (daily is not None and not (0 <= daily[0] < 24 * 60 and 0 <= daily[1] <= 24 * 60)):
        raise Refused("people.time_of_day", _("A time of day lies between 00:00 and 24:00."))
    in_team = set(Membership.objects.filter(team=rotation.team).values_list("staff_id", flat=True))
    for staff in people:
        if staff.pk not in in_team:
            raise Refused("people.not_in_team", _("%(name)s is not in this team.") % {"name": staff.name})
    last = rotation.versions.order_by("-number").first()
    version = RotationVersion.objects.create(
        rotation=rotation,
        number=last.number + 1 if last else 1,
        valid_from=valid_from or at,
        zone=zone,
        starts_on=starts_on,
        handoff=handoff,
        turn_hours=turn_hours,
        daily_from=daily[0] if daily else None,
        daily_until=daily[1] if daily else None,
        made_at=at,
    )
    Seat.objects.bulk_create(Seat(version=version, place=n, staff=staff) for n, staff in enumerate(people))
    announce(
        events.ROTATION_REVISED,
        subject=("team", rotation.team_id),
        by=by.actor,
        at=at,
        rotation=rotation.pk,
        version=version.number,
        people=[staff.pk for staff in people],
    )
    return version


@transaction.atomic
def end_rotation(rotation: Rotation, *, by: Staff, at: datetime, why: str) -> None:
    """Nobody has this duty from now on; who had it stays on record. Ending twice changes nothing."""
    permit_plan(by, rotation.team)
    if Rotation.objects.filter(pk=rotation.pk, ended_at=None).update(ended_at=at):
        announce(
            events.ROTATION_ENDED, subject=("team", rotation.team_id), by=by.actor, at=at, why=why, rotation=rotation.pk
        )


@transaction.atomic
def override(
    rotation: Rotation,
    *,
    staff: Staff,
    start: datetime,
    end: datetime,
    by: Staff,
    at: datetime,
    why: str = "",
    swap: DutySwap | None = None,
    uid: str = "",
) -> Override:
    """The colleague has the duty for this stretch. Taken by oneself, or given by those who plan.

    Raises Refused for anybody else, somebody who left or is not in the team, or a stretch of no length.
    """
    if swap is None and by.pk != staff.pk:
        permit_plan(by, rotation.team)
    if not Membership.objects.filter(team=rotation.team_id, staff=staff).exists():
        raise Refused("people.not_in_team", _("%(name)s is not in this team.") % {"name": staff.name})
    if not staff.active:
        raise Refused("people.has_left", _("%(name)s no longer works here.") % {"name": staff.name})
    if end <= start:
        raise Refused("people.no_length", _("The end stands before the beginning."))
    made = Override.objects.create(
        rotation=rotation, staff=staff, start=start, end=end, why=why[:300], swap=swap, uid=uid, made_at=at
    )
    announce(
        events.OVERRIDE_MADE,
        subject=("team", rotation.team_id),
        by=by.actor,
        at=at,
        why=why,
        override=made.pk,
        staff=staff.pk,
        start=start.isoformat(),
        end=end.isoformat(),
    )
    return made


@transaction.atomic
def withdraw_override(made: Override, *, by: Staff, at: datetime) -> None:
    """The turn is again whose it was. Raises Refused for one who neither has it nor plans the team's duty."""
    if by.pk != made.staff_id or made.swap_id is not None:
        permit_plan(by, made.rotation.team)
    if Override.objects.filter(pk=made.pk, withdrawn_at=None).update(withdrawn_at=at):
        announce(
            events.OVERRIDE_WITHDRAWN, subject=("team", made.rotation.team_id), by=by.actor, at=at, override=made.pk
        )


@transaction.atomic
def import_overrides(rotation: Rotation, *, text: str, by: Staff, at: datetime) -> tuple[int, list[ics.Fault]]:
    """Every event of an iCalendar file whose summary is a team member's name or address becomes an override.

    Returns how many are new or moved, and what was not taken; reading the same file again changes nothing.
    """
    permit_plan(by, rotation.team)
    version = rotation.versions.order_by("-number").first()
    entries, faults = ics.read(text, zone=version.zone if version else "UTC")
    people: dict[str, Staff] = {}
    for staff in Staff.objects.filter(membership__team=rotation.team, active=True).select_related("account"):
        people |= {staff.name.casefold(): staff, staff.account.email.casefold(): staff}
    known = {one.uid: one for one in Override.objects.filter(rotation=rotation, withdrawn_at=None).exclude(uid="")}
    taken = 0
    for entry in {entry.uid: entry for entry in entries}.values():
        found = people.get(entry.summary.casefold())
        old = known.get(entry.uid)
        if found is None:
            faults.append(ics.Fault(0, "unknown_person", entry.summary))
        elif old is None or (old.start, old.end, old.staff_id) != (entry.start, entry.end, found.pk):
            if old is not None:
                withdraw_override(old, by=by, at=at)
            override(rotation, staff=found, start=entry.start, end=entry.end, by=by, at=at, uid=entry.uid)
            taken += 1
    return taken, faults


def permit_plan(by: Staff, team: Team) -> None:
    """Raises Refused unless this colleague plans the duty of the team."""
    if not may_plan(by, team):
        raise Refused("people.may_not_plan", _("Only those who lead this team plan its duty."))
