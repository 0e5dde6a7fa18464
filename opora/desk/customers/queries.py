"""Questions about customers: who is this, what was agreed with them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q

from opora.desk.customers.models import Address, Contact, ContractVersion, Licence, Organisation
from opora.desk.kernel.kept import Kept
from opora.desk.people.models import Account


def find_contact_by_email(email: str) -> Contact | None:
    """The active person who owns this address, with its organisation; None for a stranger."""
    return (
        Contact.objects.select_related("organisation", "account")
        .filter(addresses__email=email.strip().lower(), active=True)
        .first()
    )


def organisation_of_domain(email: str) -> Organisation | None:
    """The organisation that owns the address's domain, if exactly one says so."""
    domain = email.rpartition("@")[2].strip().lower()
    found = list(Organisation.objects.filter(domains__contains=[domain], active=True)[:2]) if domain else []
    return found[0] if len(found) == 1 else None


def contact_of_account(account: Account) -> Contact | None:
    """The active person behind an account, with its organisation, or None."""
    return (
        Contact.objects.select_related("organisation")
        .filter(account=account, active=True, account__is_active=True)
        .first()
    )


def contact_behind(account_id: int) -> Contact | None:
    """The active person behind an account's number, with account and organisation, in one statement; or None."""
    return _contact_behind.first(account_id)


_contact_behind = Kept(
    lambda account: Contact.objects.select_related("organisation", "account").filter(
        account_id=account, active=True, account__is_active=True
    )
)


def terms_in_force(organisation: Organisation | None, *, at: datetime) -> ContractVersion | None:
    """The newest terms of a contract that is alive at the moment; premium before standard. None without a contract."""
    if organisation is None:
        return None
    return (
        ContractVersion.objects.select_related("contract", "calendar_version")
        .filter(contract__organisation=organisation, valid_from__lte=at)
        .exclude(contract__ended_at__lte=at)
        .order_by("contract__plan", "-valid_from", "-number")
        .first()
    )


def terms_until(organisation_ids: Collection[int], *, at: datetime) -> dict[int, list[ContractVersion]]:
    """Each organisation's terms that began before the moment, in the order in which `terms_in_force` chooses."""
    found: dict[int, list[ContractVersion]] = {number: [] for number in organisation_ids}
    rows = ContractVersion.objects.select_related("contract", "calendar_version")
    rows = rows.filter(contract__organisation__in=organisation_ids, valid_from__lte=at)
    for row in rows.order_by("contract__plan", "-valid_from", "-number"):
        found[row.contract.organisation_id].append(row)
    return found


def choose_terms(terms: Sequence[ContractVersion], *, at: datetime) -> ContractVersion | None:
    """The terms in force at the moment, of one organisation's in the order of `terms_until`."""
    for row in terms:
        ended = row.contract.ended_at
        if row.valid_from <= at and (ended is None or ended > at):
            return row
    return None


def licences_of(organisation_id: int | None, system_id: int | None = None) -> list[Licence]:
    """The licence dates we hold for a system, or for every system of the customer; by product, the latest date last."""
    rows = Licence.objects.select_related("system").filter(system__organisation=organisation_id)
    return list(rows.filter(system=system_id) if system_id else rows) if organisation_id else []


def find_people(words: str, limit: int = 10) -> list[tuple[str, str, str]]:
    """Address, name and organisation of active people whose name or address begins with the words, by address."""
    asked = words.strip()
    if not asked:
        return []
    rows = Address.objects.filter(contact__active=True)
    rows = rows.filter(Q(email__startswith=asked.lower()) | Q(contact__name__istartswith=asked))
    found = rows.order_by("email").values_list("email", "contact__name", "contact__organisation__name")[:limit]
    return [(email, name, organisation or "") for email, name, organisation in found]


def may_somebody_confirm(organisation: Organisation) -> bool:
    """Return whether the customer has an address that may confirm work."""
    return Address.objects.filter(contact__organisation=organisation, contact__active=True, may_confirm=True).exists()
