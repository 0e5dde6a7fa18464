"""Replaying what happened to a request: from its events to its clocks, in memory, by the rules the desk itself goes by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.course import (
    PHONE,
    Agreement,
    Going,
    Standing,
    Step,
    Verb,
    What,
    after,
    decide,
    ledger_since,
)
from opora.desk.sla.rules.ledger import Turn, lay_out_ledger, worked_seconds
from opora.desk.sla.rules.promises import Terms, is_kept
from opora.desk.sla.rules.reasons import CANCELLED
from opora.desk.sla.rules.splitting import Interval, split_ledger


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a request. The terms stand in a change of contract; they reach the clocks only when `repin` says so."""

    at: datetime
    what: What
    priority: str = ""
    channel: str = ""
    agreement: Agreement | None = None
    calendar: Calendar | None = None
    repin: bool = False


@dataclass(slots=True)
class Replayed:
    """One clock as it came out; `stopped` is when it was answered, or when nobody waited for it any more."""

    promise: str
    target: int
    calendar: Calendar
    turns: list[Turn]
    state: str = "running"
    due: datetime = field(init=False)
    missed: bool = False
    stopped: datetime | None = None
    cancelled: bool = False

    def __post_init__(self) -> None:
        self.lay_out()

    @property
    def started(self) -> datetime:
        return self.turns[0].at

    @property
    def held(self) -> str:
        """Return why the time is held now, or nothing."""
        return "" if self.turns[-1].counts else self.turns[-1].why

    def lay_out(self, turns: Sequence[Turn] = ()) -> None:
        """Reckon the due moment anew; a missed one keeps the moment that was missed."""
        if not self.missed:
            self.due = lay_out_ledger(self.calendar, Terms(self.target), turns or self.turns).due_at

    def judge(self, at: datetime) -> None:
        """Miss it when its due second had ended by then; what is held cannot break."""
        if not self.missed:
            broken = lay_out_ledger(self.calendar, Terms(self.target), self.turns).broken_from
            self.missed = broken is not None and at >= broken

    def turn(self, at: datetime, why: str = "") -> None:
        """From now on the time is held for this reason, or counts."""
        self.judge(at)
        self.turns.append(Turn(at, not why, why))
        self.lay_out()

    def stop(self, at: datetime, why: str) -> None:
        """Note the answer and judge."""
        if self.held:
            self.lay_out([*self.turns, Turn(at)])
        self.missed = self.missed or not (self.held or is_kept(self.due, at))
        self.turns.append(Turn(at, False, why))
        self.stopped = at

    def as_facts(self, until: datetime) -> dict[str, Any]:
        """Return the clock for JSON, moments in its calendar's zone."""
        end = self.stopped or until
        intervals = split_ledger(self.calendar, self.turns, end)
        return {
            "promise": self.promise,
            "started": _said(self.started, self.calendar),
            "due": _said(self.due, self.calendar),
            "state": self.state,
            "stopped": _said(self.stopped, self.calendar) if self.stopped else None,
            "working_seconds": worked_seconds(self.calendar, self.turns, end),
            "intervals": [_interval(interval, self.calendar) for interval in intervals],
        }


def replay(calendar: Calendar, agreement: Agreement, events: Sequence[Happened], until: datetime) -> list[Replayed]:
    """Return every clock there was, in the order in which they started, as they stand at `until`.

    The events must be in order of time, the first of them `opened`. A clock that ended where it began is left out. Raise
    `NoWorkingTime` or `OutOfReach` when the calendar cannot fulfil a promise.
    """
    run = _Run(calendar, agreement)
    for event in events:
        run.take(event)
    return run.ended(until)


class _Run:
    """The clocks of one request on their way through its events."""

    def __init__(self, calendar: Calendar, agreement: Agreement) -> None:
        self.calendar, self.agreement = calendar, agreement
        self.clocks: list[Replayed] = []
        self.history: list[tuple[datetime, Standing]] = []

    def take(self, event: Happened) -> None:
        what = event.what
        if what is What.OPENED:
            now = Standing(event.priority, event.at, held=event.channel == PHONE)
        else:
            now = after(what, self.history[-1][1], event.at, priority=event.priority)
        if event.repin:
            what = What.REPINNED
            self._repin(event)
        self.history.append((event.at, now))
        going = {clock.promise: Going(clock.target, clock.held) for clock in self._open()}
        for step in decide(what, now, self.agreement, going, self._answered(), event.at):
            self._step(step, event.at)

    def ended(self, until: datetime) -> list[Replayed]:
        """Judge what still runs, name each state, and leave out what ended where it began."""
        for clock in self._open():
            clock.judge(until)
            if clock.held:
                clock.lay_out([*clock.turns, Turn(until)])
        for clock in self.clocks:
            clock.state = _state(clock)
        return [clock for clock in self.clocks if not (clock.cancelled and clock.stopped == clock.started)]

    def _repin(self, event: Happened) -> None:
        self.agreement = event.agreement or self.agreement
        self.calendar = event.calendar or self.calendar
        for clock in self._open():
            clock.judge(event.at)
            if not clock.missed:
                clock.calendar = self.calendar
                clock.lay_out()

    def _step(self, step: Step, at: datetime) -> None:
        match step.verb:
            case Verb.START:
                turns = ledger_since(step.since or at, step.promise, self.agreement, self.history)
                self.clocks.append(Replayed(step.promise, step.target, self.calendar, turns))
            case Verb.STOP:
                self._one(step.promise).stop(at, step.why)
            case Verb.CANCEL:
                clock = self._one(step.promise)
                clock.judge(at)
                clock.turns.append(Turn(at, False, CANCELLED))
                clock.stopped, clock.cancelled = at, True
            case Verb.HOLD:
                self._one(step.promise).turn(at, step.why)
            case Verb.GO_ON:
                self._one(step.promise).turn(at)
            case Verb.RETARGET:
                clock = self._one(step.promise)
                clock.judge(at)
                if not clock.missed:
                    clock.target = step.target
                    clock.lay_out()
            case Verb.REOPEN:
                clock = next(clock for clock in reversed(self.clocks) if clock.promise == step.promise)
                clock.stopped = None
                clock.turn(at)
            case _:
                assert_never(step.verb)

    def _open(self) -> list[Replayed]:
        return [clock for clock in self.clocks if clock.stopped is None]

    def _one(self, promise: str) -> Replayed:
        return next(clock for clock in self._open() if clock.promise == promise)

    def _answered(self) -> set[str]:
        """The promises whose last clock was answered, not withdrawn."""
        last = {clock.promise: clock for clock in self.clocks}
        return {promise for promise, clock in last.items() if clock.stopped is not None and not clock.cancelled}


def _state(clock: Replayed) -> str:
    if clock.missed:
        return "missed"
    if clock.stopped is not None:
        return "kept"
    return "paused" if clock.held else "running"


def _interval(interval: Interval, calendar: Calendar) -> dict[str, Any]:
    return {
        "from": _said(interval.start, calendar),
        "to": _said(interval.end, calendar),
        "counts": interval.counts,
        "why": interval.in_english,
    }


def _said(moment: datetime, calendar: Calendar) -> str:
    return moment.astimezone(calendar.tz).isoformat()
