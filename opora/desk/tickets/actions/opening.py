"""Opening many tickets at once, as `open_ticket` opens one, in a few statements: for letters that come in by the hundred.

A test holds the two against each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.customers.models import Address, Contact
from opora.desk.customers.queries import choose_terms, terms_until
from opora.desk.kernel.actions import SYSTEM, Happening, announce_all
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Team
from opora.desk.people.queries import first_line
from opora.desk.sla import actions as sla
from opora.desk.sla.models import Clock
from opora.desk.sla.rules import Turn
from opora.desk.tickets import events, promises, rules, search, states
from opora.desk.tickets.actions.conversation import NewFile, keep_files
from opora.desk.tickets.actions.marking import tell_of_outage
from opora.desk.tickets.models import Message, Participant, Ticket


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a requester asks. The requester's organisation must be loaded."""

    requester: Contact
    subject: str
    text: str
    at: datetime
    kind: str = "question"
    priority: str = "low"
    channel: str = "portal"
    copy_to: Sequence[Contact] = ()
    files: Sequence[NewFile] = ()
    quoted: str = ""
    html: str = ""
    automatic: bool = False


@transaction.atomic
def open_tickets(wanted: Sequence[NewTicket]) -> list[tuple[Ticket, Message]]:
    """Open them all, each by its requester at its moment, and return them with their first messages, in the same order.

    Raises Refused when one of them says nothing at all; then none is opened.
    """
    if not wanted:
        return []
    if any(not new.text.strip() and not new.subject.strip() and not new.files for new in wanted):
        raise Refused("tickets.empty", _("Write what it is about; an empty request cannot be answered."))
    line = first_line()
    tickets = _tickets(wanted, line)
    messages = _messages(wanted, tickets)
    _make_findable(tickets, messages)
    Participant.objects.bulk_create(
        [
            Participant(ticket=ticket, contact=contact, added_at=new.at)
            for new, ticket in zip(wanted, tickets, strict=True)
            for contact in new.copy_to
            if contact.pk != new.requester.pk
        ],
        ignore_conflicts=True,
    )
    announce_all(
        events.OPENED,
        [
            Happening(("ticket", ticket.pk), new.at, _facts(ticket, message, line), new.requester.actor)
            for new, ticket, message in zip(wanted, tickets, messages, strict=True)
        ],
        by=SYSTEM,
    )
    for ticket in tickets:
        tell_of_outage(ticket, by=ticket.requester.actor, at=ticket.opened_at)
    return list(zip(tickets, messages, strict=True))


def _tickets(wanted: Sequence[NewTicket], line: Team | None) -> list[Ticket]:
    """The tickets with their promises on the clock, pinned to the terms in force when each was asked."""
    organisations = {new.requester.organisation_id for new in wanted if not new.automatic} - {None}
    terms = terms_until([number for number in organisations if number], at=max(new.at for new in wanted))
    tickets: list[Ticket] = []
    wound_up: list[tuple[Ticket, Clock, Sequence[Turn]]] = []
    for new in wanted:
        organisation = new.requester.organisation_id
        pinned = choose_terms(terms.get(organisation, []), at=new.at) if organisation and not new.automatic else None
        ticket = Ticket(
            organisation=new.requester.organisation,
            requester=new.requester,
            subject=rules.clean_subject(new.subject or new.text),
            kind=new.kind,
            priority=new.priority,
            line=line,
            channel=new.channel,
            language=new.requester.language,
            contract_version=pinned,
            opened_at=new.at,
            changed_at=new.at,
            last_customer_at=new.at,
        )
        ticket.state = states.WAITING_CONFIRMATION if ticket.unconfirmed else states.NEW
        clocks = promises.wind_up_all(ticket)
        ticket.due_at = promises.earliest([clock for clock, _turns in clocks])
        wound_up.extend((ticket, clock, turns) for clock, turns in clocks)
        tickets.append(ticket)
    Ticket.objects.bulk_create(tickets)
    for ticket, clock, _turns in wound_up:
        clock.about_id = ticket.pk
    if wound_up:
        by = {("ticket", ticket.pk): ticket.requester.actor for ticket in tickets}
        sla.start_clocks([(clock, turns) for _ticket, clock, turns in wound_up], by=by)
    return tickets


def _messages(wanted: Sequence[NewTicket], tickets: Sequence[Ticket]) -> list[Message]:
    messages = Message.objects.bulk_create(
        Message(
            ticket=ticket,
            author_contact=new.requester,
            at=new.at,
            text=rules.clean_text(new.text),
            quoted=rules.clean_text(new.quoted),
            html=new.html.replace("\x00", ""),
            channel=new.channel,
            automatic=new.automatic,
        )
        for new, ticket in zip(wanted, tickets, strict=True)
    )
    for new, message in zip(wanted, messages, strict=True):
        if new.files:
            keep_files(message, new.files, at=new.at)
    return messages


def _make_findable(tickets: Sequence[Ticket], messages: Sequence[Message]) -> None:
    emails: dict[int, list[str]] = {ticket.requester_id: [] for ticket in tickets}
    for contact, email in Address.objects.filter(contact__in=emails).order_by("pk").values_list("contact", "email"):
        emails[contact].append(email)
    search.begin_many(
        [
            (ticket, search.people_words(ticket, emails[ticket.requester_id]), message.text)
            for ticket, message in zip(tickets, messages, strict=True)
        ]
    )


def _facts(ticket: Ticket, message: Message, line: Team | None) -> dict[str, object]:
    return {
        "message": message.pk,
        "line": line.pk if line else None,
        "organisation": ticket.organisation_id,
        "channel": ticket.channel,
        "priority": ticket.priority,
        "automatic": message.automatic,
    }
