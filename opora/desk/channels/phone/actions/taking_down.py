"""Writing down what a caller says, from the first letter on, and making a ticket of it while the caller is still there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from opora.desk.channels.phone import events, queries, rules
from opora.desk.channels.phone.actions.proving import permit
from opora.desk.channels.phone.models import Call, TakingDown
from opora.desk.channels.phone.wording import as_text
from opora.desk.consent import actions as consent
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.consent.rules import Named, Terms
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Contact, Organisation, System
from opora.desk.customers.queries import find_contact_by_email
from opora.desk.incidents import actions as incidents
from opora.desk.incidents.models import MassIncident
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket

WINDOW = timedelta(hours=24)
LONGEST = 4000
FIELDS = (
    "contact",
    "name",
    "email",
    "topic",
    "happened",
    "works",
    "hit",
    "losing",
    "since",
    "system",
    "service",
    "incident",
    "ask",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it: the ticket, the request that went out, or why none did."""

    ticket: Ticket
    asked: ConfirmationRequest | None
    trouble: str = ""


@transaction.atomic
def keep_words(call: Call, *, words: Mapping[str, str], by: Staff, at: datetime) -> TakingDown:
    """Keep what was typed so far. Once a ticket is made of it nothing changes any more. Raises Refused for other roles."""
    permit(by)
    kept = {name: str(words.get(name, "")).replace("\x00", "")[:LONGEST] for name in FIELDS}
    row, _new = TakingDown.objects.select_for_update().get_or_create(
        call=call, defaults={"words": kept, "by": by, "changed_at": at}
    )
    if row.ticket_id is None and row.words != kept:
        row.words, row.by, row.changed_at = kept, by, at
        row.save(update_fields=["words", "by", "changed_at"])
    return row


@transaction.atomic
def take_down(call: Call, *, words: Mapping[str, str], by: Staff, at: datetime) -> Taken:
    """Make the ticket of the caller's words, join the incident it belongs to, and ask the customer to confirm.

    Raises Refused while what happened, a question of urgency, or who calls is missing, and when it was taken down already.
    """
    row = keep_words(call, words=words, by=by, at=at)
    row = TakingDown.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.ticket is not None:
        raise Refused("phone.taken_down", _("This call is written down already: %(mark)s.") % {"mark": row.ticket.mark})
    said = row.words
    found = rules.urgency(said["works"], said["hit"], losing=bool(said["losing"]))
    if not said["happened"].strip():
        raise Refused("phone.no_words", _("Write in the caller’s words what happened."))
    if found is None:
        raise Refused("phone.no_urgency", _("Ask what still works and how many are hit; the priority follows."))
    requester = _requester(call, said, by, at)
    system = queries.system_named(requester.organisation, said["system"])
    ticket = tickets.open_ticket(
        requester=requester,
        subject=said["happened"].strip().splitlines()[0],
        text=_told(requester, said),
        kind=found.kind,
        priority=found.priority,
        channel="phone",
        service=queries.service_named(said["service"]) or (system.service if system else None),
        system=system,
        by=by.actor,
        at=at,
    )
    row.ticket = ticket
    row.save(update_fields=["ticket"])
    call.ticket, call.contact, call.organisation = ticket, requester, requester.organisation
    call.save(update_fields=["ticket", "contact", "organisation"])
    announce(events.TAKEN_DOWN, subject=("call", call.pk), by=by.actor, at=at, ticket=ticket.pk)
    _join(ticket, said["incident"], by, at)
    asked, trouble = _ask(ticket, system, said, by, at) if said["ask"] else (None, "")
    return Taken(ticket, asked, trouble)


def _requester(call: Call, said: Mapping[str, str], by: Staff, at: datetime) -> Contact:
    """Who calls, as chosen; somebody new belongs to a customer only when an address says so, never by telephone."""
    chosen = queries.contact_named(said["contact"])
    if chosen is not None:
        return chosen
    if call.contact is not None and not said["email"].strip():
        return call.contact
    email = said["email"].strip().lower()
    if "@" not in email:
        raise Refused("phone.nobody", _("Choose who calls, or write the e-mail address for the confirmation."))
    known = find_contact_by_email(email)
    if known is not None:
        return known
    name = said["name"].strip() or email.partition("@")[0]
    return customers.add_contact(organisation=None, name=name, emails=[email], by=by.actor, at=at)


def _told(requester: Contact, said: Mapping[str, str]) -> str:
    with translation.override(requester.language):
        return as_text(said)


def _join(ticket: Ticket, number: str, by: Staff, at: datetime) -> None:
    incident = MassIncident.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if incident is not None:
        incidents.join(incident, ticket=ticket, by=by, at=at)


def _ask(
    ticket: Ticket, system: System | None, said: Mapping[str, str], by: Staff, at: datetime
) -> tuple[ConfirmationRequest | None, str]:
    """Ask those who may confirm to let our engineers look; why it did not go out is told, the ticket stands anyway."""
    if system is None or ticket.organisation is None:
        return None, _("No request for access went out: choose the system it is about.")
    try:
        with transaction.atomic():
            return consent.ask(ticket, terms=_terms(ticket, ticket.organisation, system, said, at), by=by, at=at), ""
    except Refused as refused:
        return None, refused.message


def _terms(ticket: Ticket, organisation: Organisation, system: System, said: Mapping[str, str], at: datetime) -> Terms:
    with translation.override(organisation.language):
        what = _("Find the cause of what was reported by phone: %(words)s") % {"words": said["happened"].strip()[:1500]}
    return Terms(
        ticket=ticket.mark,
        customer=organisation.name,
        systems=(Named(system.pk, system.name),),
        actions=("look",),
        what=what,
        level="user",
        starts=at.replace(second=0, microsecond=0),
        ends=at.replace(second=0, microsecond=0) + WINDOW,
        zone=organisation.zone,
        engineers=tuple(Named(one.pk, one.name) for one in queries.who_would_look(ticket)),
        watching="notify",
        price="",
    )
