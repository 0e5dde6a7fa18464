"""Writing down what is known, whenever a line lets go of a ticket."""

from datetime import datetime

from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff, Team
from opora.desk.tickets import search
from opora.desk.tickets.handoffs import known_so_far
from opora.desk.tickets.models import Handoff, Ticket
from opora.desk.tickets.rules import Known


def demand_all(known: Known) -> None:
    """Raises Refused, naming the parts that nobody wrote."""
    words = {"asked": _("what was asked"), "tried": _("what was tried"), "suspected": _("what is suspected")}
    missing = [words[part] for part in known.missing()]
    if missing:
        raise Refused("tickets.known_incomplete", _("Write down %(parts)s.") % {"parts": ", ".join(missing)})


def close_by_note(ticket: Ticket, known: Known | None, *, by: Staff, at: datetime) -> Handoff:
    """The note of a line that closes a ticket. Nothing written means that it is drawn from the ticket, and says so.

    Raises Refused when something is written, but not all of it.
    """
    if known is not None:
        demand_all(known)
        return write_down(ticket, kind=Handoff.Kind.CLOSE, known=known, by=by, at=at, from_line=ticket.line)
    drawn = known_so_far(ticket)
    return write_down(ticket, kind=Handoff.Kind.CLOSE, known=drawn, by=by, at=at, from_line=ticket.line, drawn=True)


def write_down(
    ticket: Ticket,
    *,
    kind: str,
    known: Known,
    by: Staff,
    at: datetime,
    from_line: Team | None,
    to_line: Team | None = None,
    drawn: bool = False,
) -> Handoff:
    """Keep the note; its words are found by colleagues' search."""
    clean = known.cleaned()
    kept = Handoff.objects.create(
        ticket=ticket,
        at=at,
        by=by,
        kind=kind,
        from_line=from_line,
        to_line=to_line,
        asked=clean.asked,
        tried=clean.tried,
        suspected=clean.suspected,
        drawn=drawn,
    )
    if not drawn:
        search.add_note_words(ticket.pk, f"{kept.asked}\n{kept.tried}\n{kept.suspected}")
    return kept
