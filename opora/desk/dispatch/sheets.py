"""What the next shift of a line must know, drawn from the tickets as they stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from opora.desk.dispatch.rules import DUE_SOON_HOURS
from opora.desk.people.models import Staff, Team
from opora.desk.people.queries import rosters_of
from opora.desk.tickets import states
from opora.desk.tickets.models import Handoff, Ticket

MOST = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket on the sheet; `suspected` is what the last hand-off said."""

    pk: int
    mark: str
    subject: str
    customer: str
    assignee: str
    priority: str
    priority_word: str
    due_at: datetime | None
    since: datetime
    suspected: str


_FOR_CUSTOMER = frozenset({states.WAITING_CUSTOMER, states.WAITING_CONFIRMATION})


@dataclass(frozen=True, slots=True)
class Sheet:
    """What burns (its promise ends within four hours, or has), what is gone altogether, who waits, for whom we wait."""

    burning: list[Line]
    outages: list[Line]
    nobodys: list[Line]
    waiting_customer: list[Line]
    waiting_vendor: list[Line]
    open: int


def sheet(team: Team, *, at: datetime) -> Sheet:
    """The sheet of the line at this moment; each part at most forty tickets, the most pressing first."""
    live = Ticket.objects.filter(line=team, state__in=sorted(states.LIVE))
    soon = at + timedelta(hours=DUE_SOON_HOURS)
    rows = list(
        live.select_related("requester", "organisation", "assignee").order_by("due_at", "opened_at", "pk")[:400]
    )
    said = _suspicions([row.pk for row in rows])
    lines = [(row, _line(row, said)) for row in rows]
    return Sheet(
        burning=[line for row, line in lines if row.due_at is not None and row.due_at <= soon][:MOST],
        outages=[line for row, line in lines if row.kind == "incident" and row.priority == "high"][:MOST],
        nobodys=[line for row, line in lines if row.assignee_id is None and row.state in states.WITH_US][:MOST],
        waiting_customer=[line for row, line in lines if row.state in _FOR_CUSTOMER][:MOST],
        waiting_vendor=[line for row, line in lines if row.state == states.WAITING_VENDOR][:MOST],
        open=live.count(),
    )


def next_on_duty(team: Team, *, at: datetime) -> list[tuple[str, Staff, datetime]]:
    """Who comes after those who are on duty now: rotation, colleague, from when. Within four weeks."""
    found = []
    for rotation, stints in rosters_of([team], since=at, until=at + timedelta(days=28)):
        coming = next((one for one in stints if one.start > at and one.person), None)
        if coming is not None and coming.person is not None:
            found.append((rotation.name, Staff.objects.get(pk=coming.person), coming.start))
    return found


def _suspicions(numbers: list[int]) -> dict[int, str]:
    rows = Handoff.objects.filter(ticket__in=numbers).exclude(kind=Handoff.Kind.CLOSE).order_by("pk")
    return dict(rows.values_list("ticket_id", "suspected"))


def _line(row: Ticket, said: dict[int, str]) -> Line:
    return Line(
        pk=row.pk,
        mark=row.mark,
        subject=row.subject,
        customer=row.organisation.name if row.organisation else row.requester.name,
        assignee=row.assignee.name if row.assignee else "",
        priority=row.priority,
        priority_word=row.get_priority_display(),
        due_at=row.due_at,
        since=row.changed_at,
        suspected=said.get(row.pk, ""),
    )
