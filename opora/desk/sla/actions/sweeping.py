"""Looking after promises whose next deadline has come. Cost grows with what is due, never with what is open.

Any number of sweepers may run: each takes rows nobody else holds, judges each as of its own deadline, and commits the
judgement with its event. Killed in the middle, nothing of the batch has happened and the next sweep takes it again.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from opora.desk.kernel.actions import SYSTEM, Happening, announce_all
from opora.desk.sla import events, states
from opora.desk.sla.actions.judging import facts_of
from opora.desk.sla.models import Clock
from opora.desk.sla.rules.promises import SECOND, broken_from

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
    _judge(due, at)
    return len(due)


def _sweep_one(pk: int, at: datetime) -> int:
    try:
        with transaction.atomic():
            due = list(_due(at).filter(pk=pk).select_for_update(skip_locked=True))
            _judge(due, at)
            return len(due)
    except Exception:
        log.exception("Promise %s could not be judged.", pk)
    return 0


def _due(at: datetime) -> QuerySet[Clock]:
    return Clock.objects.filter(next_deadline_at__lte=at).order_by("next_deadline_at", "id")


def _judge(due: list[Clock], at: datetime) -> None:
    """Miss what is past its due second, warn of the rest: a warning that comes with the breach would only be noise."""
    missed = [clock for clock in due if at >= broken_from(clock.due_at)]
    warned = [clock for clock in due if at < broken_from(clock.due_at)]
    _write(missed, state=states.MISSED, missed_at=F("due_at"), next_deadline_at=None)
    _write(warned, warned_at=F("warn_at"), next_deadline_at=F("due_at") + SECOND)
    _tell(events.CLOCK_MISSED, [(clock, clock.due_at) for clock in missed])
    _tell(events.CLOCK_WARNED, [(clock, clock.warn_at or at) for clock in warned])


def _write(clocks: list[Clock], **new: object) -> None:
    running = Clock.objects.filter(pk__in=[clock.pk for clock in clocks], state=states.RUNNING)
    if clocks and running.update(**new) != len(clocks):
        raise RuntimeError("A promise changed while its row was held.")


def _tell(name: str, judged: list[tuple[Clock, datetime]]) -> None:
    if judged:
        happened = [Happening(clock.about, moment, facts_of(clock)) for clock, moment in judged]
        announce_all(name, happened, by=SYSTEM)
