"""When a colleague works, is away, and what they are good at."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.people import events
from opora.desk.people.models import Absence, Membership, Staff
from opora.desk.people.parsing import ics
from opora.desk.people.policies import may
from opora.desk.people.rules import Faulty, read_week


@transaction.atomic
def change_hours(staff: Staff, *, week: Mapping[str, Sequence[str]], by: Actor, at: datetime) -> None:
    """Other working hours from now on, in the colleague's own zone. Raises Refused, naming the hours at fault."""
    try:
        read_week(week)
    except Faulty as fault:
        raise Refused(
            "people.bad_hours", _("“%(part)s” is not a stretch of hours like 09:00-18:00.") % {"part": fault}
        ) from fault
    old, staff.week = staff.week, {day: list(spans) for day, spans in week.items() if spans}
    staff.save(update_fields=["week"])
    announce(events.HOURS_CHANGED, subject=("staff", staff.pk), by=by, at=at, old=old, new=staff.week)


@transaction.atomic
def change_skills(staff: Staff, *, skills: Sequence[str], by: Actor, at: datetime) -> None:
    """What the colleague is good at, as words that rules can ask for: `linux`, `postgresql`, `1c`."""
    clean = sorted(
        {word for one in skills if (word := re.sub(r"[^\w.+#-]+", "-", one.strip().lower()).strip("-")[:40])}
    )
    old, staff.skills = list(staff.skills), clean
    staff.save(update_fields=["skills"])
    announce(events.SKILLS_CHANGED, subject=("staff", staff.pk), by=by, at=at, old=old, new=clean)


@transaction.atomic
def note_absence(
    staff: Staff, *, kind: str, start: datetime, end: datetime, by: Staff, at: datetime, why: str = "", uid: str = ""
) -> Absence:
    """The colleague is away. One's own, or noted by a lead. Raises Refused for anybody else, or a stretch of no length."""
    permit_for(staff, by)
    if end <= start:
        raise Refused("people.no_length", _("The end stands before the beginning."))
    absence = Absence.objects.create(staff=staff, kind=kind, start=start, end=end, why=why[:300], uid=uid, made_at=at)
    announce(
        events.ABSENCE_NOTED,
        subject=("staff", staff.pk),
        by=by.actor,
        at=at,
        why=why,
        absence=absence.pk,
        start=start.isoformat(),
        end=end.isoformat(),
    )
    return absence


@transaction.atomic
def withdraw_absence(absence: Absence, *, by: Staff, at: datetime) -> None:
    """The colleague is here after all. Withdrawing twice changes nothing."""
    permit_for(absence.staff, by)
    if Absence.objects.filter(pk=absence.pk, withdrawn_at=None).update(withdrawn_at=at):
        announce(events.ABSENCE_WITHDRAWN, subject=("staff", absence.staff_id), by=by.actor, at=at, absence=absence.pk)


@transaction.atomic
def import_absences(staff: Staff, *, text: str, by: Staff, at: datetime) -> tuple[int, list[ics.Fault]]:
    """Note every event of an iCalendar file as an absence; returns how many are new or moved, and what was not taken.

    Reading the same file again changes nothing; an event that moved moves its absence.
    """
    permit_for(staff, by)
    entries, faults = ics.read(text, zone=staff.zone)
    known = {one.uid: one for one in Absence.objects.filter(staff=staff, withdrawn_at=None).exclude(uid="")}
    taken = 0
    for entry in {entry.uid: entry for entry in entries}.values():
        old = known.get(entry.uid)
        if old is not None and (old.start, old.end) == (entry.start, entry.end):
            continue
        if old is not None:
            withdraw_absence(old, by=by, at=at)
        note_absence(
            staff, kind=Absence.Kind.OTHER, start=entry.start, end=entry.end, by=by, at=at, why=entry.summary,
            uid=entry.uid,
        )  # fmt: skip
        taken += 1
    return taken, faults


def permit_for(staff: Staff, by: Staff) -> None:
    """Raises Refused unless it is one's own affair, or one leads a team of the colleague, or the support."""
    if by.pk == staff.pk or may(by, "duty:plan"):
        return
    led = Membership.objects.filter(staff=by, lead=True).values("team")
    if not (by.active and Membership.objects.filter(staff=staff, team__in=led).exists()):
        raise Refused("people.not_yours", _("Only the colleague and their lead can do this."))
