"""Vendors and what they owe us: written down, changed in versions, asked for. Cases at a vendor stand two rooms higher."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Priority, Vendor, VendorTerms
from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.sla.models import CalendarVersion
from opora.desk.sla.rules import read_duration

CHASE_EVERY, CHASE_MOST = "4h", 5


@transaction.atomic
def add_vendor(
    *,
    name: str,
    emails: Sequence[str],
    by: Actor,
    at: datetime,
    language: str = "en",
    portal: str = "",
    note: str = "",
) -> Vendor:
    """A new vendor. Raises Refused when one of its addresses is another vendor's."""
    clean = _addresses(emails, None)
    vendor = Vendor.objects.create(name=name, emails=clean, language=language, portal=portal, note=note)
    announce("catalogue.vendor_added", subject=("vendor", vendor.pk), by=by, at=at, name=name)
    return vendor


@transaction.atomic
def change_vendor_addresses(vendor: Vendor, *, emails: Sequence[str], by: Actor, at: datetime) -> None:
    """Other addresses from now on. Raises Refused as `add_vendor`."""
    new = _addresses(emails, vendor)
    compare_and_set(vendor, {"emails": vendor.emails}, emails=new)
    announce("catalogue.vendor_addresses", subject=("vendor", vendor.pk), by=by, at=at, emails=new)


@transaction.atomic
def agree_vendor_terms(
    vendor: Vendor,
    *,
    contract: str,
    calendar_version: CalendarVersion,
    targets: Mapping[str, str],
    valid_from: datetime,
    by: Actor,
    at: datetime,
    chase_every: str = CHASE_EVERY,
    chase_most: int = CHASE_MOST,
) -> VendorTerms:
    """New terms beside the old; running cases keep theirs. Raises Faulty, in clear lines, for lengths that cannot be read."""
    newest = vendor.terms.aggregate(newest=Max("number"))["newest"] or 0
    terms = VendorTerms.objects.create(
        vendor=vendor,
        number=newest + 1,
        contract=contract,
        calendar_version=calendar_version,
        targets={priority: read_duration(targets[priority], where=priority) for priority in Priority.values},
        chase_every=max(600, read_duration(chase_every, where="chase_every")),
        chase_most=chase_most,
        valid_from=valid_from,
        made_at=at,
    )
    announce(
        "catalogue.vendor_terms", subject=("vendor", vendor.pk), by=by, at=at, number=terms.number, contract=contract
    )
    return terms


@transaction.atomic
def retire_vendor(vendor: Vendor, *, by: Actor, at: datetime, why: str) -> None:
    """No new case may be opened there; those that run go on."""
    compare_and_set(vendor, {"active": True}, active=False)
    announce("catalogue.vendor_retired", subject=("vendor", vendor.pk), by=by, at=at, why=why)


def vendors() -> list[Vendor]:
    """Every vendor a case can be opened at, by name."""
    return list(Vendor.objects.filter(active=True))


def vendors_of_addresses(emails: Collection[str]) -> dict[str, Vendor]:
    """The vendors that write from these addresses, by address; retired ones too, for their letters still come."""
    rows = Vendor.objects.filter(emails__overlap=list(emails)) if emails else ()
    return {email: vendor for vendor in rows for email in vendor.emails if email in emails}


def vendor_terms_in_force(vendor: Vendor, *, at: datetime) -> VendorTerms | None:
    """The newest terms that began before the moment."""
    rows = vendor.terms.select_related("calendar_version").filter(valid_from__lte=at)
    return rows.order_by("valid_from", "number").last()


def _addresses(emails: Sequence[str], vendor: Vendor | None) -> list[str]:
    clean = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    others = Vendor.objects.filter(emails__overlap=clean)
    if (others.exclude(pk=vendor.pk) if vendor else others).exists():
        raise Refused("catalogue.vendor_address_taken", _("One of these addresses is another vendor's."))
    return clean
