"""Why time is not counted, by code, with the words for it. A reason without a code stands for itself."""

from opora.desk.sla.rules.faults import gettext_noop

WAITING_ON_CUSTOMER = "waiting_on_customer"
WAITING_ON_VENDOR = "waiting_on_vendor"
CONFIRMATION = "confirmation"
RESOLVED = "resolved"
ANSWERED = "answered"
CLOSED = "closed"
CANCELLED = "cancelled"

WAITS = (WAITING_ON_CUSTOMER, WAITING_ON_VENDOR)
"""The states of a request in which a contract may let time stand still."""

WORDS = {
    WAITING_ON_CUSTOMER: gettext_noop("waiting for the customer"),
    WAITING_ON_VENDOR: gettext_noop("waiting for the vendor"),
    CONFIRMATION: gettext_noop("waiting for the written confirmation"),
    RESOLVED: gettext_noop("resolved, nothing owed"),
    CLOSED: gettext_noop("closed"),
    ANSWERED: gettext_noop("answered"),
    CANCELLED: gettext_noop("cancelled"),
}


def in_english(why: str) -> str:
    """Return the reason in English."""
    return WORDS.get(why, why)
