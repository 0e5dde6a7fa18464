"""Addresses that are no good: who said so, and that nothing is sent there until a colleague clears it."""

from collections.abc import Iterable
from datetime import datetime

from opora.desk.customers import actions as customers
from opora.desk.customers.models import Address
from opora.desk.kernel.actors import SYSTEM


def known(emails: Iterable[str]) -> dict[str, str]:
    """Those of the addresses that are known to be bad, with what was said of them."""
    rows = Address.objects.filter(email__in=list(emails), bounced_at__isnull=False)
    return dict(rows.values_list("email", "bounce_words"))


def found_bad(email: str, *, said: str, at: datetime) -> bool:
    """Write down that mail to the address comes back for good; False when it is nobody's or known already."""
    row = Address.objects.select_related("contact").filter(email=email, bounced_at__isnull=True).first()
    if row is None:
        return False
    customers.address_bounced(row, said=said, by=SYSTEM, at=at)
    return True
