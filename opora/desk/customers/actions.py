"""Changing what we know of our customers. Every change is an event; terms are never edited, only followed by a version."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Service
from opora.desk.customers.models import (
    Address,
    Contact,
    ContactRole,
    Contract,
    ContractVersion,
    Licence,
    Organisation,
    Phone,
    System,
)
from opora.desk.customers.queries import may_somebody_confirm
from opora.desk.customers.rules import read_credit
from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Clash, Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Account
from opora.desk.sla.models import CalendarVersion
from opora.desk.sla.rules import read_targets
from opora.desk.sla.rules.inner import read_inner
from opora.desk.sla.rules.targets import read_contract_pauses

Inner = Mapping[str, Mapping[str, Mapping[str, str | int]]]
"""What lines and vendors promise us: line or vendor, then the holder, then the priority."""


@transaction.atomic
def sign_up(
    *,
    name: str,
    by: Actor,
    at: datetime,
    language: str = "ru",
    zone: str = "Europe/Moscow",
    domains: Sequence[str] = (),
) -> Organisation:
    """A new customer."""
    organisation = Organisation.objects.create(
        name=name, language=language, zone=zone, domains=[d.lower() for d in domains]
    )
    announce("customers.signed_up", subject=("organisation", organisation.pk), by=by, at=at, name=name)
    return organisation


@transaction.atomic
def add_contact(
    *,
    organisation: Organisation | None,
    name: str,
    by: Actor,
    at: datetime,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    roles: Sequence[str] = (),
    may_confirm: bool = False,
    language: str = "",
    zone: str = "",
) -> Contact:
    """A person with its addresses and numbers. Raises IntegrityError when an address belongs to somebody already.

    Raises Refused when a colleague would say who may confirm, or name an owner, where the customer's owner can.
    """
    if organisation is not None:
        if may_confirm:
            _leave_confirming_to_the_owner(organisation, by)
        if ContactRole.OWNER in roles:
            _leave_owners_to_the_owner(organisation, by)
    contact = Contact.objects.create(
        organisation=organisation,
        name=name[:160],
        roles=list(roles),
        language=language or (organisation.language if organisation else "en"),
        zone=zone or (organisation.zone if organisation else "Europe/Moscow"),
    )
    Address.objects.bulk_create(
        Address(contact=contact, email=email.strip().lower(), may_confirm=may_confirm) for email in emails
    )
    Phone.objects.bulk_create(Phone(contact=contact, number=number) for number in phones)
    announce("customers.contact_added", subject=("contact", contact.pk), by=by, at=at, roles=list(roles))
    return contact


@transaction.atomic
def add_address(contact: Contact, *, email: str, by: Actor, at: datetime) -> Address:
    """One more address the person writes from; it may not confirm anything until allowed to."""
    address = Address.objects.create(contact=contact, email=email.strip().lower())
    announce("customers.address_added", subject=("contact", contact.pk), by=by, at=at, email=address.email)
    return address


@transaction.atomic
def allow_confirming(address: Address, *, by: Actor, at: datetime, why: str) -> None:
    """From now on a letter from this address may confirm work (process rule 1).

    Raises Refused for a colleague once the customer has anybody who may confirm: then only its owner decides.
    """
    if address.contact.organisation is not None:
        _leave_confirming_to_the_owner(address.contact.organisation, by)
    compare_and_set(address, {"may_confirm": False}, may_confirm=True)
    announce("customers.confirming_allowed", subject=("contact", address.contact_id), by=by, at=at, why=why)


@transaction.atomic
def address_bounced(address: Address, *, said: str, by: Actor, at: datetime) -> None:
    """Mail to the address comes back for good: nothing is sent there until somebody clears it. Raises Clash."""
    compare_and_set(address, {"bounced_at": None}, bounced_at=at, bounce_words=said[:300])
    announce(
        "customers.address_bounced",
        subject=("contact", address.contact_id),
        by=by,
        at=at,
        email=address.email,
        said=said,
    )


@transaction.atomic
def clear_bounce(address: Address, *, by: Actor, at: datetime) -> None:
    """The address is said to work again: letters go there from now on. Raises Clash when nothing stood against it."""
    if address.bounced_at is None:
        raise Clash(_("Nothing stands against this address any more."))
    compare_and_set(address, {"bounced_at": address.bounced_at}, bounced_at=None, bounce_words="")
    announce("customers.bounce_cleared", subject=("contact", address.contact_id), by=by, at=at, email=address.email)


def _leave_confirming_to_the_owner(organisation: Organisation, by: Actor) -> None:
    """The first address stands in the signed contract; every later one is the owner's word."""
    if by.kind == "staff" and may_somebody_confirm(organisation):
        raise Refused(
            "customers.owner_decides", _("Who may confirm is decided by the customer's owner. Nominate the address.")
        )


