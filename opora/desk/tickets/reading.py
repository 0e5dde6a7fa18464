"""What pages ask about one ticket, as parts of one statement (`kernel.asking`): plain rows, for models would cost more than
the page.

Public and internal words are two questions here too; neither can return the other. `values` holds what their SQL names;
parts that rooms above offer for the same pages may name these too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from opora.desk.kernel.asking import Part, Value
from opora.desk.tickets import events
from opora.desk.tickets.models import Ticket


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
    contact_number: int | None


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
    """An event of the ticket."""

    number: int
    at: datetime
    name: str
    actor_kind: str
    actor_id: int
    actor_name: str
    why: str
    facts: dict[str, Any]
    waits: bool


class Shown(NamedTuple):
    """An event of those that customers read of, as it was kept: its facts are ours until `public_events` took them out."""

    at: datetime
    name: str
    actor_kind: str
    actor_name: str
    why: str
    facts: dict[str, Any]


class PublicEvent(NamedTuple):
    """What the customer may read of an event: no internal facts, no names it need not know.

    `about` is who came into copy or left it, or the mark of the other ticket.
    """

    name: str
    at: datetime
    actor_kind: str
    actor_name: str
    why: str
    old: str
    new: str
    about: str = ""
    outcome: str = ""


class Promised(NamedTuple):
    """A promise on the clock."""

    number: int
    promise: str
    state: str
    due_at: datetime
    warn_at: datetime | None
    stopped_at: datetime | None
    cancelled_at: datetime | None
    target_seconds: int
    calendar_version: int

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


class Terms(NamedTuple):
    """Which system the ticket is about and under which contract; empty words where there is none."""

    system: str = ""
    contract: str = ""
    plan: str = ""


class WritesFrom(NamedTuple):
    """An address of the requester's."""

    email: str
    may_confirm: bool
    bounces: bool


class Person(NamedTuple):
    """A customer's person, by number and name."""

    number: int
    name: str


class Other(NamedTuple):
    """Another ticket, by number and subject."""

    number: int
    subject: str


class Draft(NamedTuple):
    """Words a colleague has typed and not said."""

    kind: str
    text: str


def public_events(shown: Sequence[Shown]) -> list[PublicEvent]:
    """The events as a customer may read them; the reason only where it was written for the customer.

    A priority that was given back is told by the decision; the change that follows from it says nothing new.
    """
    return [
        PublicEvent(
            name=row.name,
            at=row.at,
            actor_kind=row.actor_kind,
            actor_name=row.actor_name,
            why=row.why if row.name in events.ARGUED else "",
            old=str(row.facts.get("old", "")) if row.name in events.ARGUED else "",
            new=str(row.facts.get("new", "")) if row.name in events.ARGUED else "",
            outcome=str(row.facts.get("outcome", "")) if row.name == events.OBJECTION_DECIDED else "",
            about=_about(row),
        )
        for row in shown
        if not (row.name == events.PRIORITY_CHANGED and "objection" in row.facts)
    ]


def _about(row: Shown) -> str:
    if row.name in {events.PARTICIPANT_ADDED, events.PARTICIPANT_REMOVED}:
        return str(row.facts.get("name", ""))
    others = [row.facts[key] for key in ("into", "merged", "out_of") if key in row.facts]
    return f"T-{others[0]}" if others and row.name in {events.MERGED, events.SPLIT} else ""


def values(ticket: Ticket) -> dict[str, Value]:
    """What the questions below name: the ticket and what it points to."""
    return {
        "ticket": ticket.pk,
        "requester": ticket.requester_id,
        "system": ticket.system_id,
        "contract_version": ticket.contract_version_id,
        "shown": sorted(events.SHOWN_TO_CUSTOMERS),
    }


PUBLIC_WORDS = Part(
    PublicWords,
    """
    select m.id as number, m.at, m.text, m.quoted, m.channel, m.automatic, m.came_from_id as came_from,
           m.html <> '' as formatted, colleague.name as colleague, contact.name as contact,
           contact.id as contact_number
    from tickets_message m
    left join people_staff colleague on colleague.id = m.author_staff_id
    left join customers_contact contact on contact.id = m.author_contact_id
    where m.ticket_id = %(ticket)s order by m.at, m.id""",
)
"""Every public message in order."""

INTERNAL_WORDS = Part(
    InternalWords,
    """
    select n.id as number, n.at, n.text, n.came_from_id as came_from, colleague.name as colleague
    from tickets_note n left join people_staff colleague on colleague.id = n.author_staff_id
    where n.ticket_id = %(ticket)s order by n.at, n.id""",
)
"""Every internal note in order."""

