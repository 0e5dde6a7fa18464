"""The timetable's loops: none stops another, a leader leads alone, a NOTIFY wakes."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from opora.config.loops import Leadership, Loop, Loops
from opora.config.timetable import TIMETABLE
from opora.desk.kernel import clock
from tests.runs.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address() -> str:
    wanted = connection.get_connection_params()
    port = f"&port={wanted['port']}" if wanted.get("port") else ""
    return f"postgresql://{wanted.get('user', '')}@/{wanted['dbname']}?host={wanted.get('host', '')}{port}"


class Run:
    """Starts loops and stops them at the end of the test."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.running: list[Loops] = []

    def __call__(self, *loops: Loop) -> Loops:
        made = Loops(loops, self.address)
        self.running.append(made)
        made.start()
        return made


@pytest.fixture
def run(address) -> Iterator[Run]:
    found = Run(address)
    yield found
    for loops in found.running:
        assert loops.stop()


def test_it_calls_again_at_once_after_something_and_rests_after_nothing(run):
    work = [3, 2, 1]
    loops = run(Loop("busy", 3600, lambda at: work.pop() if work else 0))
    wait_until(lambda: loops.tallies["busy"].runs == 4, "three batches and an empty one")
    assert loops.tallies["busy"].done == 6


def test_a_failing_loop_is_counted_and_stops_no_other(run):
    ran = threading.Event()

    def fails(at):
        raise ValueError("the moon is full")

    loops = run(Loop("fails", 0.01, fails), Loop("works", 3600, lambda at: ran.set()))
    assert ran.wait(10)
    wait_until(lambda: loops.tallies["fails"].errors >= 2, "it is tried again")
    assert loops.tallies["fails"].last_error == "ValueError: the moon is full"
    assert loops.tallies["works"].errors == 0


def test_a_failing_loop_pauses_longer_and_longer(run):
    moments = []

    def fails(at):
        moments.append(clock.monotonic())
        raise ValueError("again")

    run(Loop("fails", 0.001, fails))
    wait_until(lambda: len(moments) >= 3, "three tries")
    assert moments[2] - moments[1] > moments[1] - moments[0] > 0.5


def test_a_leader_leads_alone_and_another_follows_when_it_is_gone(run, address):
    ran = {"one": 0, "two": 0}

    def count(name):
        def counted(at):
            ran[name] += 1

        return counted

    one = run(Loop("lead", 0.01, count("one"), leader=True))
    wait_until(lambda: ran["one"] > 3, "the first leads")
    run(Loop("lead", 0.01, count("two"), leader=True))
    so_far = ran["one"]
    wait_until(lambda: ran["one"] > so_far + 3, "the first goes on")
    assert ran["two"] == 0
    assert one.stop()
    wait_until(lambda: ran["two"] > 3, "the second takes over")


def test_who_loses_its_connection_leads_no_more_until_it_has_the_lock_again(address):
    mine, other = Leadership(address), Leadership(address)
    try:
        assert mine.holds("lead")
        assert not other.holds("lead")
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                " AND classid = %s",
                [0x0F0A],
            )
        wait_until(lambda: takes(other, "lead"), "the other leads")
        wait_until(lambda: loses(mine, "lead"), "the first notices")
    finally:
        mine.close()
        other.close()


def takes(leadership: Leadership, name: str) -> bool:
    try:
        return leadership.holds(name)
    except psycopg.Error:
        return False


def loses(leadership: Leadership, name: str) -> bool:
    try:
        return not leadership.holds(name)
    except psycopg.Error:
        return True


def test_a_notice_wakes_the_loop_long_before_its_time(run, address):
    ran = []
    loops = run(Loop("sleepy", 3600, ran.append, woken_by=("tests_wake",)))
    wait_until(lambda: loops.tallies["sleepy"].runs >= 2, "the first run, and one when the listening begins")
    before = len(ran)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("NOTIFY tests_wake")
    wait_until(lambda: len(ran) > before, "it was woken")


def test_the_real_timetable_runs_through_on_an_empty_desk(run):
    loops = run(*TIMETABLE)
    wait_until(lambda: all(tally.runs for tally in loops.tallies.values()), "each loop ran", 60)
    assert {name: tally.last_error for name, tally in loops.tallies.items() if tally.errors} == {}


def test_every_line_of_the_timetable_is_named_once_and_rests():
    names = [loop.name for loop in TIMETABLE]
    assert len(names) == len(set(names))
    assert all(loop.every >= 0.05 for loop in TIMETABLE)
