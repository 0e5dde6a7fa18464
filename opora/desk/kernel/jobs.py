"""Telling listeners what happened. Each telling and the removal of its row are one transaction: exactly once."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from opora.desk.kernel import listeners
from opora.desk.kernel.models import Delivery

log = logging.getLogger("opora.deliveries")

LONGEST_PAUSE = timedelta(hours=1)


def deliver_due(*, at: datetime, limit: int = 100) -> int:
    """Tell up to `limit` waiting listeners; returns how many were taken. Several workers may run it at once.

    A listener that fails is told again later (2, 4, 8 … seconds, at most an hour apart) and never holds up another.
    """
    with transaction.atomic():
        due = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(due_at__lte=at)
            .order_by("due_at", "id")[:limit]
        )
        done = [delivery.pk for delivery in due if _tell(delivery, at)]
        Delivery.objects.filter(pk__in=done).delete()
    return len(due)


def _tell(delivery: Delivery, at: datetime) -> bool:
    function = listeners.function_of(delivery.listener)
    if function is None:
        log.error("no listener called %s in this version; event %s waits", delivery.listener, delivery.event_id)
        _put_off(delivery, at, "no such listener in this version")
        return False
    try:
        with transaction.atomic():
            function(delivery.event, at)
    except Exception as error:
        log.exception("listener %s failed on event %s", delivery.listener, delivery.event_id)
        _put_off(delivery, at, f"{type(error).__name__}: {error}")
        return False
    return True


def _put_off(delivery: Delivery, at: datetime, error: str) -> None:
    tries = delivery.tries + 1
    pause = min(timedelta(seconds=2 ** min(tries, 12)), LONGEST_PAUSE)
    Delivery.objects.filter(pk=delivery.pk).update(tries=tries, due_at=at + pause, error=error[:2000])
