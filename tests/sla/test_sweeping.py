"""The timer: every promise is judged once, at its own moment, whatever crashes and however many look."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from opora.desk.kernel.models import Event
from opora.desk.sla import jobs, queries
from opora.desk.sla.actions import stop_clock, sweep_due, sweeping
from opora.desk.sla.models import CalendarVersion, Clock
from tests.sla.conftest import ABOUT, ANNA, HOUR, begin, utc

WARN, DUE = utc("2026-09-14T09:00"), utc("2026-09-14T10:00")
SECOND = timedelta(seconds=1)


def told(name: str) -> Counter[int]:
    """How often each ticket was told of something."""
    return Counter(Event.objects.filter(name=f"sla.clock_{name}").values_list("subject_id", flat=True))


@pytest.fixture
def many(office: CalendarVersion) -> list[Clock]:
    """Forty promises about forty tickets, all alike."""
    return [begin(office, about=("ticket", number)) for number in range(1, 41)]


@pytest.mark.django_db
def test_it_does_nothing_before_the_warning_is_due(clock: Clock) -> None:
    assert sweep_due(at=WARN - timedelta(microseconds=1)) == 0
    assert queries.next_deadline() == WARN


@pytest.mark.django_db
def test_it_warns_as_of_the_moment_of_the_warning(clock: Clock) -> None:
    assert sweep_due(at=WARN + timedelta(minutes=7)) == 1
    clock.refresh_from_db()
    assert (clock.state, clock.warned_at, clock.next_deadline_at) == ("running", WARN, DUE + SECOND)
    assert Event.objects.get(name="sla.clock_warned").at == WARN
    assert sweep_due(at=WARN + timedelta(minutes=8)) == 0


@pytest.mark.django_db
def test_it_leaves_the_whole_due_second_to_the_answer(clock: Clock) -> None:
    """b11.9."""
    sweep_due(at=WARN)
    assert sweep_due(at=DUE + timedelta(microseconds=999_999)) == 0
    assert sweep_due(at=DUE + SECOND) == 1


@pytest.mark.django_db
def test_it_misses_as_of_the_due_moment_however_late_it_looks(clock: Clock) -> None:
    sweep_due(at=WARN)
    sweep_due(at=DUE + timedelta(days=3))
    clock.refresh_from_db()
    assert (clock.state, clock.missed_at, clock.next_deadline_at) == ("missed", DUE, None)
    event = Event.objects.get(name="sla.clock_missed")
    assert (event.at, (event.subject_kind, event.subject_id), event.actor_kind) == (DUE, ABOUT, "system")
    assert queries.next_deadline() is None


@pytest.mark.django_db
def test_it_gives_one_notice_when_warning_and_breach_were_both_slept_through(clock: Clock) -> None:
    sweep_due(at=DUE + timedelta(days=3))
    assert (told("warned").total(), told("missed").total()) == (0, 1)


@pytest.mark.django_db
def test_it_takes_the_earliest_first_and_no_more_than_it_may(many: list[Clock], office: CalendarVersion) -> None:
    early = begin(office, about=("ticket", 99), target_seconds=HOUR)
    assert sweep_due(at=DUE + SECOND, limit=3) == 3
    early.refresh_from_db()
    assert early.state == "missed"
    assert jobs.sweep(DUE + SECOND) == 38
    assert Clock.objects.filter(state="missed").count() == 41


@pytest.mark.django_db
def test_it_costs_by_what_is_due_and_not_by_what_is_open(many: list[Clock]) -> None:
    with CaptureQueriesContext(connection) as idle:
        assert sweep_due(at=WARN - SECOND) == 0
    assert len([query for query in idle if "SELECT" in query["sql"]]) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM sla_clock WHERE next_deadline_at <= now() ORDER BY next_deadline_at, id LIMIT 500"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "clock_due" in plan


@pytest.mark.django_db
def test_it_judges_the_others_when_one_cannot_be_judged(
    many: list[Clock], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unlucky = many[7].pk
    monkeypatch.setattr(sweeping, "facts_of", _failing_for(unlucky, sweeping.facts_of))
    assert sweep_due(at=DUE + SECOND) == 39
    assert list(Clock.objects.filter(state="running").values_list("pk", flat=True)) == [unlucky]
    assert f"Promise {unlucky} could not be judged" in caplog.text
    assert set(told("missed").values()) == {1}


def _failing_for(pk: int, facts_of: Callable[[Clock], dict[str, object]]) -> Callable[[Clock], dict[str, object]]:
    def fail_or_tell(clock: Clock) -> dict[str, object]:
        if clock.pk == pk:
            raise RuntimeError("a bug")
        return facts_of(clock)

    return fail_or_tell


class Killed(BaseException):
    """The process is gone: nothing of ours runs afterwards."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["_write", "facts_of", "announce_all", "_tell"])
