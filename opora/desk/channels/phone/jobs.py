"""What runs by itself: ended calls are settled when late words had time to come, calls without an end are ended, and
references to recordings are dropped when their time is over. May run twice."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from opora.desk.channels.phone import actions, rules, states
from opora.desk.channels.phone.models import Call
from opora.desk.channels.phone.queries import recordings_to_forget


def settle_calls(at: datetime, *, limit: int = 200) -> int:
    """Settle up to `limit` ended calls; returns how many. Several workers may run it at once."""
    with transaction.atomic():
        due = list(
            Call.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("connection__calendar")
            .filter(settled_at=None, ended_at__lte=at - rules.MISSED_AFTER)
            .order_by("ended_at", "id")[:limit]
        )
        for call in due:
            actions.settle(call, at=at)
    return len(due)


def end_silent_calls(at: datetime, *, limit: int = 100) -> int:
    """End up to `limit` calls of whose end no exchange told us; returns how many."""
    silent = Q(state=states.RINGING, began_at__lt=at - rules.RINGS_AT_MOST) | Q(
        state=states.ANSWERED, began_at__lt=at - rules.TALKS_AT_MOST
    )
    with transaction.atomic():
        due = list(Call.objects.select_for_update(skip_locked=True, of=("self",)).filter(silent).order_by("id")[:limit])
        for call in due:
            actions.end_silent(call, at=at)
    return len(due)


def forget_recordings(at: datetime, *, limit: int = 500) -> int:
    """Drop up to `limit` references whose time is over; returns how many."""
    with transaction.atomic():
        due = list(recordings_to_forget(at)[:limit])
        for call in due:
            actions.forget_recording(call, at=at)
    return len(due)
