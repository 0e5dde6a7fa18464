"""What happens to a request's promises when something happens to the request: one set of rules for the desk and for replay.

`decide` is asked with what is known before, and answers with what is known after and the steps to take on the clocks. The
desk takes the steps on its rows, a replay on clocks in memory; neither decides anything itself. docs/sla.md tells the same
in words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from opora.desk.sla.rules.ledger import Turn
from opora.desk.sla.rules.reasons import (
    ANSWERED,
    CLOSED,
    CONFIRMATION,
    RESOLVED,
    WAITING_ON_CUSTOMER,
    WAITING_ON_VENDOR,
)

FIRST_REPLY, NEXT_UPDATE, RESOLUTION = "first_reply", "next_update", "resolution"
COURSE = (FIRST_REPLY, NEXT_UPDATE, RESOLUTION)
PHONE = "phone"


class What(StrEnum):
    """What can happen to a request, as it stands in a replay file."""

    OPENED = "opened"
    CUSTOMER_WROTE = "customer_wrote"
    AGENT_REPLIED = "agent_replied"
    AUTOMATIC_REPLY = "automatic_reply"
    INTERNAL_NOTE = "internal_note"
    WAITING_ON_CUSTOMER = WAITING_ON_CUSTOMER
    WAITING_ON_VENDOR = WAITING_ON_VENDOR
    RESUMED = "resumed"
    PRIORITY_CHANGED = "priority_changed"
    LINE_CHANGED = "line_changed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    MERGED = "merged"
    SPLIT = "split"
    CONTRACT_CHANGED = "contract_changed"
    CONTRACT_ENDED = "contract_ended"
    REPINNED = "repinned"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was promised, per promise and priority in working seconds, and in which waits each promise's time is held."""

    targets: Mapping[str, Mapping[str, int]]
    pauses: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def target(self, promise: str, priority: str) -> int | None:
        """Return the working seconds, or None where nothing is promised: then there is no clock."""
        return self.targets.get(promise, {}).get(priority)


@dataclass(frozen=True, slots=True)
class Standing:
    """What must be known of a request: `phase` is open, resolved or ended; `held` while a call awaits its confirmation."""

    priority: str
    opened_at: datetime
    phase: str = "open"
    waiting: str = ""
    held: bool = False
    answered_at: datetime | None = None

    def holds(self, promise: str, agreement: Agreement) -> str:
        """Return why this promise's time does not count now, or nothing. The first reply waits for a confirmation only."""
        if self.held:
            return CONFIRMATION
        return self.waiting if self.waiting in agreement.pauses.get(promise, frozenset()) else ""


