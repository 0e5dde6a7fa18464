"""Who listens, to what it may listen, and which topics an event belongs to. Everything here asks the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse

from opora.desk.customers.models import Contact
from opora.desk.customers.policies import sees_colleagues_requests
from opora.desk.kernel import clock
from opora.desk.kernel.live import Happened
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets import events as ticket_events
from opora.desk.tickets.models import Participant, Ticket
from opora.desk.tickets.policies import visible_to, visible_to_contact
from opora.desk.web.components.doors import DeskRequest, recognise
from opora.desk.workroom import events as work_events

MOST_TOPICS = 50

PUBLIC = ticket_events.SHOWN_TO_CUSTOMERS | {
    *work_events.SHOWN_TO_CUSTOMERS,
    ticket_events.REPLIED,
    ticket_events.CUSTOMER_WROTE,
    ticket_events.MOVED,
}
"""What may make a customer's page look again. Nothing internal does, not even silently."""

_PERSON_KINDS = frozenset({"ticket", "line", "staff", "org", "contact", "call"})
_CALLS = frozenset({"call", "call_back", "errand"})


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits before the tab: `staff` or `contact`, its id and name."""

    kind: str
    id: int
    name: str


def admit(session_key: str) -> Person | None:
    """The person signed in by this session, None when nobody is (any more)."""
    request = caller(session_key)
    if request.staff is not None:
        return Person("staff", request.staff.pk, request.staff.name) if may(request.staff, "tickets:read") else None
    return Person("contact", request.contact.pk, request.contact.name) if request.contact is not None else None


def caller(session_key: str) -> DeskRequest:
    """A request of whoever holds this session at this moment, its person recognised."""
    request = DeskRequest()
    request.at = clock.now()
    request.COOKIES = {settings.SESSION_COOKIE_NAME: session_key}
    session: Any = SessionMiddleware(lambda _: HttpResponse()).SessionStore(session_key)
    session.note_presence = None  # an open tab does not mean that somebody sits before it
    request.session = session
    recognise(request)
    return request


def allowed_topics(person: Person, asked: Iterable[str]) -> frozenset[str]:
    """Those of the asked topics to which this person may listen; unknown ones fall out."""
    known = [topic for topic in dict.fromkeys(asked) if _is_topic(topic)][:MOST_TOPICS]
    numbers = [int(topic.partition(":")[2]) for topic in known if topic.startswith("ticket:")]
    if person.kind == "staff":
        staff = Staff.objects.get(pk=person.id)
        seen = set(visible_to(staff).filter(pk__in=numbers).values_list("pk", flat=True))
        shut = () if may(staff, "calls:take") else ("call",)
        known = [topic for topic in known if not topic.startswith(shut)] if shut else known
        return frozenset(t for t in known if not t.startswith("ticket:") or int(t[7:]) in seen)
    contact = Contact.objects.get(pk=person.id)
    seen = set(visible_to_contact(contact).filter(pk__in=numbers).values_list("pk", flat=True))
    own = {f"contact:{contact.pk}", *(f"ticket:{number}" for number in seen)}
    if sees_colleagues_requests(contact):
        own.add(f"org:{contact.organisation_id}")
    return frozenset(known) & own


def topics_of(events: Sequence[Happened]) -> dict[int, frozenset[str]]:
    """The topics of each event, by event id: its subject, and for tickets whose they are and just were."""
    numbers = {event.subject[1] for event in events if event.subject[0] == "ticket"}
    belongs = _belonging(numbers)
    return {event.position.id: frozenset(_topics(event, belongs)) for event in events}


def visible_numbers(contact_id: int, numbers: Iterable[int]) -> frozenset[int]:
    """Those of the tickets that this contact may see at this moment."""
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        return frozenset()
    return frozenset(visible_to_contact(contact).filter(pk__in=list(numbers)).values_list("pk", flat=True))


def _is_topic(topic: str) -> bool:
    kind, colon, number = topic.partition(":")
    return topic in ("desk", "calls") or (
        bool(colon) and kind in _PERSON_KINDS and number.isdecimal() and len(number) < 19
    )


def _belonging(numbers: set[int]) -> dict[int, list[str]]:
    if not numbers:
        return {}
    found: dict[int, list[str]] = {}
    rows = Ticket.objects.filter(pk__in=numbers)
    for pk, line, staff, organisation, contact in rows.values_list(
        "pk", "line_id", "assignee_id", "organisation_id", "requester_id"
    ):
        named = (("line", line), ("staff", staff), ("org", organisation), ("contact", contact))
        found[pk] = [f"{kind}:{number}" for kind, number in named if number is not None]
    copies = Participant.objects.filter(ticket_id__in=numbers).values_list("ticket_id", "contact_id")
    for pk, contact in copies:
        found.setdefault(pk, []).append(f"contact:{contact}")
    return found


def _topics(event: Happened, belongs: dict[int, list[str]]) -> list[str]:
    kind, number = event.subject
    topics = [f"{kind}:{number}"]
    if kind in _CALLS:
        told: Any = event.facts.get("staff", ())
        topics += ["calls", *(f"staff:{one}" for one in told if isinstance(one, int))]
    if kind == "ticket":
        topics += ["desk", *belongs.get(number, [])]
        was = {ticket_events.ASSIGNED: "staff", ticket_events.HANDED_OVER: "line", ticket_events.PLACED: "line"}.get(
            event.name
        )
        old: Any = event.facts.get("old")
        if was and isinstance(old, int):
            topics.append(f"{was}:{old}")
    return topics
