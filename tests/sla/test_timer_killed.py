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
    first = start_clock(
        promise="review", about=("review", 0), calendar_version=office, target_seconds=HOUR, by=ANNA, at=MONDAY
    )
    made = _more_like(first, beside=1)
    dice = random.Random(4)
    for _ in range(KILLS):
        while not _sweep_and_kill(after=dice.uniform(0.0, 0.12)):  # quicker than we kill: more work for the next
            made = _more_like(first, beside=made)
    jobs.sweep(LATER)
    told = Counter(Event.objects.filter(name="sla.clock_missed").values_list("subject_id", flat=True))
    assert told == Counter(range(made))
    assert Clock.objects.filter(state="missed").count() == made


def _more_like(clock: Clock, *, beside: int) -> int:
    """Start CLOCKS clocks more, about the numbers from `beside` on; how many there are then."""
    same = {field.attname: getattr(clock, field.attname) for field in Clock._meta.concrete_fields}
    del same["id"]
    Clock.objects.bulk_create([Clock(**same | {"about_id": beside + number}) for number in range(CLOCKS)])
    return beside + CLOCKS


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
