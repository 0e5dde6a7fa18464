"""The ticket's promises on the clock of the `sla` room: made when it opens, kept by a written answer of ours.

The ticket keeps only the moment of its earliest running promise (`due_at`), so that queues can be put in order.
"""

from datetime import datetime

from opora.desk.kernel.actors import Actor
from opora.desk.sla import actions as sla
from opora.desk.sla.models import Clock
from opora.desk.sla.queries import house_calendar
from opora.desk.tickets import rules
from opora.desk.tickets.models import Ticket

FIRST_REPLY = "first_reply"


def make_promises(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """Start the first-reply clock by the pinned terms; without a contract nothing was promised."""
    terms = ticket.contract_version
    if terms is None:
        return
    seconds = terms.targets.get(FIRST_REPLY, {}).get(ticket.priority)
    if seconds is None:
        return
    clock = sla.start_clock(
        promise=FIRST_REPLY,
        about=("ticket", ticket.pk),
        calendar_version=terms.calendar_version,
        target_seconds=seconds,
        warn_share=terms.warn_share,
        by=by,
        at=at,
    )
    ticket.due_at = clock.due_at
    Ticket.objects.filter(pk=ticket.pk).update(due_at=clock.due_at)


def keep_first_reply(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """A colleague answered in writing: the first-reply clock stops, kept or missed."""
    for clock in _running(ticket):
        sla.stop_clock(clock, by=by, at=at)
    ticket.due_at = None


def cancel_promises(ticket: Ticket, *, by: Actor, at: datetime, why: str) -> None:
    """The ticket ended without an answer being owed (merged)."""
    for clock in _running(ticket):
        sla.cancel_clock(clock, by=by, at=at, why=why)
    ticket.due_at = None


def retarget_promises(ticket: Ticket, *, by: Actor, at: datetime, why: str) -> None:
    """Another priority: the same start, the new target. A breach stays a breach (desks.md b11.3)."""
    terms = ticket.contract_version
    for clock in _running(ticket):
        seconds = terms.targets.get(clock.promise, {}).get(ticket.priority) if terms else None
        if seconds is None:
            sla.cancel_clock(clock, by=by, at=at, why=why)
            ticket.due_at = None
        else:
            sla.retarget_clock(clock, target_seconds=seconds, by=by, at=at, why=why)
            clock.refresh_from_db()
            ticket.due_at = clock.due_at


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


def _running(ticket: Ticket) -> list[Clock]:
    return list(
        Clock.objects.filter(
            about_kind="ticket", about_id=ticket.pk, stopped_at__isnull=True, cancelled_at__isnull=True
        )
    )
