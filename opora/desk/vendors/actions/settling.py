"""The end of a case, and what happens to it when its ticket ends or moves."""

from datetime import datetime

from django.db import transaction

from opora.desk.kernel.actions import SYSTEM, Actor
from opora.desk.kernel.models import Event
from opora.desk.kernel.moves import move
from opora.desk.sla import actions as sla
from opora.desk.sla.queries import open_clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.vendors import events, states
from opora.desk.vendors.actions.asking import ABOUT, PROMISE, tell
from opora.desk.vendors.models import VendorCase
from opora.desk.vendors.queries import open_cases_of


@transaction.atomic
def settle_case(case: VendorCase, *, by: Actor, at: datetime, why: str = "") -> None:
    """Nothing more is expected from the vendor: no clock, no asking again; the ticket waits for nobody."""
    move(case, to=states.CLOSED, table=states.MOVES, closed_at=at, next_chase_at=None)
    clock = open_clock(PROMISE, (ABOUT, case.pk))
    if clock is not None:
        sla.cancel_clock(clock, by=by, at=at, why=why)
    tickets.vendor_spoke(case.ticket, by=by, at=at, why=why)
    tell(case, events.CLOSED, by=by, at=at, why_closed=why)


def follow_ticket(event: Event, at: datetime) -> None:
    """Reaction: a ticket ended: its cases end; it went on in another: they go along."""
    ticket = Ticket.objects.filter(pk=event.subject_id).first()
    into = event.facts.get("into")
    for case in open_cases_of(ticket) if ticket else ():
        other_there = into and VendorCase.objects.filter(ticket=into, vendor=case.vendor_id).exclude(
            state=states.CLOSED
        )
        if into and not (other_there and other_there.exists()):
            VendorCase.objects.filter(pk=case.pk).update(ticket=into)
        else:
            settle_case(case, by=SYSTEM, at=at)