PUBLIC_FILES = Part(
    Enclosed,
    """
    select m.id as of, f.id as number, f.name, kept.type, kept.size
    from tickets_message m join tickets_messagefile f on f.message_id = m.id join kernel_storedfile kept on kept.id = f.file_id
    where m.ticket_id = %(ticket)s order by f.id""",
)
"""The files of the public messages."""

INTERNAL_FILES = Part(
    Enclosed,
    """
    select n.id as of, f.id as number, f.name, kept.type, kept.size
    from tickets_note n join tickets_notefile f on f.note_id = n.id join kernel_storedfile kept on kept.id = f.file_id
    where n.ticket_id = %(ticket)s order by f.id""",
)
"""The files of the internal notes."""

HAPPENED = Part(
    Happened,
    """
    select e.id as number, e.at, e.name, e.actor_kind, e.actor_id, e.actor_name, e.why, e.facts,
           exists (select from kernel_delivery where event_id = e.id) as waits
    from kernel_event e
    where e.subject_kind = 'ticket' and e.subject_id = %(ticket)s and e.name <> all (%(untold)s) order by e.id""",
)
"""What happened to the ticket, in order, but for the events named in `untold`. For colleagues only."""

SHOWN = Part(
    Shown,
    """
    select at, name, actor_kind, actor_name, why, facts from kernel_event
    where subject_kind = 'ticket' and subject_id = %(ticket)s and name = any (%(shown)s) order by id""",
)
"""The events a customer sees between the messages; only `public_events` of them leave the desk."""

PROMISED = Part(
    Promised,
    """
    select id as number, promise, state, due_at, warn_at, stopped_at, cancelled_at, target_seconds,
           calendar_version_id as calendar_version
    from sla_clock
    where about_kind = 'ticket' and about_id = %(ticket)s order by id""",
)
"""The ticket's promises, the oldest first."""

IN_COPY = Part(
    Person,
    """
    select person.id as number, person.name
    from tickets_participant p join customers_contact person on person.id = p.contact_id
    where p.ticket_id = %(ticket)s order by p.added_at, p.id""",
)
"""The people in copy besides the requester."""

LINKED = Part(
    Linked,
    """
    select l.kind, l.ticket_id as ticket, this.subject, l.other_id as other, that.subject as other_subject
    from tickets_ticketlink l
    join tickets_ticket this on this.id = l.ticket_id join tickets_ticket that on that.id = l.other_id
    where l.ticket_id = %(ticket)s or l.other_id = %(ticket)s order by l.id""",
)
"""Links made from here and to here."""

EARLIER = Part(
    Other,
    """
    select id as number, subject from tickets_ticket
    where requester_id = %(requester)s and id <> %(ticket)s order by changed_at desc, id desc limit 5""",
)
"""The requester's other tickets, newest first."""

WRITES_FROM = Part(
    WritesFrom,
    """
    select email, may_confirm, bounced_at is not null as bounces from customers_address
    where contact_id = %(requester)s order by id""",
)
"""The requester's addresses."""

TERMS = Part(
    Terms,
    """
    select coalesce(s.name, '') as system, coalesce(c.number, '') as contract, coalesce(c.plan, '') as plan
    from (select) one
    left join customers_system s on s.id = %(system)s
    left join customers_contractversion v on v.id = %(contract_version)s
    left join customers_contract c on c.id = v.contract_id""",
)
"""Which system the ticket is about and under which contract: one row."""

DRAFTS = Part(Draft, "select kind, text from tickets_draft where ticket_id = %(ticket)s and staff_id = %(reader)s")
"""The colleague's unsaid words; `reader` is the colleague's number."""


class Planned(NamedTuple):
    """An answer that waits for its moment, and may still be taken back."""

    number: int
    author: str
    text: str
    due_at: datetime
    then: str


PLANNED = Part(
    Planned,
    """
    select p.id as number, s.name as author, p.text, p.due_at, p."then"
    from tickets_plannedreply p join people_staff s on s.id = p.author_id
    where p.ticket_id = %(ticket)s and p.state = 'waiting' order by p.due_at, p.id""",
)
"""The ticket's planned answers, the next one first."""


def by_words(files: list[Enclosed]) -> dict[int, list[Enclosed]]:
    """The files by the number of the message or note they came with."""
    found: dict[int, list[Enclosed]] = {}
    for file in files:
        found.setdefault(file.of, []).append(file)
    return found
