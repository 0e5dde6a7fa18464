"""Questions about calls that change nothing: who is calling, what goes on, what the day was like."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet

from opora.desk.channels.phone import states
from opora.desk.channels.phone.models import Call, CallBack, Connection, Extension
from opora.desk.customers.models import Contact, Organisation, Phone
from opora.desk.people.models import Staff
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
        return Caller("exact", number, people, people[0].organisation, _tickets(people))
    if people:
        organisations = {one.organisation for one in people}
        shared = next(iter(organisations)) if len(organisations) == 1 else None
        return Caller("shared", number, people, shared, _tickets(people))
    entries = search.matching(number.lstrip("+"), notes=True).values_list("ticket", flat=True)[:SHOWN_TICKETS]
    named = list(Ticket.objects.filter(pk__in=list(entries)).select_related("requester__organisation").order_by("-pk"))
    if named:
        return Caller("maybe", number, list(dict.fromkeys(one.requester for one in named)), None, named)
    return Caller("unknown", number)


def _tickets(people: list[Contact]) -> list[Ticket]:
    of = Q(requester__in=people)
    organisations = {one.organisation_id for one in people} - {None}
    if len(organisations) == 1:
        of |= Q(organisation__in=organisations)
    rows = Ticket.objects.filter(of, state__in=LIVE).select_related("assignee").order_by("due_at", "-changed_at")
    return list(rows[:SHOWN_TICKETS])


def staff_behind_extensions(connection: int, names: list[str]) -> list[int]:
    """Return the colleagues who sit at these extensions."""
    rows = Extension.objects.filter(connection=connection, name__in=names, staff__active=True)
    return list(rows.order_by("staff_id").values_list("staff", flat=True).distinct())


def going_on(staff: Staff) -> QuerySet[Call]:
    """Return the calls that ring at this colleague, are talked by it, or wait for anybody; the newest first."""
    mine = Extension.objects.filter(staff=staff).values_list("name", flat=True)
    at_me = Q(rung__overlap=list(mine)) | Q(answered_by__in=list(mine)) | Q(rung=[])
    return (
        Call.objects.filter(~Q(state=states.ENDED), at_me).select_related("contact__organisation").order_by("-began_at")
    )


def log() -> QuerySet[Call]:
    """Return every call, the newest first."""
    return Call.objects.select_related("contact__organisation", "ticket").order_by("-began_at", "-id")


def call_backs() -> QuerySet[CallBack]:
    """Return the people to be called back, who has waited longest first."""
    return CallBack.objects.filter(state=states.OPEN).select_related("contact__organisation").order_by("first_at", "id")


@dataclass(frozen=True, slots=True)
class Day:
    """Figures of a period: counts, and means in seconds."""

    answered: int
    missed: int
    outgoing: int
    waited: int
    talked: int


def figures(since: datetime, until: datetime) -> Day:
    """Return how many calls were answered and missed in [since, until), how long callers waited and people talked."""
    rows = Call.objects.filter(began_at__gte=since, began_at__lt=until)
    waited = ExpressionWrapper(F("answered_at") - F("began_at"), output_field=DurationField())
    talked = ExpressionWrapper(F("ended_at") - F("answered_at"), output_field=DurationField())
    came = Q(outgoing=False)
    told = rows.aggregate(
        taken=Count("id", filter=came & Q(answered_at__isnull=False)),
        missed=Count("id", filter=came & Q(answered_at=None, state=states.ENDED)),
        made=Count("id", filter=Q(outgoing=True)),
        waited=Avg(waited, filter=came & Q(answered_at__isnull=False)),
        talked=Avg(talked, filter=Q(answered_at__isnull=False, ended_at__isnull=False)),
    )
    seconds = {name: int(told[name].total_seconds()) if told[name] else 0 for name in ("waited", "talked")}
    return Day(told["taken"], told["missed"], told["made"], **seconds)
