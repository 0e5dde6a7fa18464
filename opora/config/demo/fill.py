"""Filling an empty desk with the demo provider: all of it in one transaction, so that a half-filled desk cannot be left.

Nothing is sent for the past: nobody is told of it, except colleagues of the last hours, so that the bell has something to
say. Same seed and same `at`: the same desk.
"""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import connection, transaction
from django.db.models import QuerySet

from opora.config.demo import telephones, troubles
from opora.config.demo.clients import add_strangers, sign_up_all
from opora.config.demo.duty import place_what_waits, run_the_lines
from opora.config.demo.letters import send_the_past
from opora.config.demo.planning import DAYS, Planner
from opora.config.demo.provider import found_provider
from opora.config.demo.scripts import Script, read_folder
from opora.desk.customers.models import Organisation
from opora.desk.dispatch.models import Notice
from opora.desk.kernel import listeners
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Delivery
from opora.desk.people.models import Account, Staff
from opora.desk.sla.jobs import sweep
from opora.desk.sla.queries import next_deadline
from opora.desk.tickets.models import Ticket
from opora.desk.web.catcher.visitors import PASSWORD

SEED = 20261123

SCENARIOS = Path(__file__).parent / "scenarios"
STILL_NEWS = timedelta(hours=8)
UNREAD = timedelta(hours=2)
FORGOTTEN = timedelta(hours=1)
"""What is not told by then is not told any more."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Filled:
    """What now stands in the desk."""

    tickets: int
    live: int
    customers: int
    colleagues: int


def is_empty() -> bool:
    """Whether nobody works here and nobody is served yet: the only desk the demo may be filled into."""
    return not (Staff.objects.exists() or Organisation.objects.exists() or Ticket.objects.exists())


def scripts() -> list[Script]:
    """Every conversation the demo knows."""
    return read_folder(SCENARIOS)


def fill(*, at: datetime, seed: int = SEED, progress: Progress | None = None) -> Filled:
    """Fill the empty desk as of `at`; returns what was made. Raises RuntimeError when it is not empty."""
    if not is_empty():
        raise RuntimeError("This desk is not empty; the demo is filled only into an empty one.")
    with _one_piece():
        _live_through(at.replace(microsecond=0), Random(seed), progress or _in_silence)  # noqa: S311
        Account.objects.filter(pk__in=_without_password()).update(password=make_password(PASSWORD))
        _tell_the_news(at)
        send_the_past(at=at)
        Notice.objects.filter(at__lt=at - UNREAD).update(read_at=at - UNREAD)
    live = Ticket.objects.filter(
        state__in=["new", "open", "waiting_confirmation", "waiting_customer", "waiting_vendor"]
    ).count()
    return Filled(Ticket.objects.count(), live, Organisation.objects.count(), Staff.objects.count())


@contextmanager
def _one_piece() -> Iterator[None]:
    """One transaction in which no action makes a savepoint of its own: whatever fails, all of it goes.

    A quarter of all statements would else be savepoints that nobody ever goes back to.
    """
    connection.features.uses_savepoints = False
    try:
        with transaction.atomic():
            yield
    finally:
        connection.features.uses_savepoints = True


def _without_password() -> QuerySet[Account]:
    return Account.objects.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def _in_silence(done: int, of: int) -> None:
    """Nobody wants to know how far it is."""


def _live_through(at: datetime, dice: Random, progress: Progress) -> None:
    founded = at - timedelta(days=400)
    with listeners.unheard():
        provider = found_provider(at=founded)
        telephones.wire(provider, at=founded)
        customers = sign_up_all(provider, founded=founded, at=at)
        strangers = add_strangers(at=at - timedelta(days=DAYS))
    stories = Planner(scripts(), customers, strangers, provider, at, dice).everything()
    todo = [(story.opened_at, place) for place, story in enumerate(stories)]
    heapq.heapify(todo)
    whole, done = sum(story.steps + 1 for story in stories), 0
    while todo:
        moment, place = heapq.heappop(todo)
        with listeners.unheard() if moment <= at - STILL_NEWS - FORGOTTEN else nullcontext():
            _judge_promises(moment)
            stories[place].perform(moment)
        if moment > at - STILL_NEWS:
            _tell_the_news(moment)
        following = stories[place].next_moment(moment)
        if following is not None and following <= at:
            heapq.heappush(todo, (following, place))
        done += 1
        progress(done, whole)
    troubles.stage(provider, customers, at=at)
    _judge_promises(at)
    with listeners.unheard():
        run_the_lines(provider, at=at)
        place_what_waits(at=at)


def _judge_promises(moment: datetime) -> None:
    """What the timer would have done by now."""
    deadline = next_deadline()
    if deadline is not None and deadline <= moment:
        sweep(moment)


def _tell_the_news(moment: datetime) -> None:
    """Colleagues hear of the last hours as they would have; older tellings are dropped, and nothing leaves the house."""
    _forget_the_past(moment - FORGOTTEN)
    while deliver_due(at=moment, limit=500):
        pass


def _forget_the_past(before: datetime) -> None:
    Delivery.objects.exclude(listener__startswith="dispatch.").delete()
    Delivery.objects.filter(due_at__lt=before).delete()
