"""Browsers that are half-way in, and the letters sign-in would have sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.test import Client

from opora.desk.kernel import clock
from opora.desk.web.signin import letters
from tests.cast import PASSWORD


@dataclass
class Hands:
    """A clock whose hands the test moves."""

    at: datetime

    def pass_by(self, span: timedelta) -> datetime:
        """Let so much time go by; returns the moment then."""
        self.at += span
        return self.at


@dataclass
class Mailbag:
    """The letters that were handed over, newest last."""

    letters: list[dict[str, object]] = field(default_factory=list)

    def carry(self, **letter: object) -> None:
        """Take one."""
        self.letters.append(letter)

    @property
    def code(self) -> str:
        """The code in the newest letter."""
        return str(self.letters[-1]["subject"]).split()[0]


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch, monday: datetime) -> Hands:
    """The desk's clock stands on Monday morning until the test moves it."""
    hands = Hands(monday)
    for place in ("opora.desk.web.components.doors.now", "opora.desk.kernel.clock.now"):
        monkeypatch.setattr(place, lambda: hands.at)
    assert clock.now() == monday
    return hands


@pytest.fixture
def mailbag(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbag]:
    """What would have gone to the mail road."""
    bag = Mailbag()
    monkeypatch.setattr(letters, "queue_notice", bag.carry)
    yield bag


def type_password(browser: Client, email: str, password: str = PASSWORD, *, door: str = "/desk/sign-in/") -> object:
    """What the sign-in page answers."""
    return browser.post(door, {"email": email, "password": password})
