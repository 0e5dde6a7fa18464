"""Telling of promises that run out or were missed: many at once, for thousands may fall due in one minute."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from opora.desk.dispatch.actions import notices, write_notices
from opora.desk.dispatch.models import Notice
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff, Team
from opora.desk.people.queries import leads_of, next_hours, on_duty, people_of, reachable_ids
from opora.desk.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Line:
    """Whom a line's tickets concern: its people, its leads, and whoever is on duty in it now."""

    people: frozenset[int]
    leads: frozenset[int]
    duty: frozenset[int]


NOBODY = Line(frozenset(), frozenset(), frozenset())


def notice_clocks(events: Sequence[Event], at: datetime) -> None:
    """Reaction: promises run out soon or were missed: the assignee of each ticket, else its line, and the leads of the line.

    A warning is for those who can still act on it: who is reachable now, and whoever is on duty in the line; nobody is
    woken for it (desks.md b10, notices at midnight). A breach is told to all; who is neither at work nor on
    duty finds it at the start of their next hours.
    """
    about = [event for event in events if event.subject_kind == "ticket"]
    tickets = Ticket.objects.select_related("line").in_bulk({event.subject_id for event in about})
    pressing = [(event, tickets[event.subject_id]) for event in about if event.subject_id in tickets]
    lines = _lines({ticket.line for ticket in tickets.values() if ticket.line}, at)
    concerned = [_concerned(ticket, lines.get(ticket.line_id or 0, NOBODY)) for _event, ticket in pressing]
    awake = reachable_ids(sorted(set().union(*concerned)), at=at)
    missed = [event.name.endswith("missed") for event, _ticket in pressing]
    asleep = set().union(*(told for told, broken in zip(concerned, missed, strict=True) if broken)) - awake
    wakes = {one.pk: next_hours(one, at=at) for one in Staff.objects.filter(pk__in=asleep)}
    written: list[Notice] = []
    for (event, ticket), told, broken in zip(pressing, concerned, missed, strict=True):
        if not broken:
            duty = lines.get(ticket.line_id or 0, NOBODY).duty
            written += notices((told & awake) | duty, ticket, Notice.Kind.DUE_SOON, event, at)
            continue
        written += notices(told & awake, ticket, Notice.Kind.MISSED, event, at)
        for sleeper in sorted(told & wakes.keys()):
            written += notices([sleeper], ticket, Notice.Kind.MISSED, event, wakes[sleeper])
    write_notices(written)


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
