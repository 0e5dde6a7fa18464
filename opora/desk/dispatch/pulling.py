"""Next for me: the most urgent ticket that fits a colleague, taken in one statement so that two never get the same."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from opora.desk.dispatch.models import Placement
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket

# What is gone altogether first, then by the promise that ends first, then by priority, then by age. The rule that placed
# a ticket may ask for a skill; a ticket nobody placed asks for none.
_NEXT = """
    select id from tickets_ticket ticket
    where line_id = any(array(select team_id from people_membership where staff_id = %(staff)s))
      and assignee_id is null and state in ('new', 'open')
      and coalesce((select placed.skill from dispatch_placement placed where placed.ticket_id = ticket.id
                    order by placed.id desc limit 1), '') = any(%(skills)s::text[])
    order by (kind = 'incident' and priority = 'high') desc, due_at nulls last,
             array_position(array['high', 'medium', 'low'], priority::text), opened_at, id
    limit 1 for update of ticket skip locked
"""


@transaction.atomic
def pull_next(staff: Staff, *, at: datetime) -> Ticket | None:
    """Take the most urgent unassigned ticket of one's lines that asks for no skill one lacks; None when there is none.

    Two colleagues who pull at once get two tickets. Raises Refused for a role that does not work tickets.
    """
    if not may(staff, "tickets:work"):
        raise Refused("tickets.may_not_work", _("Your role does not work tickets; leave a note for the engineers."))
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"staff": staff.pk, "skills": ["", *staff.skills]})
        found = cursor.fetchone()
    if found is None:
        return None
    ticket = Ticket.objects.select_related("line").get(pk=found[0])
    tickets.take(ticket, by=staff, at=at)
    Placement.objects.create(
        ticket=ticket, at=at, by=Placement.By.PULL, line=ticket.line, person=staff, reasons={"by": staff.name}
    )
    return ticket
