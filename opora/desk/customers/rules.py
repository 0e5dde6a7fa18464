"""Decisions about contracts and licences that need no database. Pure: no Django, no clock.

Money is counted in the smallest unit of its currency (kopecks, cents), always as whole numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

HOUR = 3600


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """What a contract owes back: percent of the monthly fee for each missed promise and each begun hour of an outage.

    Never more than `cap` percent. An outage by one of the `excused` causes owes nothing for its hours.
    """

    fee: int
    currency: str
    missed: int
    outage_hour: int
    cap: int
    excused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """What is owed, and how it was reckoned."""

    amount: int = 0
    currency: str = ""
    percent: int = 0
    missed: int = 0
    hours: int = 0
    capped: bool = False
    excused: bool = False


@dataclass(frozen=True, slots=True)
class HeldLicence:
    """A licence as the rules see it."""

    number: int
    system: int
    product: str
    valid_until: date
    noted_at: datetime
    name: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[int, str]:
        """What is renewed: the product on its system, however its letters are cased."""
        return self.system, self.product.casefold()


def read_credit(written: Mapping[str, Any]) -> CreditTerms | None:
    """The terms as they stand in a contract, None where it owes nothing back. Raises ValueError for nonsense."""
    if not written:
        return None
    fee, missed, hour, cap = (int(written[name]) for name in ("fee", "missed", "outage_hour", "cap"))
    if fee <= 0 or min(missed, hour) < 0 or not 0 < cap <= 100:
        raise ValueError("a fee above zero, shares of zero or more, and a cap of 1 to 100 percent")
    return CreditTerms(fee, str(written["currency"]), missed, hour, cap, tuple(written.get("excused", ())))


def credit_owed(terms: CreditTerms | None, *, missed: int, outage_seconds: int = 0, cause: str = "") -> Credit:
    """What the contract owes for so many missed promises and an outage of this length by this cause.

    A begun hour counts whole; parts of the smallest unit are rounded in the customer's favour.
    """
    if terms is None:
        return Credit(missed=missed)
    excused = cause in terms.excused
    hours = 0 if excused else -(-max(0, outage_seconds) // HOUR)
    full = missed * terms.missed + hours * terms.outage_hour
    percent = min(full, terms.cap)
    amount = -(-terms.fee * percent // 100)
    return Credit(amount, terms.currency, percent, missed, hours, full > terms.cap, excused)


def expired_before(held: Sequence[HeldLicence], day: date, began: datetime) -> list[HeldLicence]:
    """The licences that had run out on this day and, as far as was noted when it began, were not renewed; the latest first.

    A licence holds through its last day; one whose last day is this very day may have ended in its maker's zone. A renewal
    noted after it began mended it, and hides nothing.
    """
    renewed = {one.key for one in held if one.valid_until > day and one.noted_at <= began}
    gone: dict[tuple[int, str], HeldLicence] = {}
    for one in held:
        known = gone.get(one.key)
        if one.valid_until <= day and one.key not in renewed and (known is None or known.valid_until < one.valid_until):
            gone[one.key] = one
    return sorted(gone.values(), key=lambda one: (-one.valid_until.toordinal(), one.number))
