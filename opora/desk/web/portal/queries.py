"""Questions the portal's pages ask. Every answer begins at the person's own door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from opora.desk.customers.models import Contact, Organisation, System
from opora.desk.customers.policies import sees_colleagues_requests
from opora.desk.incidents.models import RootCauseLetter
from opora.desk.kernel.asking import Part
from opora.desk.sla.models import Clock
from opora.desk.tickets import states
from opora.desk.tickets.models import Objection, Ticket
from opora.desk.tickets.policies import visible_to_contact, ways_of_contact
from opora.desk.tickets.queries import find_for_contact
from opora.desk.tickets.reading import Person, Promised

PAGE = 25


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked for: the tab, whose requests, which words, and from which mark on."""

    tab: str = "live"
    whose: str = "all"
    words: str = ""
    mark: str = ""

    @property
    def narrowed(self) -> bool:
        """True when words or a choice hide some of the tab's requests."""
        return bool(self.words) or self.whose == "mine"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest change first, and the mark from which the next page goes on (None on the last)."""

    rows: list[Ticket]
    next_mark: str | None


def requests_of(contact: Contact, asked: Asked, *, limit: int = PAGE) -> Page:
    """A page of the requests this person may read; words are looked for in live and ended ones alike."""
    if asked.words:
        rows = _narrowed(find_for_contact(contact, asked.words), contact, asked)
    else:
        rows = _first_of_each([_narrowed(way, contact, asked) for way in ways_of_contact(contact)], limit + 1)
    found = list(_with_people(rows).order_by("-changed_at", "-pk")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, f"{found[-1].changed_at.isoformat()}~{found[-1].pk}" if more else None)


def _narrowed(rows: QuerySet[Ticket], contact: Contact, asked: Asked) -> QuerySet[Ticket]:
    """A solved request is still live: it waits for the customer's word. Searching looks at both tabs."""
    ended = sorted(states.ENDED)
    if not asked.words:
        rows = rows.filter(state__in=ended) if asked.tab == "ended" else rows.exclude(state__in=ended)
    if asked.whose == "mine":
        rows = rows.filter(requester=contact)
    return _after(rows, asked.mark)


def _first_of_each(ways: Sequence[QuerySet[Ticket]], limit: int) -> QuerySet[Ticket]:
    """The newest of every part: the newest of all are among them, and each part is read by its own index."""
    newest = [way.order_by("-changed_at", "-pk").values("pk")[:limit] for way in ways]
    return Ticket.objects.filter(pk__in=newest[0].union(*newest[1:])) if newest else Ticket.objects.none()


def rows_by_number(contact: Contact, numbers: Sequence[int]) -> list[Ticket]:
    """Those of the numbered tickets that this person may read."""
    return list(_with_people(visible_to_contact(contact).filter(pk__in=list(numbers)[:PAGE])))


def _with_people(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return rows.select_related("requester", "service", "system").only(
        "subject",
        "state",
        "priority",
        "due_at",
        "changed_at",
        "closed_at",
        "last_staff_at",
        "merged_into",
        "organisation",
        "requester__name",
        "service__name",
        "service__name_ru",
        "system__name",
    )


def _after(rows: QuerySet[Ticket], mark: str) -> QuerySet[Ticket]:
    moment, _, key = mark.partition("~")
    try:
        at, last = datetime.fromisoformat(moment), int(key)
    except ValueError:
        return rows
    if at.tzinfo is None or not 0 < last < 2**63:
        return rows
    return rows.filter(TupleLessThan(Tuple(F("changed_at"), F("id")), (at, last)))


def colleagues_of(contact: Contact) -> list[Contact]:
    """The other active people of the same organisation, by name; nobody for a person without one."""
    if contact.organisation_id is None:
        return []
    rows = Contact.objects.filter(organisation=contact.organisation_id, active=True).exclude(pk=contact.pk)
    return list(rows.order_by("name", "pk"))


COLLEAGUES = Part(
    Person,
    """
    select id as number, name from customers_contact
    where organisation_id = %(organisation)s and active and id <> %(reader)s order by name, id""",
)
"""The other active people of the reader's organisation, by name; the same as `colleagues_of`, for the page's one statement."""


PROMISED_BESIDES = Part(
    Promised,
    """
    select id as number, promise, state, due_at, warn_at, stopped_at, cancelled_at, target_seconds,
           calendar_version_id as calendar_version
    from sla_clock
    where (about_kind = 'objection' and about_id in (select id from tickets_objection where ticket_id = %(ticket)s))
       or (about_kind = 'root_cause'
           and about_id in (select id from incidents_rootcauseletter where ticket_id = %(ticket)s))
    order by id""",
)
"""What is promised to the customer beside the ticket's own clocks: answers to objections, the letter of the cause."""


def promises_besides(ticket: Ticket) -> list[Clock]:
    """The clocks of `PROMISED_BESIDES`, whole, the oldest first."""
    objections = Objection.objects.filter(ticket=ticket).values("pk")
    letters = RootCauseLetter.objects.filter(ticket=ticket).values("pk")
    about = Q(about_kind="objection", about_id__in=objections) | Q(about_kind="root_cause", about_id__in=letters)
    return list(Clock.objects.filter(about).select_related("calendar_version").order_by("pk"))


def systems_of(contact: Contact) -> list[System]:
    """The organisation's systems that still run, with their services."""
    if contact.organisation_id is None:
        return []
    rows = System.objects.filter(organisation=contact.organisation_id, retired_at__isnull=True)
    return list(rows.select_related("service").order_by("name", "pk"))


def live_topics(contact: Contact) -> str:
    """What the list of this person's requests listens to (docs/live.md)."""
    topics = [f"contact:{contact.pk}"]
    if sees_colleagues_requests(contact):
        topics.append(f"org:{contact.organisation_id}")
    return ",".join(topics)


def people_of(organisation: Organisation) -> list[Contact]:
    """The organisation's active people with their addresses, by name."""
    rows = Contact.objects.filter(organisation=organisation, active=True).prefetch_related("addresses")
    return list(rows.order_by("name", "pk"))
