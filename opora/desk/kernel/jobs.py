"""Telling listeners what happened. Each telling and the removal of its row are one transaction: exactly once."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

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
        done = [delivery.pk for some in _in_order(due) for delivery in _told(some, at)]
        Delivery.objects.filter(pk__in=done).delete()
    return len(due)


def _in_order(due: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """What is told at once: one delivery, or in a row of listeners that take many, all of each of them."""
    for many, row in groupby(due, lambda delivery: listeners.together_of(delivery.listener) is not None):
        if not many:
            yield from ([delivery] for delivery in row)
            continue
        by_listener: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in row:
            by_listener[delivery.listener].append(delivery)
        yield from by_listener.values()


def _told(some: Sequence[Delivery], at: datetime) -> list[Delivery]:
    """Tell these, together where they are many; returns those that were told."""
    together = listeners.together_of(some[0].listener) if len(some) > 1 else None
    if together is not None:
        try:
            with transaction.atomic():
                together([delivery.event for delivery in some], at)
            return list(some)
        except Exception:
            log.exception("listener %s failed on %s events together; telling it singly", some[0].listener, len(some))
    return [delivery for delivery in some if _tell(delivery, at)]


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
