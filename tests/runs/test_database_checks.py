"""What makes a database unfit, as far as a living server cannot easily show it."""

from contextlib import contextmanager
from datetime import timedelta

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
