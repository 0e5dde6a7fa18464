"""Telling of promises that run out or were missed: many at once, for thousands may fall due in one minute."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opora.desk.dispatch.actions import notices, write_notices
from opora.desk.dispatch.models import Notice
from opora.desk.incidents.models import RootCauseLetter
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff, Team
from opora.desk.people.queries import heads, leads_of, next_hours, on_duty, people_of, reachable_ids
from opora.desk.tickets.models import Objection, Ticket
from opora.desk.vendors.models import VendorCase


@dataclass(frozen=True, slots=True)
class Line:
    """Whom a line's tickets concern: its people, its leads, and whoever is on duty in it now."""

    people: frozenset[int]
    leads: frozenset[int]
    duty: frozenset[int]


@dataclass(frozen=True, slots=True)
class Concern:
    """An event about a promise, its ticket, whom it concerns, and whoever is on duty for it now."""

    event: Event
    ticket: Ticket
    people: frozenset[int]
    duty: frozenset[int]

    def notices(self, people: Iterable[int], kind: str, at: datetime) -> list[Notice]:
        """The notices of these people, not written yet."""
        return notices(people, self.ticket, kind, self.event, at)


OBJECTION = "objection"
_OF_TICKETS: dict[str, Any] = {OBJECTION: Objection, "root_cause": RootCauseLetter, "vendor_case": VendorCase}
"""What else a promise may be about, and belongs to a ticket."""
NOBODY = Line(frozenset(), frozenset(), frozenset())


def notice_clocks(events: Sequence[Event], at: datetime) -> None:
    """Reaction: promises run out soon or were missed: the assignee of each ticket, else its line, and the leads of the line.

    A promise about an objection, a root-cause letter or a vendor's case belongs to its ticket; an objection is for those who
    may decide it, the leads and the heads of support.

    A warning is for those who can still act on it: who is reachable now, and whoever is on duty in the line; nobody is
    woken for it (desks.md b10, notices at midnight). A breach is told to all; who is neither at work nor on
    duty finds it at the start of their next hours.
    """
    concerns = _concerns(events, at)
    awake = reachable_ids(sorted({person for one in concerns for person in one.people}), at=at)
    missed = [one for one in concerns if one.event.name.endswith("missed")]
    warned = [one for one in concerns if not one.event.name.endswith("missed")]
    asleep = {person for one in missed for person in one.people} - awake
    wakes = {one.pk: next_hours(one, at=at) for one in Staff.objects.filter(pk__in=asleep)}
    written = [row for one in warned for row in one.notices((one.people & awake) | one.duty, Notice.Kind.DUE_SOON, at)]
    written += [row for one in missed for row in one.notices(one.people & awake, Notice.Kind.MISSED, at)]
    for one in missed:
        for sleeper in sorted(one.people & wakes.keys()):
            written += one.notices({sleeper}, Notice.Kind.MISSED, wakes[sleeper])
    write_notices(written)


def _concerns(events: Sequence[Event], at: datetime) -> list[Concern]:
    numbers = _tickets_of(events)
    tickets = Ticket.objects.select_related("line").in_bulk(set(numbers.values()))
    lines = _lines({ticket.line for ticket in tickets.values() if ticket.line}, at)
    deciding = frozenset(head.pk for head in heads()) if any(map(_is_objection, events)) else frozenset()
    return [
        _concern(event, ticket, lines.get(ticket.line_id or 0, NOBODY), deciding)
        for event in events
        if (ticket := tickets.get(numbers.get(event.pk, 0))) is not None
    ]


def _concern(event: Event, ticket: Ticket, line: Line, deciding: frozenset[int]) -> Concern:
    if _is_objection(event):
        people = line.leads | deciding
        return Concern(event, ticket, people, line.duty & people)
    who = frozenset({ticket.assignee_id}) if ticket.assignee_id else line.people
    return Concern(event, ticket, line.leads | who, line.duty)


def _tickets_of(events: Sequence[Event]) -> dict[int, int]:
    """The number of the ticket each event belongs to, by the event's; none for what belongs to no ticket."""
    found = {event.pk: event.subject_id for event in events if event.subject_kind == "ticket"}
    for kind, model in _OF_TICKETS.items():
        about = {event.pk: event.subject_id for event in events if event.subject_kind == kind}
        if about:
            rows = dict(model.objects.filter(pk__in=set(about.values())).values_list("pk", "ticket_id"))
            found |= {event: rows[number] for event, number in about.items() if number in rows}
    return found


def _is_objection(event: Event) -> bool:
    return event.subject_kind == OBJECTION


def _lines(teams: Iterable[Team], at: datetime) -> dict[int, Line]:
    return {
        team.pk: Line(
            frozenset(people_of(team)),
            frozenset(lead.pk for lead in leads_of(team)),
            frozenset(one.staff.pk for one in on_duty(team, at=at)),
        )
        for team in teams
    }
