"""The ticket's promises on the clocks of the `sla` room. What becomes of them is decided by `sla.rules.course`, here it is done.

The ticket keeps only the moment of its earliest promise that runs or is overdue (`due_at`), so that queues can be put in
order; what is on hold is due at no moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from opora.desk.customers.models import ContractVersion
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.models import Event
from opora.desk.sla import actions as sla
from opora.desk.sla import states as clock_states
from opora.desk.sla.models import Clock, Turn
from opora.desk.sla.queries import house_calendar
from opora.desk.sla.rules import Terms
from opora.desk.sla.rules import Turn as Line
from opora.desk.sla.rules.course import (
    COURSE,
    PHONE,
    Going,
    Standing,
    Step,
    Verb,
    What,
    after,
    decide,
    ledger_since,
)
from opora.desk.tickets import events, rules, states
from opora.desk.tickets.lines import LINE, follow_line, target_of
from opora.desk.tickets.models import Ticket

_KNOWN = {
    events.CONFIRMED: What.CONFIRMED,
    events.CUSTOMER_WROTE: What.CUSTOMER_WROTE,
    events.HANDED_OVER: What.LINE_CHANGED,
    events.NOTED: What.INTERNAL_NOTE,
    events.PRIORITY_CHANGED: What.PRIORITY_CHANGED,
    events.REPINNED: What.REPINNED,
    events.REPLIED: What.AGENT_REPLIED,
}
_WAITS = {states.WAITING_CUSTOMER: What.WAITING_ON_CUSTOMER, states.WAITING_VENDOR: What.WAITING_ON_VENDOR}
_ENDS = {states.RESOLVED: What.RESOLVED, states.CLOSED: What.CLOSED, states.MERGED: What.MERGED}
_PHASES = {states.RESOLVED: "resolved", states.CLOSED: "ended", states.MERGED: "ended"}


@dataclass(frozen=True, slots=True)
class Deed:
    """What is being done to a ticket, by whom, when and why."""

    what: What
    by: Actor
    at: datetime
    why: str = ""


def make_promises(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """Start what the pinned terms promise, from when it was opened; without a contract nothing was promised."""
    follow(ticket, What.OPENED, by=by, at=at)


def wind_up_all(ticket: Ticket) -> list[tuple[Clock, Sequence[Line]]]:
    """Return the clocks of a ticket about to be opened, with their ledgers; nothing is written. Their `about_id` is open."""
    terms = ticket.contract_version
    if terms is None:
        return []
    standing = standing_of(ticket)
    steps = decide(What.OPENED, standing, terms.agreement, {}, (), ticket.opened_at)
    wound_up: list[tuple[Clock, Sequence[Line]]] = []
    for step in steps:
        turns = ledger_since(
            step.since or ticket.opened_at, step.promise, terms.agreement, [(ticket.opened_at, standing)]
        )
        clock = sla.wind_up(
            promise=step.promise,
            about=("ticket", 0),
            calendar_version=terms.calendar_version,
            terms=terms.terms_for(step.target),
            turns=turns,
        )
        wound_up.append((clock, turns))
    inner = target_of(ticket)
    if inner is not None:
        turns = [Line(ticket.opened_at)]
        wanted = Terms(inner, terms.warn_share)
        clock = sla.wind_up(
            promise=LINE, about=("ticket", 0), calendar_version=terms.calendar_version, terms=wanted, turns=turns
        )
        wound_up.append((clock, turns))
    return wound_up


def earliest(clocks: Sequence[Clock]) -> datetime | None:
    """Return when the first of the customer's own promises among these open clocks is due; those on hold at no moment."""
    ours = [clock for clock in clocks if clock.promise in COURSE and clock.state != clock_states.PAUSED]
    return min((clock.due_at for clock in ours), default=None)


def follow(ticket: Ticket, what: What, *, by: Actor, at: datetime, why: str = "") -> None:
    """Something happened to the ticket, which stands as it does now: take the steps on its clocks."""
    terms = ticket.contract_version
    if terms is None:
        return
    clocks = _clocks(ticket)
    _take(ticket, terms, _steps(ticket, terms, clocks, what, at), clocks, Deed(what, by, at, why))
    follow_line(ticket, what, waiting=standing_of(ticket).waiting, by=by, at=at, why=why)