def test_it_judges_nobody_twice_when_killed_in_the_middle(
    many: list[Clock], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    whole = getattr(sweeping, step)

    def do_and_die(*given: Any, **named: Any) -> None:
        whole(*given, **named)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(sweeping, step, do_and_die)
        sweep_due(at=DUE + SECOND)
    assert told("missed") == Counter()
    assert jobs.sweep(DUE + SECOND) == 40
    assert told("missed") == Counter(range(1, 41))


@pytest.mark.django_db(transaction=True)
def test_it_judges_each_once_when_several_sweep_at_once(many: list[Clock]) -> None:
    handled = _all_at_once([lambda: _sweep_slowly(DUE + SECOND)] * 4)
    assert sum(handled) == 40
    assert told("missed") == Counter(range(1, 41))


def _sweep_slowly(at: datetime) -> int:
    """Sweep in small batches, so that the sweepers meet each other between them."""
    handled = 0
    while batch := sweep_due(at=at, limit=3):
        handled += batch
    return handled


@pytest.mark.django_db(transaction=True)
def test_it_passes_by_what_another_connection_holds(many: list[Clock]) -> None:
    held, done = threading.Event(), threading.Event()

    def hold_the_first_ten() -> int:
        with transaction.atomic():
            rows = Clock.objects.filter(about_id__lte=10).select_for_update()
            count = len(rows)
            held.set()
            assert done.wait(20)
        return count

    def sweep_meanwhile() -> int:
        assert held.wait(20)
        try:
            return sweep_due(at=DUE + SECOND)
        finally:
            done.set()

    assert _all_at_once([hold_the_first_ten, sweep_meanwhile]) == [10, 30]
    assert sweep_due(at=DUE + SECOND) == 10


@pytest.mark.django_db(transaction=True)
def test_it_agrees_with_itself_when_answers_and_sweeps_race(many: list[Clock]) -> None:
    """Half of the answers come in time and half late; sweepers run among them. The moment alone decides."""

    def answer(clocks: list[Clock], at: datetime) -> Callable[[], int]:
        return lambda: len([stop_clock(Clock.objects.get(pk=clock.pk), by=ANNA, at=at) for clock in clocks])

    sweeps: list[Callable[[], int]] = [lambda: _sweep_slowly(DUE + SECOND)] * 2
    _all_at_once([answer(many[:20], DUE), answer(many[20:], DUE + SECOND), *sweeps])
    states = dict(Clock.objects.values_list("about_id", "state"))
    assert {states[number] for number in range(1, 21)} == {"kept"}
    assert {states[number] for number in range(21, 41)} == {"missed"}
    assert set(told("kept").items()) == {(number, 1) for number in range(1, 21)}
    assert max(told("missed").values()) == 1
    assert set(told("stopped_late")) == set(range(21, 41))


def _all_at_once(works: list[Callable[[], int]]) -> list[int]:
    """Run each in a thread with a database connection of its own; return what each gave, raise what any raised."""
    gate, results, broken = threading.Barrier(len(works)), [0] * len(works), list[BaseException]()

    def run(number: int, work: Callable[[], int]) -> None:
        try:
            gate.wait(20)
            results[number] = work()
        except BaseException as error:
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if broken:
        raise broken[0]
    return results