def _leave_owners_to_the_owner(organisation: Organisation, by: Actor) -> None:
    """Whoever names an owner says who may confirm: the same rule holds."""
    owners = Contact.objects.filter(organisation=organisation, active=True, roles__contains=[ContactRole.OWNER])
    if by.kind == "staff" and owners.exists():
        raise Refused(
            "customers.owner_names_owners",
            _(
                "An owner is named by an owner of the customer's, in the portal. If the last one has left, retire it first."
            ),
        )


@transaction.atomic
def give_account(contact: Contact, *, by: Actor, at: datetime, password: str | None = None) -> Account:
    """A way for the person to sign in to the portal by its first address. Raises Refused when it has none."""
    if contact.account is not None:
        return contact.account
    address = contact.addresses.order_by("pk").first()
    if address is None:
        raise Refused("customers.no_address", _("This person has no e-mail address yet; add one first."))
    account = Account.objects.create_user(
        address.email, password, language=contact.language, zone=contact.zone, made_at=at
    )
    compare_and_set(contact, {"account": None}, account=account)
    announce("customers.account_given", subject=("contact", contact.pk), by=by, at=at)
    return account


@transaction.atomic
def sign_contract(
    *,
    organisation: Organisation,
    number: str,
    plan: str,
    targets: Mapping[str, Mapping[str, str | int]],
    calendar_version: CalendarVersion,
    valid_from: datetime,
    by: Actor,
    at: datetime,
    warn_share: int = 75,
    credit: Mapping[str, object] | None = None,
    warn_before: int | None = None,
    pauses: Mapping[str, Sequence[str]] = MappingProxyType({}),
    inner: Inner = MappingProxyType({}),
) -> ContractVersion:
    """A new contract with its first terms. Raises `Faulty` (a ValueError) with a clear line for each that cannot be read.

    `pauses` names the waits in which a promise's time is held; `inner` what the lines and vendors promise us, whose sum may
    not exceed the customer's. Warn after a share of the target, or `warn_before` so many working seconds before its end.
    """
    contract = Contract.objects.create(organisation=organisation, number=number, plan=plan)
    version = _write_terms(
        contract,
        targets=targets,
        inner=inner,
        pauses=pauses,
        calendar_version=calendar_version,
        valid_from=valid_from,
        made_at=at,
        warn_share=warn_share,
        warn_before=warn_before,
        credit=credit or {},
    )
    announce("customers.contract_signed", subject=("organisation", organisation.pk), by=by, at=at, number=number)
    return version


@transaction.atomic
def revise_contract(
    contract: Contract,
    *,
    targets: Mapping[str, Mapping[str, str | int]],
    calendar_version: CalendarVersion,
    valid_from: datetime,
    by: Actor,
    at: datetime,
    why: str,
    warn_share: int = 75,
    credit: Mapping[str, object] | None = None,
    warn_before: int | None = None,
    pauses: Mapping[str, Sequence[str]] | None = None,
    inner: Inner | None = None,
) -> ContractVersion:
    """New terms beside the old; running tickets keep theirs (desks.md b11.2). What is not given of `credit`, `pauses` and
    `inner` stays as it was."""
    last = contract.versions.order_by("number").last()
    version = _write_terms(
        contract,
        targets=targets,
        inner=inner if inner is not None else last.inner if last else {},
        pauses=pauses if pauses is not None else last.pauses if last else {},
        calendar_version=calendar_version,
        valid_from=valid_from,
        made_at=at,
        warn_share=warn_share,
        warn_before=warn_before,
        credit=credit if credit is not None else last.credit if last else {},
    )
    announce(
        "customers.contract_revised",
        subject=("organisation", contract.organisation_id),
        by=by,
        at=at,
        why=why,
        version=version.number,
    )
    return version