class Verb(StrEnum):
    """A step on the clock of a promise."""

    START = "start"
    STOP = "stop"
    CANCEL = "cancel"
    HOLD = "hold"
    GO_ON = "go_on"
    RETARGET = "retarget"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: which promise, and what the verb needs (the target, the moment it counts from, the reason)."""

    verb: Verb
    promise: str
    target: int = 0
    since: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Going:
    """A clock that waits for its answer: by which target, and why its time is held, if it is."""

    target: int
    held: str = ""


def after(what: What, standing: Standing, at: datetime, *, priority: str = "") -> Standing:
    """Return what is known of the request once this has happened."""
    match what:
        case What.AGENT_REPLIED:
            return replace(standing, answered_at=at)
        case What.CUSTOMER_WROTE:
            return replace(standing, waiting="" if standing.waiting == WAITING_ON_CUSTOMER else standing.waiting)
        case What.WAITING_ON_CUSTOMER | What.WAITING_ON_VENDOR:
            return replace(standing, waiting=what.value)
        case What.RESUMED:
            return replace(standing, waiting="")
        case What.CONFIRMED:
            return replace(standing, held=False)
        case What.PRIORITY_CHANGED:
            return replace(standing, priority=priority)
        case What.RESOLVED:
            return replace(standing, phase="resolved", waiting="")
        case What.REOPENED:
            return replace(standing, phase="open", waiting="")
        case What.CLOSED | What.MERGED:
            return replace(standing, phase="ended", waiting="")
    return standing


def decide(
    what: What, now: Standing, agreement: Agreement, going: Mapping[str, Going], answered: Iterable[str], at: datetime
) -> list[Step]:
    """Return the steps on the clocks after this happened; `now` is the standing after it.

    `going` are the clocks that wait for their answer, `answered` the promises whose last clock was answered.
    """
    steps = [*_turning_points(what, now, agreement, going, frozenset(answered), at)]
    gone = {step.promise for step in steps if step.verb in (Verb.STOP, Verb.CANCEL)}
    for promise, clock in going.items():
        wanted = now.holds(promise, agreement)
        if promise not in gone and wanted != clock.held:
            steps.append(Step(Verb.HOLD, promise, why=wanted) if wanted else Step(Verb.GO_ON, promise))
    return steps


def _turning_points(
    what: What, now: Standing, agreement: Agreement, going: Mapping[str, Going], answered: frozenset[str], at: datetime
) -> Iterable[Step]:
    match what:
        case What.OPENED:
            yield from _missing(now, agreement, going, answered)
        case What.AGENT_REPLIED:
            yield from (
                Step(Verb.STOP, promise, why=ANSWERED) for promise in (FIRST_REPLY, NEXT_UPDATE) if promise in going
            )
            target = agreement.target(NEXT_UPDATE, now.priority)
            if target and now.phase == "open":
                yield Step(Verb.START, NEXT_UPDATE, target, at)
        case What.RESOLVED:
            yield from (Step(Verb.STOP, RESOLUTION, why=RESOLVED) for promise in going if promise == RESOLUTION)
            yield from (Step(Verb.CANCEL, NEXT_UPDATE, why=RESOLVED) for promise in going if promise == NEXT_UPDATE)
        case What.REOPENED:
            yield from _reopening(now, agreement, going, answered, at)
        case What.CLOSED:
            yield from (Step(Verb.STOP, RESOLUTION, why=CLOSED) for promise in going if promise == RESOLUTION)
            yield from (Step(Verb.CANCEL, promise, why=CLOSED) for promise in going if promise != RESOLUTION)
        case What.MERGED:
            yield from (Step(Verb.CANCEL, promise, why=what.value) for promise in going)
        case What.PRIORITY_CHANGED | What.REPINNED:
            yield from _other_targets(now, agreement, going)
            yield from _missing(now, agreement, going, answered)


def _reopening(
    now: Standing, agreement: Agreement, going: Mapping[str, Going], answered: frozenset[str], at: datetime
) -> Iterable[Step]:
    target = agreement.target(RESOLUTION, now.priority)
    if RESOLUTION in answered:
        yield Step(Verb.REOPEN, RESOLUTION)
        yield Step(Verb.RETARGET, RESOLUTION, target) if target else Step(Verb.CANCEL, RESOLUTION)
        why = now.holds(RESOLUTION, agreement)
        if target and why:
            yield Step(Verb.HOLD, RESOLUTION, why=why)
    elif target and RESOLUTION not in going:
        yield Step(Verb.START, RESOLUTION, target, now.opened_at)
    word = agreement.target(NEXT_UPDATE, now.priority)
    if word and NEXT_UPDATE not in going and FIRST_REPLY not in going:
        yield Step(Verb.START, NEXT_UPDATE, word, at)


def _other_targets(now: Standing, agreement: Agreement, going: Mapping[str, Going]) -> Iterable[Step]:
    for promise in going:
        target = agreement.target(promise, now.priority)
        yield Step(Verb.RETARGET, promise, target) if target else Step(Verb.CANCEL, promise)


def _missing(
    now: Standing, agreement: Agreement, going: Mapping[str, Going], answered: frozenset[str]
) -> Iterable[Step]:
    """The clocks that are owed and do not stand yet; they count from where they would have begun."""
    first, word, whole = (agreement.target(promise, now.priority) for promise in COURSE)
    if now.phase != "open":
        return
    if first and FIRST_REPLY not in going and now.answered_at is None:
        yield Step(Verb.START, FIRST_REPLY, first, now.opened_at)
    unanswered = now.answered_at is None and (first or FIRST_REPLY in going)
    if word and NEXT_UPDATE not in going and not unanswered:
        yield Step(Verb.START, NEXT_UPDATE, word, now.answered_at or now.opened_at)
    if whole and RESOLUTION not in going and RESOLUTION not in answered:
        yield Step(Verb.START, RESOLUTION, whole, now.opened_at)


def ledger_since(
    since: datetime, promise: str, agreement: Agreement, history: Sequence[tuple[datetime, Standing]]
) -> list[Turn]:
    """Return the ledger a clock would have had, had it run since then: a late start carries the pauses there were.

    `history` is each standing with the moment it began, in order; the time in which a request was resolved is not counted.
    """
    turns: list[Turn] = []
    for number, (began, standing) in enumerate(history):
        ended = history[number + 1][0] if number + 1 < len(history) else None
        if ended is not None and ended <= since:
            continue
        why = RESOLVED if standing.phase != "open" else standing.holds(promise, agreement)
        if not turns or (turns[-1].counts, turns[-1].why) != (not why, why):
            turns.append(Turn(max(began, since), not why, why))
    return turns or [Turn(since)]
