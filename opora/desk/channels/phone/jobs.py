"""What runs by itself: ended calls are settled when late words had time to come. May run twice."""

from datetime import datetime

from django.db import transaction

from opora.desk.channels.phone import actions, rules
from opora.desk.channels.phone.models import Call


def settle_calls(at: datetime, *, limit: int = 200) -> int:
    """Settle up to `limit` ended calls; returns how many. Several workers may run it at once."""
    with transaction.atomic():
        due = list(
            Call.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(settled_at=None, ended_at__lte=at - rules.MISSED_AFTER)
            .order_by("ended_at", "id")[:limit]
        )
        for call in due:
            actions.settle(call, at=at)
    return len(due)