def _write_terms(
    contract: Contract,
    *,
    targets: object,
    inner: object,
    pauses: object,
    credit: Mapping[str, object],
    **terms: Any,
) -> ContractVersion:
    read_credit(credit)
    promised = read_targets(targets)
    newest = contract.versions.aggregate(newest=Max("number"))["newest"] or 0
    return ContractVersion.objects.create(
        contract=contract,
        number=newest + 1,
        targets=promised,
        inner=read_inner(inner, promised),
        pauses=read_contract_pauses(pauses),
        credit=dict(credit),
        **terms,
    )


@transaction.atomic
def register_system(
    *,
    organisation: Organisation,
    service: Service,
    name: str,
    by: Actor,
    at: datetime,
    addresses: Sequence[str] = (),
    accepted_at: datetime | None = None,
) -> System:
    """A system of the customer's; not accepted into support until `accepted_at` is set (process rule 8)."""
    system = System.objects.create(
        organisation=organisation, service=service, name=name, addresses=list(addresses), accepted_at=accepted_at
    )
    announce("customers.system_registered", subject=("organisation", organisation.pk), by=by, at=at, name=name)
    return system


@transaction.atomic
def note_licence(
    system: System, *, product: str, valid_until: date, by: Actor, at: datetime, number: str = ""
) -> Licence:
    """Until when a product may be used on the system; a renewal is noted beside the old date.

    Raises IntegrityError when this date stands there already.
    """
    licence = Licence.objects.create(
        system=system, product=" ".join(product.split()), number=number, valid_until=valid_until, noted_at=at
    )
    announce(
        "customers.licence_noted",
        subject=("organisation", system.organisation_id),
        by=by,
        at=at,
        system=system.name,
        product=licence.product,
        valid_until=valid_until.isoformat(),
    )
    return licence


@transaction.atomic
def change_contact_roles(contact: Contact, *, roles: Sequence[str], by: Actor, at: datetime) -> None:
    """Other roles in the organisation from now on. Raises Refused for a role that does not exist, or an owner named by us."""
    if not set(roles) <= set(ContactRole.values):
        raise Refused("customers.unknown_role", _("There is no such role. Choose one of the list."))
    if ContactRole.OWNER in roles and not contact.holds(ContactRole.OWNER) and contact.organisation is not None:
        _leave_owners_to_the_owner(contact.organisation, by)
    compare_and_set(contact, {"roles": list(contact.roles)}, roles=list(roles))
    announce("customers.roles_changed", subject=("contact", contact.pk), by=by, at=at, roles=list(roles))


@transaction.atomic
def add_phone(contact: Contact, *, number: str, by: Actor, at: datetime) -> Phone:
    """One more telephone number, in E.164. Raises IntegrityError for anything else."""
    phone = Phone.objects.create(contact=contact, number=number)
    announce("customers.phone_added", subject=("contact", contact.pk), by=by, at=at, number=number)
    return phone


@transaction.atomic
def withdraw_confirming(address: Address, *, by: Actor, at: datetime, why: str) -> None:
    """From now on a letter from this address confirms nothing; what it confirmed before stands."""
    compare_and_set(address, {"may_confirm": True}, may_confirm=False)
    announce("customers.confirming_withdrawn", subject=("contact", address.contact_id), by=by, at=at, why=why)


@transaction.atomic
def retire_contact(contact: Contact, *, by: Actor, at: datetime, why: str) -> None:
    """The person no longer speaks for the customer: no sign-in, no confirmation; what they wrote keeps their name."""
    compare_and_set(contact, {"active": True}, active=False)
    announce("customers.contact_retired", subject=("contact", contact.pk), by=by, at=at, why=why)
