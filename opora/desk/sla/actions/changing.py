"""Holding a promise and letting it go on, and giving it other terms. From the original start, with every pause carried."""

from datetime import datetime

from django.db import transaction

from opora.desk.kernel.actions import Actor
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.sla import events, rules, states
from opora.desk.sla.actions.judging import judge_until, lock, miss, tell
from opora.desk.sla.actions.turning import last_turn, turn
from opora.desk.sla.models import CalendarVersion, Clock, Turn
from opora.desk.sla.queries import calendar_of, ledger_of
from opora.desk.sla.rules import Layout, Terms, broken_from, lay_out_ledger


@transaction.atomic
def pause_clock(clock: Clock, *, why: str, by: Actor, at: datetime, words: str = "") -> Clock:
    """Hold the promise: from `at` on no time counts, for the reason `why` (a code of `rules.reasons`, or plain words).

    One held already only changes its reason. A missed one stays missed; its ledger tells of the hold all the same.
    """
    if not why:
        raise ValueError("a hold needs its reason")
    lock(clock)
    standing = last_turn(clock)
    if not clock.is_open or (not standing.counts and standing.why == why):
        return clock
    judge_until(clock, at)
    held = turn(clock, Turn.Act.PAUSED, counts=False, why=why, words=words, by=by, at=at, now=at)
    if clock.state == states.RUNNING:
        laid = lay_out_ledger(calendar_of(clock.calendar_version), clock.terms, ledger_of(clock))
        moments = _moments(clock, laid) | {"next_deadline_at": None}
        move(clock, to=states.PAUSED, table=states.MOVES, **moments)
    tell(clock, events.CLOCK_PAUSED, by=by, at=held.at, why=words, facts={"reason": why})
    return clock


@transaction.atomic
def resume_clock(clock: Clock, *, by: Actor, at: datetime, words: str = "") -> Clock:
    """Let a held promise go on: what was left of its target is laid out from `at`. One that runs stays as it is."""
    lock(clock)
    if not clock.is_open or last_turn(clock).counts:
        return clock
    row = turn(clock, Turn.Act.RESUMED, counts=True, words=words, by=by, at=at, now=at)
    if clock.state == states.PAUSED:
        laid = lay_out_ledger(calendar_of(clock.calendar_version), clock.terms, ledger_of(clock))
        move(clock, to=states.RUNNING, table=states.MOVES, **_moments(clock, laid))
    tell(clock, events.CLOCK_RESUMED, by=by, at=row.at, why=words)
    return clock


@transaction.atomic
def retarget_clock(clock: Clock, *, target_seconds: int, by: Actor, at: datetime, why: str) -> Clock:
    """Give a going promise another target, counted from the original start under the same calendar version, pauses kept.

    What was already missed, kept or cancelled stays as judged. A target that is already past breaks the promise
    now, with the one notice marked `by_change`.
    """
    lock(clock)
    judge_until(clock, at)
    if clock.state not in states.GOING or clock.target_seconds == target_seconds:
        return clock
    before: dict[str, object] = {"old_target": clock.target_seconds, "old_due": clock.due_at.isoformat()}
    terms = Terms(target_seconds, clock.warn_share, clock.warn_before)
    _lay_anew(clock, terms, clock.calendar_version, at)
    _note(clock, Turn.Act.RETARGETED, by, at, why)
    tell(clock, events.CLOCK_RETARGETED, by=by, at=at, why=why, facts=before)
    _judge_change(clock, at)
    return clock


@transaction.atomic
def repin_clock(
    clock: Clock, *, calendar_version: CalendarVersion, terms: Terms, by: Actor, at: datetime, why: str
) -> Clock:
    """Put a going promise under other terms and another calendar version, from its original start, pauses kept.

    The one way an edited contract or calendar reaches what is already promised: asked for by somebody, with a reason, and
    written down. What was missed, kept or cancelled stays as judged.
    """
    lock(clock)
    judge_until(clock, at)
    if clock.state not in states.GOING or (clock.calendar_version_id == calendar_version.pk and clock.terms == terms):
        return clock
    before: dict[str, object] = {
        "old_target": clock.target_seconds,
        "old_due": clock.due_at.isoformat(),
        "old_calendar_version": clock.calendar_version_id,
    }
    _lay_anew(clock, terms, calendar_version, at)
    _note(clock, Turn.Act.REPINNED, by, at, why)
    tell(clock, events.CLOCK_REPINNED, by=by, at=at, why=why, facts=before)
    _judge_change(clock, at)
    return clock


def _lay_anew(clock: Clock, terms: Terms, version: CalendarVersion, at: datetime) -> None:
    laid = lay_out_ledger(calendar_of(version), terms, ledger_of(clock))
    clock.warned_at = clock.warned_at if laid.warn_at is not None and laid.warn_at <= at else None
    moments = _moments(clock, laid)
    if clock.state == states.PAUSED:
        moments["next_deadline_at"] = None
    compare_and_set(
        clock,
        {"state": clock.state, "target_seconds": clock.target_seconds},
        calendar_version=version,
        target_seconds=terms.target_seconds,
        warn_share=terms.warn_share,
        warn_before=terms.warn_before,
        warned_at=clock.warned_at,
        **moments,
    )


def _moments(clock: Clock, laid: Layout) -> dict[str, datetime | None]:
    ahead = laid.warn_at if clock.warned_at is None else None
    return {"warn_at": laid.warn_at, "due_at": laid.due_at, "next_deadline_at": ahead or broken_from(laid.due_at)}


def _note(clock: Clock, act: str, by: Actor, at: datetime, words: str) -> None:
    standing = last_turn(clock)
    turn(clock, act, counts=standing.counts, why=standing.why, words=words, by=by, at=at, now=at)


def _judge_change(clock: Clock, at: datetime) -> None:
    """Other terms may break a promise at once, even one on hold: when its time was used up before the hold."""
    judge_until(clock, at, by_change=True)
    if clock.state == states.PAUSED and _broken_before_hold(clock):
        miss(clock, by_change=True)


def _broken_before_hold(clock: Clock) -> bool:
    ledger: list[rules.Turn] = ledger_of(clock)
    return lay_out_ledger(calendar_of(clock.calendar_version), clock.terms, ledger).broken_from is not None
