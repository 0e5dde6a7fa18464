"""What a contract owes when we fail, and which licences had run out: pure rules."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opora.desk.customers.rules import CreditTerms, HeldLicence, credit_owed, expired_before, read_credit

TERMS = CreditTerms(fee=100_000, currency="RUB", missed=5, outage_hour=2, cap=50, excused=("customer_change",))
BEGAN = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
DAY = date(2026, 9, 14)


def held(number: int, until: date, noted: datetime = BEGAN - timedelta(days=90), product: str = "RDS") -> HeldLicence:
    return HeldLicence(number, 1, product, until, noted)


def test_it_owes_for_missed_promises_and_begun_hours() -> None:
    owed = credit_owed(TERMS, missed=2, outage_seconds=3 * 3600 + 1, cause="infrastructure")
    assert (owed.percent, owed.amount, owed.hours, owed.capped) == (18, 18_000, 4, False)


def test_it_stops_at_the_cap() -> None:
    owed = credit_owed(TERMS, missed=0, outage_seconds=100 * 3600, cause="vendor")
    assert (owed.percent, owed.amount, owed.capped) == (50, 50_000, True)


def test_it_owes_nothing_for_the_hours_of_an_excused_cause_but_still_for_missed_promises() -> None:
    owed = credit_owed(TERMS, missed=1, outage_seconds=9 * 3600, cause="customer_change")
    assert (owed.percent, owed.excused) == (5, True)


def test_it_owes_nothing_without_terms() -> None:
    assert credit_owed(None, missed=3, outage_seconds=3600).amount == 0


@settings(deadline=None)
@given(st.integers(1, 10**9), st.integers(0, 100), st.integers(0, 100), st.integers(1, 100), st.integers(0, 50))
def test_it_never_owes_more_than_the_cap_nor_less_than_the_exact_share(
    fee: int, missed: int, hour: int, cap: int, count: int
) -> None:
    owed = credit_owed(CreditTerms(fee, "EUR", missed, hour, cap), missed=count, outage_seconds=count * 3600)
    assert owed.percent <= cap
    assert 0 <= owed.amount * 100 - fee * owed.percent < 100


@pytest.mark.parametrize("wrong", [{"fee": 0}, {"cap": 0}, {"cap": 101}, {"missed": -1}])
def test_it_refuses_nonsense(wrong: dict[str, int]) -> None:
    written = {"fee": 100, "currency": "EUR", "missed": 1, "outage_hour": 1, "cap": 10}
    assert read_credit(written) is not None
    with pytest.raises(ValueError, match="a fee above zero"):
        read_credit(written | wrong)


def test_it_suggests_a_licence_that_had_run_out() -> None:
    assert [one.number for one in expired_before([held(1, DAY - timedelta(days=1))], DAY, BEGAN)] == [1]
    assert expired_before([held(1, DAY + timedelta(days=1))], DAY, BEGAN) == []


def test_it_is_not_misled_by_a_renewal_noted_after_the_outage_began() -> None:
    old, renewed = (
        held(1, DAY - timedelta(days=1)),
        held(2, DAY + timedelta(days=365), noted=BEGAN + timedelta(hours=1)),
    )
    assert [one.number for one in expired_before([old, renewed], DAY, BEGAN)] == [1]


def test_it_knows_a_renewal_in_time() -> None:
    old, renewed = held(1, DAY - timedelta(days=1)), held(2, DAY + timedelta(days=365), product="rds")
    assert expired_before([old, renewed], DAY, BEGAN) == []
