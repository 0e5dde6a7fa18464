"""Who may confirm is itself confirmed: a colleague nominates an address, the customer's owner decides."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.consent import events
from opora.desk.consent.models import Nomination
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Address, Contact
from opora.desk.customers.policies import names_people
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff


@transaction.atomic
def nominate(address: Address, *, by: Staff, why: str, at: datetime) -> Nomination:
    """Ask the owner of the address's organisation to let it confirm. Returns the nomination, the open one if there is one.

    Raises Refused without a reason, without an organisation, or for an address that may confirm already.
    """
    organisation = address.contact.organisation_id
    if address.may_confirm:
        raise Refused("consent.may_already", _("This address may confirm already."))
    if organisation is None:
        raise Refused("consent.no_customer", _("This person belongs to no customer."))
    if not why.strip():
        raise Refused("consent.no_reason", _("Say why; the owner reads it."))
    nomination, new = Nomination.objects.get_or_create(
        address=address, decided_at=None, defaults={"nominated_by": by, "nominated_at": at, "why": why.strip()}
    )
    if new:
        announce(events.NOMINATED, subject=("organisation", organisation), by=by.actor, at=at, address=address.pk)
    return nomination


@transaction.atomic
def decide_nomination(nomination: Nomination, *, by: Contact, accepted: bool, at: datetime) -> None:
    """The owner decides; a yes lets the address confirm from now on. Raises Refused for anybody else, Clash when decided."""
    address = nomination.address
    if not names_people(by) or by.organisation_id != address.contact.organisation_id:
        raise Refused("consent.not_owner", _("Only an owner of the organisation decides who may confirm."))
    compare_and_set(nomination, {"decided_at": None}, decided_at=at, decided_by=by, accepted=accepted)
    if accepted and not address.may_confirm:
        customers.allow_confirming(address, by=by.actor, at=at, why=nomination.why)
