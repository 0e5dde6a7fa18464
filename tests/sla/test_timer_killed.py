"""The timer is killed at random moments, a hundred times: no promise is judged twice, and none is missed out."""

import multiprocessing
import random
import signal
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from opora.desk.kernel.models import Event
from opora.desk.sla import jobs
from opora.desk.sla.actions import start_clock
from opora.desk.sla.models import CalendarVersion, Clock
from tests.sla.conftest import ANNA, HOUR, MONDAY
from tests.sla.sweeping_child import sweep_on

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.sla.sweeping_child"])
KILLS, CLOCKS = 100, 1_500
LATER = MONDAY + timedelta(days=1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_judges_each_promise_once_when_killed_a_hundred_times(office: CalendarVersion) -> None:
    start_clock(promise="review", about=("review", 0), calendar_version=office, target_seconds=HOUR, by=ANNA, at=MONDAY)
    _multiply(CLOCKS)
    dice, cut_off = random.Random(4), 0
    for _ in range(KILLS):
        cut_off += _sweep_and_kill(after=dice.uniform(0.0, 0.12))
    jobs.sweep(LATER)
    told = Counter(Event.objects.filter(name="sla.clock_missed").values_list("subject_id", flat=True))
    assert cut_off >= KILLS // 2
    assert told == Counter(range(CLOCKS))
    assert Clock.objects.filter(state="missed").count() == CLOCKS


def _multiply(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sla_clock (promise, about_kind, about_id, calendar_version_id, target_seconds, state, started_at,
                                   warn_at, due_at, next_deadline_at)
            SELECT promise, about_kind, number, calendar_version_id, target_seconds, state, started_at, warn_at, due_at,
                   next_deadline_at
            FROM sla_clock, generate_series(1, %s) AS number
            """,
            [count - 1],
        )


def _sweep_and_kill(*, after: float) -> bool:
    """Sweep in a process of its own, a few clocks to a batch, and kill it; whether it was still at work."""
    ours, theirs = FORKING.Pipe()
    sweeping = FORKING.Process(target=sweep_on, args=(connection.settings_dict["NAME"], LATER, theirs), daemon=True)
    sweeping.start()
    assert ours.poll(60), "it never began"
    threading.Event().wait(after)
    sweeping.kill()
    sweeping.join()
    return sweeping.exitcode == -signal.SIGKILL
