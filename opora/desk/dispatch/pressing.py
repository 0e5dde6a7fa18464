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
    numbers = _tickets_of(events)
    tickets = Ticket.objects.select_related("line").in_bulk(set(numbers.values()))
    pressing = [(event, tickets[numbers[event.pk]]) for event in events if numbers.get(event.pk) in tickets]
    deciding = frozenset(head.pk for head in heads()) if any(_is_objection(event) for event, _ in pressing) else None
    lines = _lines({ticket.line for ticket in tickets.values() if ticket.line}, at)
    concerned = []
    for event, ticket in pressing:
        line = lines.get(ticket.line_id or 0, NOBODY)
        decides = deciding is not None and _is_objection(event)
        concerned.append(line.leads | (deciding or frozenset()) if decides else _concerned(ticket, line))
    awake = reachable_ids(sorted(set().union(*concerned)), at=at)
    missed = [event.name.endswith("missed") for event, _ticket in pressing]
    asleep = set().union(*(told for told, broken in zip(concerned, missed, strict=True) if broken)) - awake
    wakes = {one.pk: next_hours(one, at=at) for one in Staff.objects.filter(pk__in=asleep)}
    written: list[Notice] = []
    for (event, ticket), told, broken in zip(pressing, concerned, missed, strict=True):
        if not broken:
            line = lines.get(ticket.line_id or 0, NOBODY)
            duty = line.duty & told if _is_objection(event) else line.duty
            written += notices((told & awake) | duty, ticket, Notice.Kind.DUE_SOON, event, at)
            continue
        written += notices(told & awake, ticket, Notice.Kind.MISSED, event, at)
        for sleeper in sorted(told & wakes.keys()):
            written += notices([sleeper], ticket, Notice.Kind.MISSED, event, wakes[sleeper])
    write_notices(written)


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


def _concerned(ticket: Ticket, line: Line) -> frozenset[int]:
    return line.leads | (frozenset({ticket.assignee_id}) if ticket.assignee_id else line.people)


def _lines(teams: Iterable[Team], at: datetime) -> dict[int, Line]:
    return {
        team.pk: Line(
            frozenset(people_of(team)),
            frozenset(lead.pk for lead in leads_of(team)),
            frozenset(one.staff.pk for one in on_duty(team, at=at)),
        )
        for team in teams
    }