def moved(ticket: Ticket, *, old: str, by: Actor, at: datetime, why: str = "") -> None:
    """The ticket went from the old state to the one it stands in."""
    what = what_of_move(old, ticket.state)
    if what is not None:
        follow(ticket, what, by=by, at=at, why=why)


def answered(ticket: Ticket, *, by: Actor, at: datetime, last: bool) -> None:
    """A colleague answered in public and in writing; `last` when it is resolved by these words, so that none are owed after."""
    terms = ticket.contract_version
    if terms is None:
        return
    clocks = _clocks(ticket)
    steps = _steps(ticket, terms, clocks, What.AGENT_REPLIED, at)
    steps = [step for step in steps if not (last and step.verb is Verb.START)]
    _take(ticket, terms, steps, clocks, Deed(What.AGENT_REPLIED, by, at))


def retarget_promises(ticket: Ticket, *, by: Actor, at: datetime, why: str) -> None:
    """Another priority: the same start, the new target, the pauses carried. A breach stays a breach (desks.md b11.3)."""
    follow(ticket, What.PRIORITY_CHANGED, by=by, at=at, why=why)


def start_inner(
    promise: str, ticket: Ticket, *, about: tuple[str, int], by: Actor, at: datetime, priority: str = ""
) -> Clock | None:
    """Start the clock of a promise beside the ticket's own (an objection, a root-cause letter): by the terms if they name
    it, else by the house's own target; on the contract's calendar, else the house's first. None without any calendar."""
    terms = ticket.contract_version
    seconds = (terms.targets.get(promise, {}) if terms else {}).get(priority or ticket.priority)
    calendar = terms.calendar_version if terms else house_calendar()
    if calendar is None:
        return None
    return sla.start_clock(
        promise=promise,
        about=about,
        calendar_version=calendar,
        target_seconds=seconds or rules.WITHIN[promise],
        warn_share=terms.warn_share if terms else 75,
        by=by,
        at=at,
    )


def what_of_move(old: str, new: str) -> What | None:
    """Return what a move of the ticket's state means for its promises, or None when nothing."""
    if new in _WAITS:
        return _WAITS[new]
    if new in _ENDS:
        return _ENDS[new]
    if old in _WAITS:
        return What.RESUMED
    return What.REOPENED if old == states.RESOLVED else None


def standing_of(ticket: Ticket) -> Standing:
    """Return what the rules must know of the ticket as it stands."""
    return Standing(
        priority=ticket.priority,
        opened_at=ticket.opened_at,
        phase=_PHASES.get(ticket.state, "open"),
        waiting=_WAITS[ticket.state].value if ticket.state in _WAITS else "",
        held=ticket.unconfirmed,
        answered_at=ticket.last_staff_at,
    )


def history_of(ticket: Ticket) -> list[tuple[datetime, Standing]]:
    """Return how the ticket stood from its opening to now, each with the moment it began: from its events."""
    changes = happenings(ticket)
    now = Standing(first_priority(ticket, changes), ticket.opened_at, held=ticket.channel == PHONE)
    history = [(ticket.opened_at, now)]
    for what, event in changes:
        now = after(what, now, event.at, priority=str(event.facts.get("new", "")))
        history.append((max(event.at, history[-1][0]), now))
    return history


def happenings(ticket: Ticket) -> list[tuple[What, Event]]:
    """Return what happened to a ticket after its opening, as far as promises know of it, in order."""
    found: list[tuple[What, Event]] = []
    for event in Event.objects.filter(subject_kind="ticket", subject_id=ticket.pk).order_by("id"):
        what = _KNOWN.get(event.name)
        if event.name == events.MOVED:
            what = what_of_move(event.facts["old"], event.facts["new"])
        if event.name == events.CUSTOMER_WROTE and event.facts.get("automatic"):
            what = None
        if what is not None:
            found.append((what, event))
    return found


