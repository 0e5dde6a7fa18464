"""Many guesses at once, from many processes, gain nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.kernel.errors import Refused
from opora.desk.web.signin import rules
from opora.desk.web.signin.actions import count_try
from opora.desk.web.signin.models import Guesses


@pytest.mark.django_db(transaction=True)
def test_it_counts_tries_that_come_at_once_one_by_one(monday: datetime) -> None:
    def guess(number: int) -> bool:
        try:
            count_try("anna@provider.example", f"203.0.113.{number}", at=monday)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as crowd:
        let_through = sum(crowd.map(guess, range(40)))
    assert let_through == rules.FREE_TRIES["account"] + 1
    assert Guesses.objects.get(kind="account").failures == let_through


@given(st.integers(0, 10_000), st.sampled_from(sorted(rules.FREE_TRIES)))
def test_it_never_pauses_shorter_after_more_failures(failures: int, kind: str) -> None:
    pause = rules.pause_after(failures, kind)
    assert pause <= rules.pause_after(failures + 1, kind) <= rules.LONGEST_PAUSE
    assert bool(pause) == (failures > rules.FREE_TRIES[kind])


@given(st.binary(min_size=20, max_size=20), st.integers(10**9, 4 * 10**9))
def test_it_takes_the_number_of_this_half_minute_and_its_neighbours_only(secret: bytes, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    step = rules.totp_step(at)
    for near in (-1, 0, 1):
        assert rules.matching_step(secret, rules.hotp(secret, step + near), at=at, after=step - 2) is not None
    assert rules.matching_step(secret, rules.hotp(secret, step), at=at, after=step + 1) is None
    assert rules.matching_step(secret, "", at=at, after=0) is None
