"""Counting what came in the last hour, and letting go what was held back for it.

The limits are those of `limits.py`; 0 is none.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count

from . import limits, states
from .models import InboundLetter, RawLetter

HOUR = timedelta(hours=1)
AT_ONCE = 500


@dataclass(slots=True)
class Flood:
    """What this hour has brought already, with the letters of the batch in hand counted in."""

    caps: limits.Figures
    senders: Counter[str] = field(default_factory=Counter)
    tickets: Counter[int] = field(default_factory=Counter)
    opened: int = 0

    def sender_is_over(self, email: str) -> bool:
        """Whether the sender has had its share."""
        return 0 < self.caps.sender <= self.senders[email]

    def ticket_is_over(self, number: int) -> bool:
        """Whether the ticket has had its share."""
        return 0 < self.caps.ticket <= self.tickets[number]

    def desk_is_over(self) -> bool:
        """Whether the fuse of the desk has blown."""
        return 0 < self.caps.desk <= self.opened

    def count(self, email: str, ticket: int | None) -> None:
        """One more letter goes on."""
        self.senders[email] += 1
        if ticket is None:
            self.opened += 1
        else:
            self.tickets[ticket] += 1


def measure(senders: Collection[str], tickets: Collection[int], *, at: datetime) -> Flood:
    """What came in the last hour from these senders and to these tickets. Four statements at most."""
    since = at - HOUR
    flood = Flood(limits.in_force())
    recent = InboundLetter.objects.filter(at__gt=since).exclude(raw__transport="import").order_by()
    if flood.caps.sender:
        rows = recent.filter(sender__in=senders).values_list("sender")
        flood.senders.update(dict(rows.annotate(count=Count("pk"))))
    if flood.caps.ticket and tickets:
        flood.tickets.update(dict(recent.filter(ticket__in=tickets).values_list("ticket").annotate(count=Count("pk"))))
    if flood.caps.desk:
        flood.opened = opened_since(since)
    return flood


def opened_since(since: datetime) -> int:
    """How many tickets letters have opened since then; those brought in by hand do not count."""
    return RawLetter.objects.filter(outcome=states.OPENED, decided_at__gt=since).exclude(transport="import").count()


def let_go(*, at: datetime) -> int:
    """Put held letters back on their way as far as the hour has room, the oldest first; returns how many."""
    released = 0
    held = RawLetter.objects.filter(state=states.HELD)
    for reason in list(held.order_by().values_list("held_for", flat=True).distinct()[:AT_ONCE]):
        room = _room(reason, at)
        if room <= 0:
            continue
        keys = list(held.filter(held_for=reason).order_by("pk").values_list("pk", flat=True)[:room])
        released += held.filter(pk__in=keys).update(state=states.STORED, next_try_at=at, tries=0, reason="")
    return released


def _room(reason: str, at: datetime) -> int:
    kind, _, name = reason.partition(":")
    if kind == "sender":
        flood = measure([name], [], at=at)
        return flood.caps.sender - flood.senders[name] if flood.caps.sender else AT_ONCE
    if kind == "ticket":
        flood = measure([], [int(name)], at=at)
        return flood.caps.ticket - flood.tickets[int(name)] if flood.caps.ticket else AT_ONCE
    known = limits.in_force()
    return known.desk - opened_since(at - HOUR) if known.desk else AT_ONCE
