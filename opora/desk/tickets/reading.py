"""One ticket read for one page, in few and narrow statements: plain rows, for models would cost more than the page.

Public and internal words are two questions here too; neither can return the other. For pages of colleagues.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value

from opora.desk.customers.models import Address
from opora.desk.kernel.models import Delivery, Event
from opora.desk.sla.models import Clock
from opora.desk.tickets.models import Message, MessageFile, Note, NoteFile, Participant, Ticket, TicketLink


class PublicWords(NamedTuple):
    """A public message; it has one author, or none when it was made by a program. `formatted`: it came with HTML."""

    number: int
    at: datetime
    text: str
    quoted: str
    channel: str
    automatic: bool
    came_from: int | None
    formatted: bool
    colleague: str | None
    contact: str | None


class InternalWords(NamedTuple):
    """An internal note."""

    number: int
    at: datetime
    text: str
    came_from: int | None
    colleague: str | None


class Enclosed(NamedTuple):
    """A file of a message or a note, `of` by its number."""

    of: int
    number: int
    name: str
    type: str
    size: int


class Happened(NamedTuple):
    """An event of the ticket; `waits` while somebody is still to be told of it."""

    number: int
    at: datetime
    name: str
    actor_kind: str
    actor_id: int
    actor_name: str
    why: str
    facts: dict[str, Any]
    waits: bool


class Promised(NamedTuple):
    """A promise on the clock."""

    number: int
    promise: str
    state: str
    due_at: datetime
    warn_at: datetime | None
    stopped_at: datetime | None
    cancelled_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the answer is still to come."""
        return self.stopped_at is None and self.cancelled_at is None


class Linked(NamedTuple):
    """A link, from whichever side it was made."""

    kind: str
    ticket: int
    subject: str
    other: int
    other_subject: str


class WritesFrom(NamedTuple):
    """An address of the requester's."""

    email: str
    may_confirm: bool
    bounces: bool


class Terms(NamedTuple):
    """Which system the ticket is about and under which contract; empty words where there is none."""

    system: str = ""
    contract: str = ""
    plan: str = ""


def terms(ticket: Ticket) -> Terms:
    """System and contract by name. Apart from the ticket itself: joining all at once costs more to plan."""
    if not (ticket.system_id or ticket.contract_version_id):
        return Terms()
    contract = "contract_version__contract"
    rows = Ticket.objects.filter(pk=ticket.pk)
    row = rows.values_list("system__name", f"{contract}__number", f"{contract}__plan").get()
    return Terms._make(word or "" for word in row)


def public_words(ticket: Ticket) -> list[PublicWords]:
    """Every public message in order."""
    columns = ("pk", "at", "text", "quoted", "channel", "automatic", "came_from_id", "formatted", "author_staff__name")
    rows = Message.objects.filter(ticket=ticket).annotate(formatted=~Q(html="")).order_by("at", "pk")
    return [PublicWords._make(row) for row in rows.values_list(*columns, "author_contact__name")]


def internal_words(ticket: Ticket) -> list[InternalWords]:
    """Every internal note in order."""
    rows = Note.objects.filter(ticket=ticket).order_by("at", "pk")
    return [
        InternalWords._make(row) for row in rows.values_list("pk", "at", "text", "came_from_id", "author_staff__name")
    ]


def public_files(ticket: Ticket) -> dict[int, list[Enclosed]]:
    """The files of the public messages, by the message's number."""
    return _by_words(MessageFile.objects.filter(message__ticket=ticket), "message_id")


def internal_files(ticket: Ticket) -> dict[int, list[Enclosed]]:
    """The files of the internal notes, by the note's number."""
    return _by_words(NoteFile.objects.filter(note__ticket=ticket), "note_id")


def happenings(ticket: Ticket, *, without: Collection[str] = ()) -> list[Happened]:
    """What happened to the ticket, in order, but for the events of these names."""
    rows = Event.objects.filter(subject_kind="ticket", subject_id=ticket.pk).exclude(name__in=sorted(without))
    rows = rows.annotate(waits=Exists(Delivery.objects.filter(event=OuterRef("pk"))))
    columns = ("pk", "at", "name", "actor_kind", "actor_id", "actor_name", "why", "facts", "waits")
    return [Happened._make(row) for row in rows.order_by("pk").values_list(*columns)]


def promises(ticket: Ticket) -> list[Promised]:
    """The ticket's promises, the oldest first."""
    rows = Clock.objects.filter(about_kind="ticket", about_id=ticket.pk).order_by("pk")
    columns = ("pk", "promise", "state", "due_at", "warn_at", "stopped_at", "cancelled_at")
    return [Promised._make(row) for row in rows.values_list(*columns)]


def customers_side(ticket: Ticket) -> tuple[list[tuple[int, str]], list[WritesFrom]]:
    """The people in copy besides the requester, by number and name, and the requester's addresses; one statement."""
    copied = Participant.objects.filter(ticket=ticket).annotate(part=Value(0, IntegerField()), place=F("pk"))
    no = Value(False, BooleanField())
    rows = copied.annotate(one=no, two=no).values_list("part", "place", "contact_id", "contact__name", "one", "two")
    known = Address.objects.filter(contact=ticket.requester_id).annotate(part=Value(1, IntegerField()), place=F("pk"))
    known = known.annotate(bounces=Q(bounced_at__isnull=False))
    addresses = known.values_list("part", "place", "contact_id", "email", "may_confirm", "bounces")
    found = list(rows.union(addresses, all=True).order_by("part", "place"))
    people = [(contact, name) for part, _, contact, name, _, _ in found if part == 0]
    return people, [WritesFrom(*row[3:]) for row in found if row[0] == 1]


def links(ticket: Ticket) -> list[Linked]:
    """Links made from here and to here."""
    rows = TicketLink.objects.filter(Q(ticket=ticket) | Q(other=ticket)).order_by("pk")
    columns = ("kind", "ticket_id", "ticket__subject", "other_id", "other__subject")
    return [Linked._make(row) for row in rows.values_list(*columns)]


def earlier(ticket: Ticket, limit: int = 5) -> list[tuple[int, str]]:
    """Number and subject of the requester's other tickets, newest first."""
    rows = Ticket.objects.filter(requester=ticket.requester_id).exclude(pk=ticket.pk).order_by("-changed_at", "-pk")
    return list(rows.values_list("pk", "subject")[:limit])


def _by_words(rows: QuerySet[Any], of: str) -> dict[int, list[Enclosed]]:
    found: dict[int, list[Enclosed]] = {}
    for row in rows.order_by("pk").values_list(of, "pk", "name", "file__type", "file__size"):
        found.setdefault(row[0], []).append(Enclosed._make(row))
    return found
