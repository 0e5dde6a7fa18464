"""What the supervisor does when parts end: who is started again, who is given up, and what stands on what."""

from dataclasses import dataclass, field

import pytest

from opora.config.supervisor import tree as trees
from opora.config.supervisor.parts import Part
from opora.config.supervisor.tree import GivenUp, Tree


class FakeProcess:
    """Runs until a test says how it ended."""

    pid = 0
    returncode: int | None = None

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int, /) -> None:
        self.returncode = -number

    def kill(self) -> None:
        self.returncode = -9


@dataclass
class FakePart(Part):
    """A part of fake processes; `works` is what it says of itself."""

    works: bool = True
    starts: list[FakeProcess] = field(default_factory=list)

    def start(self) -> None:
        self.starts.append(FakeProcess())
        self.process = self.starts[-1]

    def look(self) -> bool:
        return self.works

    def ends(self, code: int) -> None:
        self.starts[-1].returncode = code


class Time:
    """A clock that a test puts forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch) -> Time:
    found = Time()
    monkeypatch.setattr(trees.clock, "monotonic", found)
    return found


@pytest.fixture
def database() -> FakePart:
    return FakePart("postgres", 2, 1.0, ground=True)


@pytest.fixture
def worker() -> FakePart:
    return FakePart("worker", 1, 1.0)


@pytest.fixture
def tree(time, database, worker) -> Tree:
    made = Tree(lambda who, what: None)
    made.begin(database, worker)
    made._turn(0)
    return made


def later(tree: Tree, time: Time, seconds: float) -> None:
    time.now += seconds
    tree._turn(0)


def test_it_starts_a_part_again_after_a_pause_that_grows(tree, time, worker):
    for pause in (0.2, 1.0, 2.0, 5.0):
        worker.ends(-9)
        later(tree, time, 0.01)
        running = len(worker.starts)
        later(tree, time, pause - 0.05)
        assert len(worker.starts) == running
        later(tree, time, 0.1)
        assert len(worker.starts) == running + 1
        later(tree, time, 0.01)


def test_it_forgets_failures_after_a_good_while(tree, time, worker):
    worker.ends(1)
    for seconds in (0.01, 0.3, 0.01, 31.0):
        later(tree, time, seconds)
    assert worker.failures == 0


def test_it_gives_up_what_never_worked(tree, time, worker):
    worker.works = worker.ever_ready = worker.ready = False

    def fails() -> None:
        worker.ends(1)
        later(tree, time, 0.01)
        later(tree, time, 30.0)

    fails()
    fails()
    with pytest.raises(GivenUp, match="worker ended 3 times without ever working"):
        fails()


def test_it_does_not_give_up_what_somebody_kills_before_it_ever_worked(tree, time, worker):
    worker.works = worker.ever_ready = worker.ready = False
    for _ in range(5):
        worker.ends(-9)
        later(tree, time, 0.01)
        later(tree, time, 30.0)
    assert (worker.failures, worker.killed) == (5, 5)
    assert worker.process is not None


def test_what_died_since_the_last_look_is_waited_for(tree, time, database):
    starts = len(database.starts)
    database.ends(-9)
    with pytest.raises(GivenUp, match="postgres: not ready"):
        tree.until_ready(database, seconds=-1)
    time.now += 30
    tree.until_ready(database)
    assert len(database.starts) == starts + 1


def test_it_gives_up_at_once_what_says_that_it_can_never_work(tree, time, worker):
    worker.ends(78)
    with pytest.raises(GivenUp, match="worker cannot work"):
        later(tree, time, 0.01)


def test_what_ends_with_its_ground_has_not_failed(tree, time, database, worker):
    worker.works = worker.ever_ready = worker.ready = False
    database.works = False
    database.ends(-9)
    worker.ends(1)
    later(tree, time, 0.01)
    assert (database.failures, worker.failures) == (1, 0)


def test_nothing_is_started_on_a_ground_that_is_away(tree, time, database, worker):
    database.works = False
    database.ends(-9)
    worker.ends(1)
    for _ in range(20):
        later(tree, time, 1.0)
    assert (len(database.starts), len(worker.starts)) == (2, 1)
    database.works = True
    later(tree, time, 1.0)
    later(tree, time, 1.0)
    assert len(worker.starts) == 2


def test_what_survives_its_grounds_fall_goes_on(tree, time, database, worker):
    database.ends(-9)
    for _ in range(5):
        later(tree, time, 1.0)
    assert (len(database.starts), len(worker.starts)) == (2, 1)


def test_the_database_has_the_time_that_others_left(tree, time, database, monkeypatch):
    def sleep(seconds: float) -> None:
        time.now += seconds
        if time.now >= 1.8:
            database.ends(0)

    monkeypatch.setattr(tree, "_sleep", sleep)
    monkeypatch.setattr(FakeProcess, "send_signal", lambda self, number: None)
    monkeypatch.setattr(tree.parts[1], "ask_to_stop", lambda: tree.parts[1].ends(0))
    tree.stop()
    assert database.starts[-1].returncode == 0, "one second of its own and one that the worker did not need"
