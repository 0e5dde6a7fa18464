"""What makes a database unfit, as far as a living server cannot easily show it."""

from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest

from opora.config import database
from opora.desk.kernel import clock


class Fake:
    """A connection to a server with the given faults; otherwise a good one."""

    def __init__(self, version=180006, recovering=False, ahead=0.0):
        self.info = Info(version)
        self._answers = {
            "pg_is_in_recovery": [(recovering,)],
            "pg_extension": [(name,) for name in database.EXTENSIONS],
            "has_schema_privilege": [(True,)],
        }
        self._ahead = timedelta(seconds=ahead)

    def execute(self, statement, *_):
        if "clock_timestamp" in statement:
            return Rows([(clock.now() + self._ahead,)])
        return Rows(next(rows for word, rows in self._answers.items() if word in statement))


class Info:
    def __init__(self, version):
        self.server_version = version

    def parameter_status(self, name):
        return {"server_encoding": "UTF8"}[name]


class Rows(list):
    def fetchone(self):
        return self[0]


def examine(monkeypatch, **faults) -> list[str]:
    @contextmanager
    def connect(*_):
        yield Fake(**faults)

    monkeypatch.setattr(database, "connect", connect)
    return database.examine("postgresql://somewhere/opora")


def test_it_finds_nothing_against_a_good_one(monkeypatch):
    assert examine(monkeypatch) == []


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"version": 140011}, "PostgreSQL is 14; version 15 or newer is needed"),
        ({"recovering": True}, "standby"),
        ({"ahead": 7.0}, "+7.0 s from ours"),
        ({"ahead": -7.0}, "-7.0 s from ours"),
    ],
)
def test_it_says_what_is_wrong(monkeypatch, faults, words):
    (reason,) = examine(monkeypatch, **faults)
    assert words in reason


def test_it_bears_a_second(monkeypatch):
    assert examine(monkeypatch, ahead=1.0) == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://clara:pw@db.example:5432/opora?sslmode=require", "postgresql://clara@db.example:5432/opora"),
        ("postgresql://db.example/opora", "postgresql://db.example/opora"),
        ("postgresql://c:p%40w@a,b:6432/opora", "postgresql://c@a,b:6432/opora"),
    ],
)
def test_it_never_shows_a_password(address, shown):
    assert database.shown(address) == shown


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    """The pauses that were made, without making them; the clock goes on by each."""
    made: list[float] = []
    monkeypatch.setattr(database.time, "sleep", made.append)
    monkeypatch.setattr(database.clock, "monotonic", lambda: sum(made))
    return made


def answers_after(times: int, error: Exception):
    left = [error] * times

    def ask():
        if left:
            raise left.pop()
        return "an answer"

    return ask


@pytest.mark.parametrize("error", [database.Away("it is away"), psycopg.OperationalError("the server went away")])
def test_it_asks_again_with_growing_pauses_while_the_database_is_away(pauses, error):
    assert database.when_it_answers(answers_after(7, error), seconds=60) == "an answer"
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


@pytest.mark.parametrize("error", [database.Away("it is away"), psycopg.OperationalError("it is away")])
def test_it_gives_up_in_the_end_and_says_why(pauses, error):
    with pytest.raises(database.Away, match="it is away"):
        database.when_it_answers(answers_after(1000, error), seconds=10)
    assert 6 <= sum(pauses) <= 10


def test_what_is_wrong_with_a_database_that_answers_is_told_at_once(pauses):
    with pytest.raises(database.Unfit, match="too old"):
        database.when_it_answers(answers_after(1, database.Unfit("it is too old")), seconds=60)
    assert pauses == []
