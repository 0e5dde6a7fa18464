"""A customer does not agree with a priority we changed: it goes to the shift lead, on a clock of its own.

The lead upholds the change or gives the priority back, with reasons the customer reads (process rule 5).
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.kernel.moves import move
from opora.desk.people.models import Staff
from opora.desk.sla import actions as sla
from opora.desk.sla.queries import open_clock
from opora.desk.tickets import events, policies, promises, rules, states
from opora.desk.tickets.actions.marking import set_priority
from opora.desk.tickets.models import Objection, Ticket
from opora.desk.tickets.queries import change_to_object_to

OBJECTION = "objection"


def object_to_priority(ticket: Ticket, *, by: Contact, at: datetime, words: str = "") -> Objection:
    """The customer sees the priority otherwise; the shift lead must answer in time.

    Raises Refused for somebody who does not belong to the ticket, when we changed nothing, or when this change was objected
    to before.
    """
    if not policies.may_write_to(by, ticket):
        raise Refused("tickets.foreign", _("This request is somebody else's."))
    if ticket.state not in states.LIVE:
        raise Refused("tickets.ended", _("This ticket has ended."))
    change = change_to_object_to(ticket)
    if change is None:
        raise Refused("tickets.nothing_to_object_to", _("There is no change of ours that is still open to objection."))
    try:
        with transaction.atomic():
            return _raise(ticket, change, by, at, words)
    except IntegrityError as error:
        raise Refused("tickets.objected_already", _("This objection is with the shift lead already.")) from error


def _raise(ticket: Ticket, change: Event, by: Contact, at: datetime, words: str) -> Objection:
    objection = Objection.objects.create(
        ticket=ticket,
        change=change,
        old=change.facts["old"],
        new=change.facts["new"],
        raised_by=by,
        raised_at=at,
        words=rules.clean_text(words),
    )
    promises.start_inner(OBJECTION, ticket, about=(OBJECTION, objection.pk), by=by.actor, at=at)
    announce(
        events.OBJECTED,
        subject=("ticket", ticket.pk),
        by=by.actor,
        at=at,
        why=objection.words,
        objection=objection.pk,
        old=objection.old,
        new=objection.new,
    )
    return objection


@transaction.atomic
def uphold_change(objection: Objection, *, by: Staff, at: datetime, reasons: str) -> None:
    """Our change stands, for these reasons. Raises Refused without reasons, and for anybody but another lead."""
    _decide(objection, states.UPHELD, by, at, reasons)


@transaction.atomic
def give_priority_back(objection: Objection, *, by: Staff, at: datetime, reasons: str) -> None:
    """The customer's priority is back. Raises Refused as `uphold_change`."""
    ticket = objection.ticket
    _decide(objection, states.RETURNED, by, at, reasons)
    if ticket.state in states.LIVE and ticket.priority != objection.old:
        set_priority(ticket, to=objection.old, by=by.actor, at=at, why=objection.reasons, objection=objection.pk)


@transaction.atomic
def drop_objections(ticket: Ticket, *, at: datetime, before: int | None = None) -> int:
    """Nobody waits for a decision any more: the ticket has ended, or the priority was changed anew by the event `before`.

    Returns how many.
    """
    rows = Objection.objects.filter(ticket=ticket, state=states.RAISED)
    raised = list(rows if before is None else rows.filter(change__lt=before))
    for objection in raised:
        move(objection, to=states.WITHDRAWN, table=states.OBJECTIONS, decided_at=at)
        clock = open_clock(OBJECTION, (OBJECTION, objection.pk))
        if clock is not None:
            sla.cancel_clock(clock, by=SYSTEM, at=at)
    return len(raised)


def settle_objections(event: Event, at: datetime) -> None:
    """Reaction: a ticket ended, or its priority was changed anew: what was objected to is no question any more."""
    ticket = Ticket.objects.filter(pk=event.subject_id).first()
    if ticket is not None and "objection" not in event.facts:
        newer = event.name == events.PRIORITY_CHANGED
        if newer or ticket.state not in states.LIVE:
            drop_objections(ticket, at=at, before=event.pk if newer else None)


def _decide(objection: Objection, outcome: str, by: Staff, at: datetime, reasons: str) -> None:
    if not policies.may_decide(by, objection):
        raise Refused(
            "tickets.may_not_decide",
            _("A shift lead or the head of support decides, and never the one who changed the priority."),
        )
    if not reasons.strip():
        raise Refused("tickets.why_missing", _("Write the reason; the customer will read it."))
    words = rules.clean_text(reasons)
    move(objection, to=outcome, table=states.OBJECTIONS, decided_by=by, decided_at=at, reasons=words)
    clock = open_clock(OBJECTION, (OBJECTION, objection.pk))
    if clock is not None:
        sla.stop_clock(clock, by=by.actor, at=at)
    announce(
        events.OBJECTION_DECIDED,
        subject=("ticket", objection.ticket_id),
        by=by.actor,
        at=at,
        why=words,
        objection=objection.pk,
        outcome=outcome,
        old=objection.old,
        new=objection.new,
    )
