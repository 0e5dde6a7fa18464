"""What happened is kept for ever, and everybody who must know is told exactly once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from opora.desk.kernel import listeners
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Delivery, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A listener to `lamp.lit` that remembers which subjects it was told of."""
    monkeypatch.setattr(listeners, "_by_event", {**listeners._by_event, "lamp.lit": []})
    heard: list[int] = []
    listeners.listen("lamp.lit", "lamp.watcher", lambda event, at: heard.append(event.subject_id))
    yield heard
    listeners._functions.pop("lamp.watcher", None)


def light(number: int, at: datetime) -> Event:
    with transaction.atomic():
        return announce("lamp.lit", subject=("lamp", number), by=SYSTEM, at=at)


def test_it_tells_a_listener_once_and_only_once(told: list[int], monday: datetime) -> None:
    light(7, monday)
    assert deliver_due(at=monday) == 1
    assert deliver_due(at=monday) == 0
    assert told == [7]


def test_it_tells_again_later_when_a_listener_fails(told: list[int], monday: datetime) -> None:
    def fail(event: Event, at: datetime) -> None:
        raise ValueError("the wire is cut")

    light(7, monday)
    listeners._functions["lamp.watcher"] = fail
    deliver_due(at=monday)
    waiting = Delivery.objects.get()
    assert (waiting.tries, waiting.error) == (1, "ValueError: the wire is cut")
    listeners._functions["lamp.watcher"] = lambda event, at: told.append(event.subject_id)
    assert deliver_due(at=monday) == 0
    deliver_due(at=monday + timedelta(seconds=5))
    assert told == [7]


def test_it_lets_no_failing_listener_hold_up_another(told: list[int], monday: datetime) -> None:
    light(1, monday)
    light(2, monday)

    def fail_on_one(event: Event, at: datetime) -> None:
        if event.subject_id == 1:
            raise ValueError("one")
        told.append(event.subject_id)

    listeners._functions["lamp.watcher"] = fail_on_one
    deliver_due(at=monday)
    assert told == [2]


def test_it_writes_down_what_nobody_is_to_be_told_of(told: list[int], monday: datetime) -> None:
    with listeners.unheard():
        kept = light(1, monday)
    light(2, monday)
    deliver_due(at=monday)
    assert (Event.objects.filter(pk=kept.pk).count(), told) == (1, [2])


def test_they_hear_again_even_when_the_silence_broke_off(told: list[int], monday: datetime) -> None:
    with pytest.raises(ValueError, match="the lamp fell"), listeners.unheard():
        raise ValueError("the lamp fell")
    light(3, monday)
    deliver_due(at=monday)
    assert told == [3]


def test_it_refuses_an_event_outside_a_transaction(transactional_db: None, monday: datetime) -> None:
    with pytest.raises(RuntimeError):
        announce("lamp.lit", subject=("lamp", 1), by=SYSTEM, at=monday)


@pytest.mark.parametrize("harm", ["update", "delete"])
def test_it_never_lets_an_event_be_changed_or_removed(harm: str, monday: datetime) -> None:
    event = light(7, monday)
    rows = Event.objects.filter(pk=event.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(why="another story") if harm == "update" else rows.delete()
    assert rows.get().why == ""


@pytest.fixture
def gathered() -> Iterator[list[list[int]]]:
    """What a listener that takes many at once was told, call by call; it refuses two together where one is a spoiler."""
    calls: list[list[int]] = []

    def take(events: Sequence[Event], at: datetime) -> None:
        numbers = [event.subject_id for event in events]
        if 13 in numbers:
            raise ValueError("a spoiler")
        calls.append(numbers)

    listeners.listen_together("tests.many", "tests.together", take)
    yield calls
    listeners._by_event.pop("tests.many")
    listeners._functions.pop("tests.together")
    listeners._together.pop("tests.together")


def happen(*numbers: int, at: datetime) -> None:
    with transaction.atomic():
        for number in numbers:
            announce("tests.many", subject=("thing", number), by=SYSTEM, at=at)


def test_it_tells_of_many_at_once_who_takes_many(gathered: list[list[int]], monday: datetime) -> None:
    happen(1, 2, 3, at=monday)
    assert deliver_due(at=monday) == 3
    assert gathered == [[1, 2, 3]]
    assert not Delivery.objects.exists()


def test_it_tells_singly_what_cannot_be_told_together(gathered: list[list[int]], monday: datetime) -> None:
    happen(1, 13, 3, at=monday)
    deliver_due(at=monday)
    assert gathered == [[1], [3]]
    (late,) = Delivery.objects.all()
    assert (late.event.subject_id, late.tries) == (13, 1)
