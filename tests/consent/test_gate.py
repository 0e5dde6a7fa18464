"""The gate, walked from every side: open only for a live yes to exactly this text, this person, system, action and time."""

from datetime import datetime, timedelta

import pytest

from opora.desk.consent import actions
from opora.desk.consent.policies import may, require
from opora.desk.kernel.actors import SYSTEM, Actor
from opora.desk.kernel.errors import Refused
from tests.cast import Cast
from tests.consent.asking import asked, confirmed

HOUR = timedelta(hours=1)


def test_it_opens_with_the_proof(cast: Cast, monday: datetime) -> None:
    request = confirmed(cast, monday)
    permission = may(cast.boris.actor, "change", cast.web1, at=monday + 2 * HOUR)
    answer = request.answers.get()
    assert (permission.granted, permission.request, permission.answer) == (True, request.pk, answer.pk)
    assert permission.reason == ""


def test_it_is_shut_without_any_confirmation(cast: Cast, monday: datetime) -> None:
    permission = may(cast.boris.actor, "look", cast.web1, at=monday)
    assert (permission.granted, permission.code) == (False, "no_confirmation")
    assert "has not confirmed" in permission.reason


def test_it_is_shut_while_nobody_answered(cast: Cast, monday: datetime) -> None:
    asked(cast, monday)
    assert may(cast.boris.actor, "look", cast.web1, at=monday + 2 * HOUR).code == "no_confirmation"


@pytest.mark.parametrize(
    ("who", "action", "hours", "code"),
    [
        ("anna", "look", 2, "not_this_person"),
        ("vera", "look", 2, "nobody"),
        ("boris", "restart", 2, "not_this_action"),
        ("boris", "anything else", 2, "not_this_action"),
        ("boris", "session.superuser", 2, "not_this_action"),
        ("boris", "look", 0.99, "too_early"),
        ("boris", "look", 3, "too_late"),
        ("boris", "book_time", 4, "too_late"),
    ],
)
def test_it_says_why_not(cast: Cast, monday: datetime, who: str, action: str, hours: float, code: str) -> None:
    confirmed(cast, monday)
    permission = may(getattr(cast, who).actor, action, cast.web1, at=monday + hours * HOUR)
    assert (permission.granted, permission.code) == (False, code)
    assert permission.reason
    with pytest.raises(Refused) as refused:
        require(getattr(cast, who).actor, action, cast.web1, at=monday + hours * HOUR)
    assert refused.value.code == f"consent.{code}"


@pytest.mark.parametrize("action", ["look", "change", "session.look", "session.user", "book_time"])
def test_it_opens_for_everything_the_text_names(cast: Cast, monday: datetime, action: str) -> None:
    confirmed(cast, monday)
    assert may(cast.boris.actor, action, cast.web1, at=monday + HOUR).granted


@pytest.mark.parametrize("actor", [SYSTEM, Actor("contact", 1, "Clara")])
def test_it_is_shut_for_whoever_is_no_engineer(cast: Cast, monday: datetime, actor: Actor) -> None:
    confirmed(cast, monday)
    assert may(actor, "look", cast.web1, at=monday + HOUR).code == "nobody"


def test_it_shuts_at_once_when_the_customer_takes_it_back(cast: Cast, monday: datetime) -> None:
    request = confirmed(cast, monday)
    actions.withdraw(request, by=cast.clara, words="Not today after all.", at=monday + HOUR)
    permission = may(cast.boris.actor, "look", cast.web1, at=monday + HOUR)
    assert (permission.granted, permission.code) == (False, "withdrawn")


def test_it_shuts_when_anything_is_changed(cast: Cast, monday: datetime) -> None:
    """A change makes a new request and kills the old one, yes and all."""
    request = confirmed(cast, monday)
    actions.ask_again(request, starts=monday + HOUR, ends=monday + 5 * HOUR, by=cast.boris, at=monday)
    assert not may(cast.boris.actor, "look", cast.web1, at=monday + 2 * HOUR).granted


def test_it_shuts_for_an_engineer_who_left(cast: Cast, monday: datetime) -> None:
    confirmed(cast, monday)
    cast.boris.active = False
    cast.boris.save(update_fields=["active"])
    assert may(cast.boris.actor, "look", cast.web1, at=monday + HOUR).code == "nobody"
