"""Starting and ending promises. Each verb locks its clock, judges by the moment it was given, and announces once.

All may run twice: what is already so stays so, without a second event.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import SYSTEM, Actor, Happening, announce, announce_all
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.sla import events, states
from opora.desk.sla.models import CalendarVersion, Clock
from opora.desk.sla.queries import calendar_of
from opora.desk.sla.rules import Terms, broken_from, is_kept, lay_out


def start_clock(
    *,
    promise: str,
    about: tuple[str, int],
    calendar_version: CalendarVersion,
    target_seconds: int,
    by: Actor,
    at: datetime,
    warn_share: int | None = None,
    warn_before: int | None = None,
    started_at: datetime | None = None,
) -> Clock:
    """Start the clock of a promise and return it; it counts from `started_at` (for a late entry), else from `at`.

    `target_seconds` and `warn_before` are working time, `warn_share` is whole percent of the target; give one or none.
    Raise `Refused` when this promise already runs, `NoWorkingTime` when the calendar can never fulfil it.
    """
    terms = Terms(target_seconds, warn_share, warn_before)
    clock = wind_up(promise=promise, about=about, calendar_version=calendar_version, terms=terms, at=started_at or at)
    try:
        with transaction.atomic():
            clock.save(force_insert=True)
            tell(clock, events.CLOCK_STARTED, by=by, at=at)
    except IntegrityError as error:
        if "clock_open_once" not in str(error):
            raise
        raise Refused("sla.already_promised", _("This promise is already running; end it first.")) from error
    return clock


def wind_up(
    *, promise: str, about: tuple[str, int], calendar_version: CalendarVersion, terms: Terms, at: datetime
) -> Clock:
    """Return the clock as it would start at the moment; nothing is written. Raise `NoWorkingTime`."""
    warn_at, due_at = lay_out(calendar_of(calendar_version), terms, at)
    return Clock(
        promise=promise,
        about_kind=about[0],
        about_id=about[1],
        calendar_version=calendar_version,
        target_seconds=terms.target_seconds,
        warn_share=terms.warn_share,
        warn_before=terms.warn_before,
        started_at=at,
        warn_at=warn_at,
        due_at=due_at,
        next_deadline_at=warn_at or broken_from(due_at),
    )


@transaction.atomic
def start_clocks(clocks: Sequence[Clock], *, by: Mapping[int, Actor]) -> None:
    """Start clocks that were wound up for things made a moment ago, all together; `by` is who, by the thing's id.

    Raise IntegrityError when one of the promises runs already.
    """
    Clock.objects.bulk_create(clocks)
    happenings = [Happening(clock.about, clock.started_at, facts_of(clock), by[clock.about_id]) for clock in clocks]
    announce_all(events.CLOCK_STARTED, happenings, by=SYSTEM)


@transaction.atomic
def stop_clock(clock: Clock, *, by: Actor, at: datetime) -> Clock:
    """Note the answer at `at` and judge: kept up to the end of the due second, missed from then on (at the due moment).

    An answer given in time but written down after the sweep had judged makes the promise kept, and says `corrects`.
    """
    lock(clock)
    if not clock.is_open:
        return clock
    answered = max(at, clock.started_at)
    if is_kept(clock.due_at, answered):
        corrects: dict[str, object] = {"corrects": True} if clock.state == states.MISSED else {}
        move(clock, to=states.KEPT, table=states.MOVES, stopped_at=answered, missed_at=None, next_deadline_at=None)
        tell(clock, events.CLOCK_KEPT, by=by, at=answered, facts=corrects)
        return clock
    if clock.state == states.RUNNING:
        miss(clock)
    compare_and_set(clock, {"stopped_at": None}, stopped_at=answered)
    tell(clock, events.CLOCK_STOPPED_LATE, by=by, at=answered)
    return clock


@transaction.atomic
def cancel_clock(clock: Clock, *, by: Actor, at: datetime, why: str = "") -> Clock:
    """End the promise because nobody waits for it any more (merged, withdrawn); a breach that happened stays one."""
    lock(clock)
    if not clock.is_open:
        return clock
    _judge_until(clock, at)
    if clock.state == states.RUNNING:
        move(clock, to=states.CANCELLED, table=states.MOVES, cancelled_at=at, next_deadline_at=None)
    else:
        compare_and_set(clock, {"cancelled_at": None}, cancelled_at=at)
    tell(clock, events.CLOCK_CANCELLED, by=by, at=at, why=why)
    return clock


def restart_clock(clock: Clock, *, by: Actor, at: datetime) -> Clock:
    """Return the clock that goes on for a cancelled one: same pinned terms, counted from the original start.

    A missed one is itself taken up again, so that one promise is never missed twice. Raise `Refused` when not
    cancelled.
    """
    with transaction.atomic():
        lock(clock)
        if clock.cancelled_at is None:
            raise Refused("sla.not_cancelled", _("Only a cancelled promise can be taken up again."))
        if clock.state == states.MISSED:
            compare_and_set(clock, {"cancelled_at": clock.cancelled_at}, cancelled_at=None)
            tell(clock, events.CLOCK_STARTED, by=by, at=at, facts={"restarts": clock.pk})
            return clock
    return start_clock(
        promise=clock.promise,
        about=clock.about,
        calendar_version=clock.calendar_version,
        target_seconds=clock.target_seconds,
        warn_share=clock.warn_share,
        warn_before=clock.warn_before,
        started_at=clock.started_at,
        by=by,
        at=at,
    )


@transaction.atomic
def retarget_clock(clock: Clock, *, target_seconds: int, by: Actor, at: datetime, why: str) -> Clock:
    """Give a running promise another target, counted from the original start under the same calendar version.

    What was already missed, kept or cancelled stays as judged. A target that is already past breaks the promise
    now, with the one notice marked `by_change`.
    """
    lock(clock)
    _judge_until(clock, at)
    if clock.state != states.RUNNING or clock.target_seconds == target_seconds:
        return clock
    before: dict[str, object] = {"old_target": clock.target_seconds, "old_due": clock.due_at.isoformat()}
    terms = Terms(target_seconds, clock.warn_share, clock.warn_before)
    warn_at, due_at = lay_out(calendar_of(clock.calendar_version), terms, clock.started_at)
    warned_at = clock.warned_at if warn_at is not None and warn_at <= at else None
    watch = broken_from(due_at) if warn_at is None or warned_at is not None else warn_at
    compare_and_set(
        clock,
        {"state": states.RUNNING, "target_seconds": clock.target_seconds},
        target_seconds=target_seconds,
        warn_at=warn_at,
        due_at=due_at,
        warned_at=warned_at,
        next_deadline_at=watch,
    )
    tell(clock, events.CLOCK_RETARGETED, by=by, at=at, why=why, facts=before)
    _judge_until(clock, at, by_change=True)
    return clock


def lock(clock: Clock) -> None:
    """Hold the clock's row until the transaction ends, and bring the one in hand up to date."""
    clock.refresh_from_db(from_queryset=Clock.objects.select_for_update())


