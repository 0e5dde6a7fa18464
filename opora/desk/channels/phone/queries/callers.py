"""Who is calling: by the number, and how sure the number makes us. Never a proof."""

import hashlib
from dataclasses import dataclass, field

from django.db.models import Q

from opora.desk.channels.phone.models import Connection
from opora.desk.customers.models import Contact, Organisation, Phone
from opora.desk.tickets import search
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.states import LIVE

SHOWN_TICKETS = 8
SHARED_UP_TO = 12


@dataclass(frozen=True, slots=True)
class Caller:
    """Who may be calling, and how sure the number makes us: `exact`, `shared`, `maybe` or `unknown`. Never a proof."""

    how: str
    number: str
    contacts: list[Contact] = field(default_factory=list)
    organisation: Organisation | None = None
    tickets: list[Ticket] = field(default_factory=list)

    @property
    def contact(self) -> Contact | None:
        """The one person it can be, if there is one."""
        return self.contacts[0] if self.how == "exact" else None


def find_connection(token: str) -> Connection | None:
    """Return the exchange whose address holds this token."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    return Connection.objects.filter(token_hash=digest, active=True).first()


def who_calls(number: str) -> Caller:
    """Return who may be behind a number in E.164: one person, people who share it, people of tickets that name it, or nobody."""
    if not number:
        return Caller("unknown", "")
    people = [
        phone.contact
        for phone in Phone.objects.filter(number=number, contact__active=True)
        .select_related("contact__organisation")
        .order_by("contact_id")[:SHARED_UP_TO]
    ]
    people = list(dict.fromkeys(people))
    if len(people) == 1:
        return Caller("exact", number, people, people[0].organisation, tickets_of(people))
    if people:
        organisations = {one.organisation for one in people}
        shared = next(iter(organisations)) if len(organisations) == 1 else None
        return Caller("shared", number, people, shared, tickets_of(people))
    entries = search.matching(number.lstrip("+"), notes=True).values_list("ticket", flat=True)[:SHOWN_TICKETS]
    named = list(Ticket.objects.filter(pk__in=list(entries)).select_related("requester__organisation").order_by("-pk"))
    if named:
        return Caller("maybe", number, list(dict.fromkeys(one.requester for one in named)), None, named)
    return Caller("unknown", number)


def tickets_of(people: list[Contact]) -> list[Ticket]:
    """Return what is open of these people, and of their organisation if it is one; the earliest promise first."""
    of = Q(requester__in=people)
    organisations = {one.organisation_id for one in people} - {None}
    if len(organisations) == 1:
        of |= Q(organisation__in=organisations)
    rows = Ticket.objects.filter(of, state__in=LIVE).select_related("assignee").order_by("due_at", "-changed_at")
    return list(rows[:SHOWN_TICKETS])
