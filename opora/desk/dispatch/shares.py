"""How much the first line closes itself, and how often tickets go from hand to hand. Counted from what is kept."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

PROMISED_SHARE = 65
"""Percent of requests that end in the first line, by the interview (process.md, The people)."""

# A ticket counts in the week in which it was resolved last, while it is resolved or closed. It was the first line's when
# it stands there and never was in the second or third.
_SHARES = """
    select date_trunc('week', ticket.resolved_at at time zone %(zone)s)::date as week, count(*),
           count(*) filter (where line.kind = 'l1' and not exists (
               select 1 from tickets_handoff handoff join people_team went on went.id = handoff.to_line_id
               where handoff.ticket_id = ticket.id and went.kind in ('l2', 'l3')))
    from tickets_ticket ticket left join people_team line on line.id = ticket.line_id
    where ticket.resolved_at >= %(since)s and ticket.resolved_at < %(until)s and ticket.state in ('resolved', 'closed')
    group by week order by week desc
"""
_WAYS = """
    select handoff.kind, coalesce(old.name, ''), new.name, count(*)
    from tickets_handoff handoff left join people_team old on old.id = handoff.from_line_id
    join people_team new on new.id = handoff.to_line_id
    where handoff.at >= %(since)s and handoff.at < %(until)s
    group by handoff.kind, old.name, new.name order by count(*) desc, old.name, new.name
"""
_TURNED = """
    select ticket.id, ticket.subject, count(*), count(*) filter (where handoff.kind = 'back')
    from tickets_handoff handoff join tickets_ticket ticket on ticket.id = handoff.ticket_id
    where handoff.kind <> 'close' and handoff.ticket_id in (
        select ticket_id from tickets_handoff where kind = 'back' and at >= %(since)s and at < %(until)s)
    group by ticket.id, ticket.subject order by count(*) desc, ticket.id desc limit 20
"""


@dataclass(frozen=True, slots=True)
class Share:
    """A week from its Monday: how many were closed, how many of them by the first line alone."""

    week: date
    closed: int
    first: int

    @property
    def percent(self) -> int:
        """Whole percent, rounded down, so that 65 is not said before it is so."""
        return self.first * 100 // self.closed if self.closed else 0

    @property
    def kept(self) -> bool:
        """Whether at least the promised share ended in the first line; compared in whole numbers."""
        return self.first * 100 >= self.closed * PROMISED_SHARE


@dataclass(frozen=True, slots=True)
class Way:
    """How many tickets went this way between two lines."""

    kind: str
    old: str
    new: str
    count: int


@dataclass(frozen=True, slots=True)
class Turned:
    """A ticket that came back: how often it was handed over, how often back."""

    ticket: int
    subject: str
    times: int
    back: int


def first_line_shares(*, since: datetime, until: datetime, zone: str) -> list[Share]:
    """Every week in which something was closed, the newest first, by the Mondays of the zone."""
    return [Share(*row) for row in _asked(_SHARES, since, until, zone)]


def ways(*, since: datetime, until: datetime) -> list[Way]:
    """Between which lines tickets went, the most travelled way first."""
    return [Way(*row) for row in _asked(_WAYS, since, until)]


def turned(*, since: datetime, until: datetime) -> list[Turned]:
    """Tickets that were handed back in this time, the most handed over first; at most twenty."""
    return [Turned(*row) for row in _asked(_TURNED, since, until)]


def _asked(statement: str, since: datetime, until: datetime, zone: str = "UTC") -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"since": since, "until": until, "zone": str(ZoneInfo(zone))})
        return list(cursor.fetchall())
