"""Looking after promises whose next deadline has come. Cost grows with what is due, never with what is open.

Any number of sweepers may run: each takes rows nobody else holds, judges each as of its own deadline, and commits the
judgement with its event. Killed in the middle, nothing of the batch has happened and the next sweep takes it again.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from opora.desk.kernel.actions import SYSTEM
from opora.desk.kernel.moves import compare_and_set
from opora.desk.sla import events, states
from opora.desk.sla.actions.clocks import miss, tell
from opora.desk.sla.models import Clock
from opora.desk.sla.rules import broken_from

log = logging.getLogger(__name__)


def sweep_due(*, at: datetime, limit: int = 500) -> int:
    """Warn or miss every clock due by `at`, at most `limit` of them; return how many were handled.

    A clock whose judgement fails is logged and left as it is; it does not stop the others.
    """
    try:
        return _sweep(at, limit)
    except Exception:
        log.exception("A batch of promises could not be judged together; judging them one by one.")
    return sum(_sweep_one(pk, at) for pk in _due(at).values_list("pk", flat=True)[:limit])


@transaction.atomic
def _sweep(at: datetime, limit: int) -> int:
    due = list(_due(at).select_for_update(skip_locked=True)[:limit])
    for clock in due:
        _judge(clock, at)
    return len(due)


def _sweep_one(pk: int, at: datetime) -> int:
    try:
        with transaction.atomic():
            for clock in _due(at).filter(pk=pk).select_for_update(skip_locked=True):
                _judge(clock, at)
                return 1
    except Exception:
        log.exception("Promise %s could not be judged.", pk)
    return 0


def _due(at: datetime) -> QuerySet[Clock]:
    return Clock.objects.filter(next_deadline_at__lte=at).order_by("next_deadline_at", "id")


def _judge(clock: Clock, at: datetime) -> None:
    if at >= broken_from(clock.due_at):
        miss(clock)  # a warning that comes together with the breach would be noise: one notice
        return
    assert clock.warn_at is not None
    compare_and_set(
        clock,
        {"state": states.RUNNING, "warned_at": None},
        warned_at=clock.warn_at,
        next_deadline_at=broken_from(clock.due_at),
    )
    tell(clock, events.CLOCK_WARNED, by=SYSTEM, at=clock.warn_at)
