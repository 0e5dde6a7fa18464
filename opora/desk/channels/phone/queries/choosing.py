"""What an operator chooses from while somebody speaks: people, systems, services, incidents that look alike, engineers."""

from dataclasses import dataclass
from datetime import datetime

from opora.desk.catalogue.models import Service
from opora.desk.catalogue.queries import services_on_sale
from opora.desk.consent.policies import may_touch
from opora.desk.customers.models import Contact, Organisation, System
from opora.desk.dispatch.models import OwnEngineer
from opora.desk.incidents.models import MassIncident
from opora.desk.incidents.queries import incidents_like
from opora.desk.people.models import Staff
from opora.desk.people.queries import reachable_ids
from opora.desk.tickets.models import Ticket

MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Engineer:
    """A premium customer's own engineer, or who stands in, and whether it may be disturbed now."""

    staff: Staff
    stands_in: bool
    on_duty: bool


def engineers_of(organisation: Organisation | None, *, at: datetime) -> list[Engineer]:
    """Return the customer's own engineer and who stands in, first whoever is on duty now."""
    if organisation is None:
        return []
    rows = list(OwnEngineer.objects.filter(organisation=organisation, staff__active=True).select_related("staff"))
    there = reachable_ids([one.staff_id for one in rows], at=at)
    found = [Engineer(one.staff, one.stands_in, one.staff_id in there) for one in rows]
    return sorted(found, key=lambda one: (not one.on_duty, one.stands_in))


def who_would_look(ticket: Ticket) -> list[Staff]:
    """Return the engineers a request for access names: the customer's own, then those of the ticket's line; at most twelve."""
    own = OwnEngineer.objects.filter(organisation=ticket.organisation_id, staff__active=True).order_by("stands_in")
    line = Staff.objects.filter(membership__team=ticket.line_id, active=True).order_by("name", "pk")
    people = dict.fromkeys([*(one.staff for one in own.select_related("staff")), *line])
    return [one for one in people if may_touch(one)][:MOST_NAMED]


def alike(words: str, service: Service | None, *, at: datetime) -> list[MassIncident]:
    """Return the incidents that go on and that these words look like, with how many tickets belong to each."""
    return incidents_like(words, service.pk if service else None, at=at)


def contact_named(number: str) -> Contact | None:
    """Return the person chosen in a form, None for none."""
    found = _whole(number)
    return Contact.objects.select_related("organisation").filter(pk=found, active=True).first() if found else None


def system_named(organisation: Organisation | None, number: str) -> System | None:
    """Return the chosen system, only one of this customer's that is in service."""
    found = _whole(number)
    if organisation is None or not found:
        return None
    rows = System.objects.filter(pk=found, organisation=organisation, retired_at=None)
    return rows.select_related("service").first()


def systems_of(organisation: Organisation | None) -> list[System]:
    """Return the customer's systems in service."""
    if organisation is None:
        return []
    return list(System.objects.filter(organisation=organisation, retired_at=None).order_by("name"))


def service_named(number: str) -> Service | None:
    """Return the chosen service on sale, None for none."""
    found = _whole(number)
    return services_on_sale().filter(pk=found).first() if found else None


def people_of(organisation: Organisation | None) -> list[Contact]:
    """Return the people of a customer, by name."""
    if organisation is None:
        return []
    return list(Contact.objects.filter(organisation=organisation, active=True).order_by("name", "pk")[:60])


def _whole(number: str) -> int:
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
