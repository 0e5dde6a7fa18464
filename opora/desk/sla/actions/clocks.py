"""Starting and ending promises. Each verb locks its clock, judges by the moment it was given, and announces once.

All may run twice: what is already so stays so, without a second event. Each writes its line into the clock's ledger.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import SYSTEM, Actor, Happening, announce_all
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.sla import events, rules, states
from opora.desk.sla.actions.judging import facts_of, judge_until, lock, miss, tell
from opora.desk.sla.actions.turning import begin_ledgers, turn
from opora.desk.sla.models import CalendarVersion, Clock, Turn
from opora.desk.sla.queries import calendar_of, ledger_of
from opora.desk.sla.rules import Terms, broken_from, is_kept, lay_out_ledger
from opora.desk.sla.rules.reasons import ANSWERED, CANCELLED


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
    turns: Sequence[rules.Turn] = (),
) -> Clock:
    """Start the clock of a promise about anything and return it; it counts from `started_at` (late entry), else from `at`.

    `target_seconds` and `warn_before` are working time, `warn_share` is whole percent of the target; give one or none.
    `turns` is its ledger so far, for one that begins on hold or carries earlier pauses; the first is its start. A late
    one that is broken already is missed at once, with the one notice marked `by_change`. Raise `Refused` when this
    promise already runs, `NoWorkingTime` when the calendar can never fulfil it.
    """
    terms = Terms(target_seconds, warn_share, warn_before)
    ledger = list(turns) or [rules.Turn(started_at or at)]
    clock = wind_up(promise=promise, about=about, calendar_version=calendar_version, terms=terms, turns=ledger)
    try:
        with transaction.atomic():
            clock.save(force_insert=True)
            begin_ledgers([(clock, ledger)], by={about: by}, at=at)
            tell(clock, events.CLOCK_STARTED, by=by, at=at)
            if ledger[0].at < at:
                _catch_up(clock, ledger, at)
    except IntegrityError as error:
        if "clock_open_once" not in str(error):
            raise
        raise Refused("sla.already_promised", _("This promise is already running; end it first.")) from error
    return clock


def wind_up(
    *,
    promise: str,
    about: tuple[str, int],
    calendar_version: CalendarVersion,
    terms: Terms,
    turns: Sequence[rules.Turn],
) -> Clock:
    """Return the clock with this ledger; nothing is written. Raise `NoWorkingTime`."""
    laid = lay_out_ledger(calendar_of(calendar_version), terms, turns)
    return Clock(
        promise=promise,
        about_kind=about[0],
        about_id=about[1],
        calendar_version=calendar_version,
        target_seconds=terms.target_seconds,
        warn_share=terms.warn_share,
        warn_before=terms.warn_before,
        state=states.RUNNING if laid.broken_from else states.PAUSED,
        started_at=turns[0].at,
        warn_at=laid.warn_at,
        due_at=laid.due_at,
        next_deadline_at=(laid.warn_at or laid.broken_from) if laid.broken_from else None,
    )


@transaction.atomic
def start_clocks(
    wound_up: Sequence[tuple[Clock, Sequence[rules.Turn]]], *, by: Mapping[tuple[str, int], Actor]
) -> None:
    """Start clocks that were wound up with their ledgers for things made a moment ago, all together.

    `by` is who, by the thing. Raise IntegrityError when one of the promises runs already.
    """
    clocks = [clock for clock, _turns in wound_up]
    Clock.objects.bulk_create(clocks)
    begin_ledgers(wound_up, by=by, at=None)
    happenings = [Happening(clock.about, clock.started_at, facts_of(clock), by[clock.about]) for clock in clocks]
    announce_all(events.CLOCK_STARTED, happenings, by=SYSTEM)


@transaction.atomic
def stop_clock(clock: Clock, *, by: Actor, at: datetime, why: str = ANSWERED) -> Clock:
    """Note the answer at `at` and judge: kept up to the end of the due second, missed from then on (at the due moment).

    One on hold is kept, for held time breaks nothing. An answer given in time but written down after the sweep had
    judged makes the promise kept, and says `corrects`.
    """
    lock(clock)
    if not clock.is_open:
        return clock
    answered = max(at, clock.started_at)
    if clock.state == states.PAUSED:
        clock.due_at = _due_if_it_went_on(clock, answered)
    turn(clock, Turn.Act.STOPPED, counts=False, why=why, by=by, at=answered, now=at)
    if clock.state == states.PAUSED or is_kept(clock.due_at, answered):
        corrects: dict[str, object] = {"corrects": True} if clock.state == states.MISSED else {}
        judged = {"due_at": clock.due_at, "missed_at": None, "next_deadline_at": None}
        move(clock, to=states.KEPT, table=states.MOVES, stopped_at=answered, **judged)
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
    judge_until(clock, at)
    turn(clock, Turn.Act.CANCELLED, counts=False, why=CANCELLED, words=why, by=by, at=at, now=at)
    if clock.state in states.GOING:
        move(clock, to=states.CANCELLED, table=states.MOVES, cancelled_at=at, next_deadline_at=None)
    else:
        compare_and_set(clock, {"cancelled_at": None}, cancelled_at=at)
    tell(clock, events.CLOCK_CANCELLED, by=by, at=at, why=why)
    return clock


def restart_clock(clock: Clock, *, by: Actor, at: datetime) -> Clock:
    """Return the clock that goes on for a cancelled one: same pinned terms, counted from the original start, pauses kept.

    A missed one is itself taken up again, so that one promise is never missed twice. Raise `Refused` when not
    cancelled.
    """
    with transaction.atomic():
        lock(clock)
        if clock.cancelled_at is None:
            raise Refused("sla.not_cancelled", _("Only a cancelled promise can be taken up again."))
        before = [row for row in ledger_of(clock) if row.why != CANCELLED]
        if clock.state == states.MISSED:
            compare_and_set(clock, {"cancelled_at": clock.cancelled_at}, cancelled_at=None)
            held = before[-1]
            turn(clock, Turn.Act.REOPENED, counts=held.counts, why=held.why, by=by, at=at, now=at)
            tell(clock, events.CLOCK_STARTED, by=by, at=at, facts={"restarts": clock.pk})
            return clock
    return start_clock(
        promise=clock.promise,
        about=clock.about,
        calendar_version=clock.calendar_version,
        target_seconds=clock.target_seconds,
        warn_share=clock.warn_share,
        warn_before=clock.warn_before,
        turns=before,
        by=by,
        at=at,
    )


@transaction.atomic
def reopen_clock(clock: Clock, *, by: Actor, at: datetime, why: str = "") -> Clock:
    """Take an answered promise up again: what was answered came back. The time between is not counted.

    One that was missed stays missed, and waits for its answer again. What is open already stays as it is; raise `Refused`
    for a cancelled one.
    """
    lock(clock)
    if clock.is_open:
        return clock
    if clock.stopped_at is None:
        raise Refused("sla.not_answered", _("Only an answered promise can be owed again."))
    turn(clock, Turn.Act.REOPENED, counts=True, words=why, by=by, at=at, now=at)
    if clock.state == states.KEPT:
        laid = lay_out_ledger(calendar_of(clock.calendar_version), clock.terms, ledger_of(clock))
        ahead = laid.warn_at if clock.warned_at is None else None
        watch = ahead or broken_from(laid.due_at)
        moments = {"due_at": laid.due_at, "warn_at": laid.warn_at, "next_deadline_at": watch}
        move(clock, to=states.RUNNING, table=states.MOVES, stopped_at=None, **moments)
    else:
        compare_and_set(clock, {"stopped_at": clock.stopped_at}, stopped_at=None)
    tell(clock, events.CLOCK_REOPENED, by=by, at=at, why=why)
    return clock


def _due_if_it_went_on(clock: Clock, at: datetime) -> datetime:
    """What is answered while it is held would have been due so much later: its due moment never stands before its answer."""
    ledger = ledger_of(clock)
    ledger.append(rules.Turn(max(at, ledger[-1].at)))
    return lay_out_ledger(calendar_of(clock.calendar_version), clock.terms, ledger).due_at


def _catch_up(clock: Clock, ledger: Sequence[rules.Turn], at: datetime) -> None:
    """A late entry is judged as it would have been: held now, but broken before the hold; or broken by now."""
    judge_until(clock, at, by_change=True)
    if clock.state == states.RUNNING and not ledger[-1].counts:
        miss(clock, by_change=True)
