"""What is known about a ticket, as the next line reads it first; and which ways lead on from here."""

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opora.desk.people import queries as people
from opora.desk.people.models import Team
from opora.desk.tickets import rules, states
from opora.desk.tickets.models import Handoff, Ticket
from opora.desk.web.components import marks
from opora.desk.web.console.conversation import Entry


@dataclass(frozen=True, slots=True)
class Card:
    """The last hand-off of a ticket that is still with the line it went to, and how often it went about."""

    key: str
    who: str
    ago: SafeString
    way: str
    parts: list[tuple[str, str]]
    times: int
    turns: int


def card(ticket: Ticket, said: list[Entry]) -> Card | None:
    """The note that stands first on the ticket; None when nobody handed it over or it has ended."""
    notes = [entry.handoff for entry in said if entry.handoff is not None and entry.handoff.kind != "close"]
    if not notes or ticket.state not in states.LIVE:
        return None
    last = notes[-1]
    return Card(
        key=f"h{last.pk}",
        who=last.by.name,
        ago=marks.ago(last.at),
        way=way_words(last),
        parts=parts_of(last),
        times=len(notes),
        turns=rules.turns([note.kind for note in notes]),
    )


def way_words(note: Handoff) -> str:
    """Which way it went, in words."""
    line = note.to_line.name if note.to_line else ""
    said = {
        "up": _("handed it up to %(line)s"),
        "back": _("handed it back to %(line)s"),
        "across": _("handed it across to %(line)s"),
        "close": _("closed it"),
    }
    words = said.get(note.kind, "")
    return words % {"line": line} if "%" in words else words


def parts_of(note: Handoff) -> list[tuple[str, str]]:
    """The three parts with their titles, but for empty ones of a drawn note."""
    parts = [(_("Asked"), note.asked), (_("Tried"), note.tried), (_("Suspected"), note.suspected)]
    return [(title, text) for title, text in parts if text]


def ways_from(ticket: Ticket) -> list[tuple[Team, Any]]:
    """The lines that a ticket can go to from where it is, the next line first, each with the way in a word."""
    words = {"up": _("up"), "back": _("back"), "across": _("across")}
    here = ticket.line.kind if ticket.line else ""
    found = [(rules.direction(here, team.kind), team) for team in people.lines() if team.pk != ticket.line_id]
    order = ["up", "back", "across"]
    found = sorted((pair for pair in found if pair[0]), key=lambda pair: order.index(pair[0]))
    return [(team, words[way]) for way, team in found]
