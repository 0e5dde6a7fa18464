"""What happens to tickets by itself. May run twice or twice at once without harm."""

from datetime import datetime, timedelta

from django.db import transaction

from opora.desk.kernel.actors import SYSTEM
from opora.desk.tickets import actions, states
from opora.desk.tickets.models import Ticket


def close_silent(*, at: datetime, after: timedelta, limit: int = 100) -> int:
    """Close resolved tickets that nobody objected to for `after`; returns how many."""
    with transaction.atomic():
        silent = list(
            Ticket.objects.select_for_update(skip_locked=True)
            .filter(state=states.RESOLVED, resolved_at__lte=at - after)
            .order_by("resolved_at", "pk")[:limit]
        )
        for ticket in silent:
            actions.close(ticket, by=SYSTEM, at=at)
    return len(silent)


def say_planned(at: datetime) -> int:
    """Say the answers whose moment has come; returns how many were dealt with."""
    return actions.say_planned(at=at)


def repin_some(at: datetime) -> int:
    """Do the next piece of a re-pinning somebody asked for; returns how many tickets were dealt with."""
    return actions.repin_some(at=at)