def first_priority(ticket: Ticket, changes: Sequence[tuple[What, Event]]) -> str:
    """Return the priority it was opened with."""
    changed = [event for what, event in changes if what is What.PRIORITY_CHANGED]
    return str(changed[0].facts["old"]) if changed else ticket.priority


def _steps(
    ticket: Ticket, terms: ContractVersion, clocks: dict[str, tuple[Clock, str]], what: What, at: datetime
) -> list[Step]:
    going = {promise: Going(clock.target_seconds, held) for promise, (clock, held) in clocks.items() if clock.is_open}
    done = {promise for promise, (clock, _) in clocks.items() if clock.stopped_at and clock.cancelled_at is None}
    return decide(what, standing_of(ticket), terms.agreement, going, done, at)


def _clocks(ticket: Ticket) -> dict[str, tuple[Clock, str]]:
    """The last clock of each of the ticket's own promises, and why its time does not count now, or nothing."""
    turns = Turn.objects.filter(clock=OuterRef("pk")).order_by("-pk")
    rows = Clock.objects.filter(about_kind="ticket", about_id=ticket.pk, promise__in=COURSE)
    rows = rows.select_related("calendar_version").order_by("pk")
    return {clock.promise: (clock, clock.held) for clock in rows.annotate(held=Subquery(turns.values("why")[:1]))}


def _take(
    ticket: Ticket,
    terms: ContractVersion,
    steps: Sequence[Step],
    clocks: dict[str, tuple[Clock, str]],
    deed: Deed,
) -> None:
    if not steps:
        return
    for step in steps:
        if step.verb is Verb.START:
            _start(ticket, terms, step, deed)
        elif step.verb is Verb.RETARGET and deed.what is What.REPINNED:
            _repin(clocks[step.promise][0], terms, step, deed)
        else:
            _turn(clocks[step.promise][0], step, deed)
    _keep_due(ticket)


def _start(ticket: Ticket, terms: ContractVersion, step: Step, deed: Deed) -> None:
    since = step.since or deed.at
    history = [(deed.at, standing_of(ticket))] if since >= deed.at else history_of(ticket)
    wanted = terms.terms_for(step.target)
    turns = ledger_since(since, step.promise, terms.agreement, history)
    sla.start_clock(
        promise=step.promise,
        about=("ticket", ticket.pk),
        calendar_version=terms.calendar_version,
        target_seconds=step.target,
        warn_share=wanted.warn_share,
        warn_before=wanted.warn_before,
        turns=turns,
        by=deed.by,
        at=deed.at,
    )


def _turn(clock: Clock, step: Step, deed: Deed) -> None:
    by, at, why = deed.by, deed.at, deed.why
    match step.verb:
        case Verb.STOP:
            sla.stop_clock(clock, by=by, at=at, why=step.why)
        case Verb.CANCEL:
            sla.cancel_clock(clock, by=by, at=at, why=why or step.why)
        case Verb.HOLD:
            sla.pause_clock(clock, why=step.why, by=by, at=at, words=why)
        case Verb.GO_ON:
            sla.resume_clock(clock, by=by, at=at, words=why)
        case Verb.RETARGET:
            sla.retarget_clock(clock, target_seconds=step.target, by=by, at=at, why=why)
        case Verb.REOPEN:
            sla.reopen_clock(clock, by=by, at=at, why=why)


def _repin(clock: Clock, terms: ContractVersion, step: Step, deed: Deed) -> None:
    sla.repin_clock(
        clock,
        calendar_version=terms.calendar_version,
        terms=terms.terms_for(step.target),
        by=deed.by,
        at=deed.at,
        why=deed.why,
    )


def _keep_due(ticket: Ticket) -> None:
    rows = Clock.objects.filter(about_kind="ticket", about_id=ticket.pk, promise__in=COURSE)
    due = earliest(list(rows.filter(stopped_at=None, cancelled_at=None)))
    if due != ticket.due_at:
        Ticket.objects.filter(pk=ticket.pk).update(due_at=due)
        ticket.due_at = due
