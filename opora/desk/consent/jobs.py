"""What runs by itself: reminders, the call when nobody answers, the end of a request's life. May run twice."""

from datetime import datetime

from django.db import transaction

from opora.desk.consent import actions
from opora.desk.consent.models import ConfirmationRequest


def take_next_steps(at: datetime, *, limit: int = 100) -> int:
    """Take the due step of up to `limit` requests; returns how many were taken. Several workers may run it at once."""
    with transaction.atomic():
        due = list(
            ConfirmationRequest.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("ticket", "asked_by", "organisation")
            .filter(next_step_at__lte=at)
            .order_by("next_step_at", "id")[:limit]
        )
        for request in due:
            actions.take_next_step(request, at=at)
    return len(due)
