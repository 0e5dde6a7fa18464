"""Rows as the API shows them. Notes are reached by one function only, and that one wants a colleague."""

from typing import Any

from opora.desk.customers.models import Contact
from opora.desk.kernel.actors import SYSTEM, Actor
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Message, Note, Ticket
from opora.desk.tickets.queries import internal_notes, public_conversation


def person(actor: Actor) -> dict[str, Any]:
    """Somebody's kind, number and name."""
    return {"kind": actor.kind, "id": actor.id, "name": actor.name}


def line(ticket: Ticket) -> dict[str, Any]:
    """A ticket as anybody who may see it sees it in a list."""
    return {
        "number": ticket.pk,
        "mark": ticket.mark,
        "subject": ticket.subject,
        "kind": ticket.kind,
        "priority": ticket.priority,
        "state": ticket.state,
        "organisation": ticket.organisation_id,
        "organisation_name": ticket.organisation.name if ticket.organisation else "",
        "requester": person(ticket.requester.actor),
        "service": ticket.service.slug if ticket.service else None,
        "opened_at": ticket.opened_at,
        "changed_at": ticket.changed_at,
    }


def staff_line(ticket: Ticket) -> dict[str, Any]:
    """A ticket as colleagues see it in a list."""
    return {
        **line(ticket),
        "assignee": person(ticket.assignee.actor) if ticket.assignee else None,
        "line": ticket.line.slug if ticket.line else None,
        "tags": ticket.tags,
        "due_at": ticket.due_at,
    }


def ticket_for(reader: Staff | Contact, ticket: Ticket) -> dict[str, Any]:
    """The whole ticket as this person may see it."""
    said = {"messages": [message(row) for row in public_conversation(ticket)]}
    if isinstance(reader, Contact):
        return {**line(ticket), **said}
    return {**staff_line(ticket), **said, "notes": [note(row) for row in internal_notes(ticket)]}


def message(row: Message) -> dict[str, Any]:
    """Public words with their author; files by name."""
    author = row.author_staff or row.author_contact
    return {
        "id": row.pk,
        "author": person(author.actor if author else SYSTEM),
        "at": row.at,
        "text": row.text,
        "channel": row.channel,
        "files": [file.name for file in row.files.all()],
    }


def note(row: Note) -> dict[str, Any]:
    """Internal words with their author."""
    return {
        "id": row.pk,
        "author": person(row.author_staff.actor if row.author_staff else SYSTEM),
        "at": row.at,
        "text": row.text,
    }
