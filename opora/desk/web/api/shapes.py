"""What goes in and out of the API. Every number has bounds, every text a length and no NUL, so that nothing reaches the
database that it cannot take."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

BIGGEST_ID = 2**63 - 1
Id = Annotated[int, Field(ge=1, le=BIGGEST_ID)]
Limit = Annotated[int, Field(ge=1, le=100)]
CLEAN = r"^[^\x00]*$"
Words = Annotated[str, Field(max_length=500_000, pattern=CLEAN)]
Line = Annotated[str, Field(max_length=250, pattern=CLEAN)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^\x00\s]+@[^\x00\s]+$")]
Slug = Annotated[str, Field(max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")]
Kind = Literal["incident", "request", "question"]
Priority = Literal["low", "medium", "high"]
State = Literal[
    "new", "waiting_confirmation", "open", "waiting_customer", "waiting_vendor", "resolved", "closed", "merged"
]


class Wrong(Schema):
    """Why it was refused: `code` is stable, `message` is for people."""

    code: str
    message: str


class Person(Schema):
    """Somebody, as far as the caller may know."""

    kind: Literal["staff", "contact", "system"]
    id: int
    name: str


class TicketLine(Schema):
    """A ticket in a list. Moments are in UTC."""

    number: int
    mark: str
    subject: str
    kind: str
    priority: str
    state: str
    organisation: int | None
    organisation_name: str
    requester: Person
    service: str | None
    opened_at: datetime
    changed_at: datetime


class StaffTicketLine(TicketLine):
    """What colleagues see besides."""

    assignee: Person | None
    line: str | None
    tags: list[str]
    due_at: datetime | None


class MessageOut(Schema):
    """Public words."""

    id: int
    author: Person
    at: datetime
    text: str
    channel: str
    files: list[str]


class NoteOut(Schema):
    """Internal words; only ever in answers to colleagues."""

    id: int
    author: Person
    at: datetime
    text: str


class TicketOut(TicketLine):
    """A ticket with its public conversation."""

    messages: list[MessageOut]


class StaffTicketOut(StaffTicketLine):
    """A ticket with everything colleagues see."""

    messages: list[MessageOut]
    notes: list[NoteOut]


class TicketPage(Schema):
    """A page of tickets, newest first. `before` of the next page; null on the last."""

    tickets: list[StaffTicketLine | TicketLine]
    next_before: int | None


class TicketsAsked(Schema):
    """Which tickets: older than a number, in a state, so many at once."""

    before: Id | None = None
    limit: Limit = 50
    state: State | None = None


class CustomersAsked(Schema):
    """Which customers: after a number, so many at once."""

    after: Id | None = None
    limit: Limit = 50


class TicketIn(Schema):
    """A new ticket. Colleagues say for whom; a customer's person opens its own."""

    model_config = ConfigDict(extra="forbid")

    subject: Line
    text: Words
    kind: Kind = "question"
    priority: Priority = "low"
    service: Slug | None = None
    requester_email: Email | None = None


class WordsIn(Schema):
    """Something to say."""

    model_config = ConfigDict(extra="forbid")

    text: Words


class CustomerLine(Schema):
    """A customer in a list."""

    id: int
    name: str
    language: str
    zone: str
    active: bool


class CustomerPage(Schema):
    """A page of customers by number. `after` of the next page; null on the last."""

    customers: list[CustomerLine]
    next_after: int | None


class ContactOut(Schema):
    """A customer's person."""

    id: int
    name: str
    roles: list[str]
    emails: list[str]
    phones: list[str]
    active: bool


class SystemOut(Schema):
    """A system of a customer's."""

    id: int
    name: str
    service: str
    addresses: list[str]
    accepted_at: datetime | None


class CustomerOut(CustomerLine):
    """A customer with its people and systems."""

    plan: str | None
    contacts: list[ContactOut]
    systems: list[SystemOut]


class Me(Schema):
    """Whose key this is."""

    person: Person
    scopes: list[str]
