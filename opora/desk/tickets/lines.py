"""The inner clock of the line that has the ticket, beside the customer's own: by what the lines promise us in the contract.

It begins when the line gets the ticket, whoever is assigned there, and counts in the line's own hours where it has some; it
stands still while we wait for the customer, as the contract says of the resolution, and while a vendor has it; it ends when
the line hands the ticket on, or it is solved.
"""

from datetime import datetime

from opora.desk.kernel.actors import Actor
from opora.desk.kernel.models import Event
from opora.desk.people.models import Team
from opora.desk.sla import actions as sla
from opora.desk.sla.models import Clock
from opora.desk.sla.queries import calendar_of, hours_of_line, ledger_of, open_clock
from opora.desk.sla.rules.attribution import shares
from opora.desk.sla.rules.course import RESOLUTION, What
from opora.desk.sla.rules.reasons import WAITING_ON_VENDOR
from opora.desk.tickets import events
from opora.desk.tickets.models import Ticket

LINE = "line"
VENDOR = "vendor"
_BEGINS = (What.OPENED, What.LINE_CHANGED, What.REOPENED)
_ENDS = (What.LINE_CHANGED, What.RESOLVED, What.CLOSED, What.MERGED)


def follow_line(ticket: Ticket, what: What, *, waiting: str, by: Actor, at: datetime, why: str = "") -> None:
    """Something happened to the ticket: begin, end, hold or re-target the clock of the line that has it."""
    if ticket.contract_version is None or not ticket.contract_version.inner.get(LINE):
        return
    clock = open_clock(LINE, ("ticket", ticket.pk))
    if clock is not None and what in _ENDS:
        sla.stop_clock(clock, by=by, at=at, why=what.value)
        clock = None
    if clock is None and what in _BEGINS:
        clock = _begin(ticket, by=by, at=at)
    if clock is None:
        return
    if what in (What.PRIORITY_CHANGED, What.REPINNED):
        _retarget(clock, ticket, by=by, at=at, why=why)
    held = waiting if waiting == WAITING_ON_VENDOR else _held_with_resolution(ticket, waiting)
    if held:
        sla.pause_clock(clock, why=held, by=by, at=at)
    else:
        sla.resume_clock(clock, by=by, at=at)


def shares_of(clock: Clock, *, at: datetime) -> dict[str, int]:
    """Return the counted working seconds each line, or a vendor, had the ticket while this clock of it ran; by name."""
    if clock.about_kind != "ticket":
        return {}
    until = min(clock.stopped_at or clock.cancelled_at or at, at)
    held = shares(calendar_of(clock.calendar_version), ledger_of(clock), _holders(clock), max(until, clock.started_at))
    teams = {str(team.pk): str(team) for team in Team.objects.all()}
    return {teams.get(holder, holder): seconds for holder, seconds in held.items() if seconds}


def target_of(ticket: Ticket) -> int | None:
    """Return the working seconds the line that has it promises us, or None."""
    terms, line = ticket.contract_version, ticket.line
    if terms is None or line is None:
        return None
    holders = terms.inner.get(LINE, {})
    seconds: int | None = holders.get(line.slug, holders.get(line.kind, {})).get(ticket.priority)
    return seconds


def _begin(ticket: Ticket, *, by: Actor, at: datetime) -> Clock | None:
    seconds = target_of(ticket)
    terms = ticket.contract_version
    if seconds is None or terms is None:
        return None
    return sla.start_clock(
        promise=LINE,
        about=("ticket", ticket.pk),
        calendar_version=(hours_of_line(ticket.line) if ticket.line else None) or terms.calendar_version,
        target_seconds=seconds,
        warn_share=terms.warn_share,
        by=by,
        at=at,
    )


def _retarget(clock: Clock, ticket: Ticket, *, by: Actor, at: datetime, why: str) -> None:
    seconds = target_of(ticket)
    if seconds is None:
        sla.cancel_clock(clock, by=by, at=at, why=why)
    else:
        sla.retarget_clock(clock, target_seconds=seconds, by=by, at=at, why=why)


def _held_with_resolution(ticket: Ticket, waiting: str) -> str:
    terms = ticket.contract_version
    return waiting if terms is not None and waiting in terms.pauses.get(RESOLUTION, ()) else ""


def _holders(clock: Clock) -> list[tuple[datetime, str]]:
    """From when on which line, or a vendor, had it: from the ticket's events."""
    wanted = (events.OPENED, events.PLACED, events.HANDED_OVER, events.MOVED)
    rows = Event.objects.filter(subject_kind="ticket", subject_id=clock.about_id, name__in=wanted).order_by("id")
    line, waits, found = "", False, [(clock.started_at, "")]
    for event in rows:
        if event.name == events.MOVED:
            waits = event.facts["new"] == "waiting_vendor"
        else:
            line = str(event.facts.get("line" if event.name == events.OPENED else "new") or "")
        found.append((max(event.at, found[-1][0]), VENDOR if waits else line))
    return found[1:] or found
