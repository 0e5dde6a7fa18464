"""Moving a ticket from state to state, by the table in `states.py` and only from where it still stands."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import move
from opora.desk.people.models import Staff
from opora.desk.tickets import events, promises, rules, states
from opora.desk.tickets.actions.causes import Cause, evidence_of, name_cause
from opora.desk.tickets.actions.knowing import close_by_note
from opora.desk.tickets.actions.permitting import permit_work
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.rules import Known


@transaction.atomic
def wait_for_customer(ticket: Ticket, *, by: Staff, at: datetime, why: str = "") -> None:
    """The next word is the customer's."""
    permit_work(by)
    settle(ticket, to=states.WAITING_CUSTOMER, by=by.actor, at=at, why=why)


@transaction.atomic
def wait_for_vendor(ticket: Ticket, *, by: Staff, at: datetime, why: str = "") -> None:
    """The next word is a vendor's."""
    permit_work(by)
    settle(ticket, to=states.WAITING_VENDOR, by=by.actor, at=at, why=why)


@transaction.atomic
def vendor_spoke(ticket: Ticket, *, by: Actor, at: datetime, why: str = "") -> None:
    """The vendor answered: a ticket that waited for it is in work again; any other stays where it is."""
    if ticket.state == states.WAITING_VENDOR:
        settle(ticket, to=states.OPEN, by=by, at=at, why=why)


@transaction.atomic
def resume(ticket: Ticket, *, by: Staff, at: datetime, why: str = "") -> None:
    """Back in work without waiting longer, or taken into work for the first time."""
    permit_work(by)
    if ticket.state == states.RESOLVED:
        raise Refused("tickets.is_resolved", _("It is resolved. Reopen it and say why."))
    if ticket.state == states.WAITING_CONFIRMATION:
        raise Refused(
            "tickets.unconfirmed",
            _(
                "The customer has not confirmed this call in writing yet. Look at our own side, leave a note, or ask again."
            ),
        )
    settle(ticket, to=states.OPEN, by=by.actor, at=at, why=why)


@transaction.atomic
def resolve(
    ticket: Ticket,
    *,
    by: Staff,
    at: datetime,
    found: Cause | None = None,
    why: str = "",
    known: Known | None = None,
) -> None:
    """We believe it is solved; the line leaves what it knew, drawn from the ticket when it writes nothing itself.

    Raises Refused when a total outage has no named cause with evidence (process rule 6), or a note is there but incomplete.
    """
    permit_work(by)
    if found is not None:
        name_cause(ticket, found=found, by=by, at=at)
    if rules.needs_cause(ticket.kind, ticket.priority) and not evidence_of(ticket):
        raise Refused(
            "tickets.cause_missing", _("A total outage is resolved only with its cause. Name the cause first.")
        )
    settle(ticket, to=states.RESOLVED, by=by.actor, at=at, why=why, resolved_at=at)
    note = close_by_note(ticket, known, by=by, at=at)
    announce(
        events.RESOLVED,
        subject=("ticket", ticket.pk),
        by=by.actor,
        at=at,
        why=why,
        cause=ticket.cause,
        line=ticket.line_id,
        handoff=note.pk,
    )


@transaction.atomic
def reopen(ticket: Ticket, *, by: Actor, at: datetime, why: str) -> None:
    """It came back. Raises Refused without a reason, or when it is not resolved."""
    if not why.strip():
        raise Refused("tickets.why_missing", _("Say in a sentence why it is open again."))
    if ticket.state != states.RESOLVED:
        raise Refused("tickets.not_resolved", _("Only a resolved ticket can be reopened."))
    settle(ticket, to=_back_in_work(ticket), by=by, at=at, why=why, resolved_at=None)
    announce(events.REOPENED, subject=("ticket", ticket.pk), by=by, at=at, why=why)


@transaction.atomic
def close(ticket: Ticket, *, by: Actor, at: datetime, why: str = "") -> None:
    """Ended for good; a later letter opens a linked follow-up."""
    settle(ticket, to=states.CLOSED, by=by, at=at, why=why, closed_at=at)
    announce(events.CLOSED, subject=("ticket", ticket.pk), by=by, at=at, why=why)


def go_on(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """A new ticket is in work from the first answer on; a resolved one that we write to is open again."""
    if ticket.state in {states.NEW, states.RESOLVED}:
        settle(ticket, to=_back_in_work(ticket), by=by, at=at, resolved_at=None)


def settle(ticket: Ticket, *, to: str, by: Actor, at: datetime, why: str = "", **also: Any) -> None:
    """Make the legal move and write it down. Raises Refused (illegal) or Clash (another was quicker)."""
    old = move(ticket, to=to, table=states.TABLE, changed_at=at, **also)
    promises.moved(ticket, old=old, by=by, at=at, why=why)
    announce(events.MOVED, subject=("ticket", ticket.pk), by=by, at=at, why=why, old=old, new=to)


def _back_in_work(ticket: Ticket) -> str:
    return states.WAITING_CONFIRMATION if ticket.unconfirmed else states.OPEN


def touch(ticket: Ticket, *, at: datetime, **also: Any) -> None:
    """Write the moment of the last change and the named fields, nothing else."""
    Ticket.objects.filter(pk=ticket.pk).update(changed_at=at, **also)
    ticket.changed_at = at
    for name, value in also.items():
        setattr(ticket, name, value)