def miss(clock: Clock, *, by_change: bool = False) -> None:
    """Judge a running clock missed, at its due moment whenever that is noticed."""
    move(clock, to=states.MISSED, table=states.MOVES, missed_at=clock.due_at, next_deadline_at=None)
    facts: dict[str, object] = {"by_change": True} if by_change else {}
    tell(clock, events.CLOCK_MISSED, by=SYSTEM, at=clock.due_at, facts=facts)


def tell(
    clock: Clock,
    name: str,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    facts: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Announce something of the clock, with the facts every clock event carries and some of its own."""
    announce(name, subject=clock.about, by=by, at=at, why=why, **facts_of(clock), **facts)


def facts_of(clock: Clock) -> dict[str, object]:
    """Return the facts every event of this clock carries."""
    facts: dict[str, object] = {
        "clock": clock.pk,
        "promise": clock.promise,
        "target": clock.target_seconds,
        "started": clock.started_at.isoformat(),
        "due": clock.due_at.isoformat(),
        "calendar_version": clock.calendar_version_id,
    }
    if clock.stopped_at is not None:
        facts["stopped"] = clock.stopped_at.isoformat()
    return facts


def _judge_until(clock: Clock, at: datetime, *, by_change: bool = False) -> None:
    if clock.state == states.RUNNING and at >= broken_from(clock.due_at):
        miss(clock, by_change=by_change)
