"""Putting a ticket where the rules of dispatch say it belongs. Nobody worked on it yet, so there is nothing to hand over."""

from datetime import datetime

from django.db import transaction

from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff, Team
from opora.desk.sla.rules.course import What
from opora.desk.tickets import events, promises, states
from opora.desk.tickets.models import Ticket


@transaction.atomic
def place(ticket: Ticket, *, line: Team, person: Staff | None, by: Actor, at: datetime, why: str) -> bool:
    """The ticket is with this line, and with this person if there is one; returns whether anything changed.

    What a person decided stands: a ticket that has somebody, or has ended, is left alone. Raises Clash when another was
    quicker.
    """
    if ticket.state not in states.LIVE or ticket.assignee_id is not None:
        return False
    old = ticket.line_id
    if old == line.pk and person is None:
        return False
    compare_and_set(ticket, {"line": old, "assignee": None}, line=line, assignee=person, changed_at=at)
    if old != line.pk:
        promises.follow(ticket, What.LINE_CHANGED, by=by, at=at)
    announce(
        events.PLACED,
        subject=("ticket", ticket.pk),
        by=by,
        at=at,
        why=why,
        old=old,
        new=line.pk,
        line=line.name,
        person=person.pk if person else None,
        name=person.name if person else "",
    )
    return True
