"""Handing a ticket up, back or across the lines. Every step carries what is known (process rule 7).

The customer's own promises are not touched; the inner clock of the line that had it ends, and the other's begins.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff, Team
from opora.desk.sla.rules.course import What
from opora.desk.tickets import events, promises, rules, states
from opora.desk.tickets.actions.knowing import demand_all, write_down
from opora.desk.tickets.actions.permitting import permit_work
from opora.desk.tickets.models import Handoff, Ticket
from opora.desk.tickets.rules import Known


@transaction.atomic
def hand_over(ticket: Ticket, *, to: Team, known: Known, by: Staff, at: datetime) -> Handoff:
    """The ticket is the other line's, nobody's yet, and the note stands first on it; returns the note.

    Raises Refused for a role that does not work tickets, a part of the note that is missing, an ended ticket, the line
    it is with already, and a step that skips a line.
    """
    permit_work(by)
    demand_all(known)
    if ticket.state in states.ENDED:
        raise Refused("tickets.ended", _("This ticket has ended."))
    if ticket.line_id == to.pk:
        raise Refused("tickets.same_line", _("It is with this line already."))
    old = ticket.line
    way = rules.direction(old.kind if old else "", to.kind)
    if not way:
        raise Refused(
            "tickets.skips_a_line",
            _("It goes from line to line: from “%(old)s” it cannot go straight to “%(new)s”.")
            % {"old": old, "new": to},
        )
    compare_and_set(ticket, {"line": old}, line=to, assignee=None, changed_at=at)
    promises.follow(ticket, What.LINE_CHANGED, by=by.actor, at=at)
    kept = write_down(ticket, kind=way, known=known, by=by, at=at, from_line=old, to_line=to)
    announce(
        events.HANDED_OVER,
        subject=("ticket", ticket.pk),
        by=by.actor,
        at=at,
        old=old.pk if old else None,
        new=to.pk,
        name=to.name,
        way=way,
        handoff=kept.pk,
    )
    return kept


def hand_up(ticket: Ticket, *, known: Known, by: Staff, at: datetime) -> Handoff:
    """To the next line. Raises Refused when there is none, and as `hand_over`."""
    return hand_over(ticket, to=_neighbour(ticket, 1), known=known, by=by, at=at)


def hand_back(ticket: Ticket, *, known: Known, by: Staff, at: datetime) -> Handoff:
    """To the line it came from, else the line before. Raises Refused when there is none, and as `hand_over`."""
    came = Handoff.objects.filter(ticket=ticket, kind=Handoff.Kind.UP, to_line=ticket.line_id).order_by("-pk").first()
    to = came.from_line if came is not None and came.from_line is not None else _neighbour(ticket, -1)
    return hand_over(ticket, to=to, known=known, by=by, at=at)


def _neighbour(ticket: Ticket, step: int) -> Team:
    kind = ticket.line.kind if ticket.line else ""
    place = rules.LINES.index(kind) + step if kind in rules.LINES else -1
    wanted = rules.LINES[place] if 0 <= place < len(rules.LINES) else ""
    team = Team.objects.filter(kind=wanted).order_by("pk").first()
    if team is None:
        raise Refused("tickets.no_such_line", _("There is no line on that side of this one."))
    return team
