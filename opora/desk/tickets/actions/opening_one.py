"""Opening a ticket: the row, its first words, who is in copy, its promises, and the telling of it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Service
from opora.desk.customers.models import Contact, System
from opora.desk.customers.queries import terms_in_force
from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.queries import first_line
from opora.desk.tickets import events, promises, rules, search, states
from opora.desk.tickets.actions.conversation import NewFile, say_publicly
from opora.desk.tickets.actions.marking import tell_of_outage
from opora.desk.tickets.models import Message, Participant, Ticket


@transaction.atomic
def open_ticket(
    *,
    requester: Contact,
    subject: str,
    text: str,
    by: Actor,
    at: datetime,
    kind: str = "question",
    priority: str = "low",
    channel: str = "portal",
    service: Service | None = None,
    system: System | None = None,
    copy_to: Sequence[Contact] = (),
    files: Sequence[NewFile] = (),
    quoted: str = "",
    html: str = "",
    automatic: bool = False,
    promised: bool = True,
) -> Ticket:
    """A new ticket with its first message, its line and its promise on the clock, pinned to the terms in force.

    Raises Refused when there are no words at all, or the system is another organisation's.
    """
    _require_words(subject, text, files)
    _require_own_system(system, requester)
    ticket = Ticket(
        requester=requester,
        subject=rules.clean_subject(subject or text),
        kind=kind,
        priority=priority,
        service=service,
        system=system,
        channel=channel,
    )
    _place(ticket, promised=promised and not automatic, at=at)
    message = say_publicly(
        ticket, by, at, text, channel=channel, quoted=quoted, html=html, automatic=automatic, files=files
    )
    search.begin(ticket, search.people_of(ticket), message.text)
    _put_in_copy(ticket, copy_to, at)
    promises.make_promises(ticket, by=by, at=at)
    _tell(ticket, message, by=by, at=at)
    return ticket


def _require_words(subject: str, text: str, files: Sequence[NewFile]) -> None:
    if not text.strip() and not subject.strip() and not files:
        raise Refused("tickets.empty", _("Write what it is about; an empty request cannot be answered."))


def _require_own_system(system: System | None, requester: Contact) -> None:
    if system is not None and system.organisation_id != requester.organisation_id:
        raise Refused("tickets.foreign_system", _("This system belongs to somebody else. Choose one of yours."))


def _place(ticket: Ticket, *, promised: bool, at: datetime) -> None:
    """With its customer, under the terms in force, in the line that serves it; then it is written down."""
    service, organisation = ticket.service, ticket.requester.organisation
    ticket.organisation = organisation
    ticket.language = ticket.requester.language
    ticket.contract_version = terms_in_force(organisation, at=at) if promised else None
    ticket.line = service.line if service is not None and service.line is not None else first_line()
    ticket.state = states.WAITING_CONFIRMATION if ticket.unconfirmed else states.NEW
    ticket.opened_at = ticket.changed_at = ticket.last_customer_at = at
    ticket.save(force_insert=True)


def _put_in_copy(ticket: Ticket, people: Sequence[Contact], at: datetime) -> None:
    others = [person for person in people if person.pk != ticket.requester_id]
    rows = [Participant(ticket=ticket, contact=person, added_at=at) for person in others]
    Participant.objects.bulk_create(rows, ignore_conflicts=True)


def _tell(ticket: Ticket, message: Message, *, by: Actor, at: datetime) -> None:
    announce(
        events.OPENED,
        subject=("ticket", ticket.pk),
        by=by,
        at=at,
        message=message.pk,
        line=ticket.line_id,
        organisation=ticket.organisation_id,
        channel=ticket.channel,
        priority=ticket.priority,
        automatic=message.automatic,
    )
    tell_of_outage(ticket, by=by, at=at)
