"""Who may watch, steer, replay, and come in. Everything that touches a system asks `consent.policies` as well.

The gateway keeps no rule of its own about people: it asks `knock`, and asks again while a session runs.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from opora.desk.consent import states as consent_states
from opora.desk.consent.policies import require
from opora.desk.customers.models import Contact, Organisation
from opora.desk.customers.policies import names_people
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import leads
from opora.desk.people.policies import may as may_act
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import visible_to, visible_to_contact
from opora.desk.workroom.models import Agreement, EngineerKey, HostEntry, TunnelWord, ViewingLink, WorkSession
from opora.desk.workroom.tokens import hash_of

CUSTOMER, GUEST, STAFF = "customer", "guest", "staff"


@dataclass(frozen=True, slots=True)
class Watcher:
    """One who may look at a session: who, as what, and whether pause and stop are theirs."""

    id: str
    name: str
    kind: str
    may_steer: bool


@dataclass(frozen=True, slots=True)
class Knock:
    """A way in that is open now: who comes, by which agreement, to which of its hosts."""

    staff: Staff
    agreement: Agreement
    hosts: list[str]


def watcher(
    session: str, *, staff: Staff | None, contact: Contact | None, guest: int | None, at: datetime
) -> Watcher | None:
    """Return how this person may look at the session of that name at this moment; None if it may not."""
    found = WorkSession.objects.select_related("ticket", "agreement").filter(name=session).first()
    if found is None:
        return None
    if staff is not None and may_replay_as_staff(staff, found):
        return Watcher(f"staff:{staff.pk}", staff.name, STAFF, may_steer_as_staff(staff, found))
    if contact is not None and is_customers(contact, found.ticket):
        return Watcher(f"contact:{contact.pk}", contact.name, CUSTOMER, may_steer=True)
    link = guest_link(guest, at=at)
    if link is not None and link.agreement_id == found.agreement_id:
        return Watcher(f"guest:{link.pk}", link.guest, GUEST, may_steer=False)
    return None


def typist(ticket: str, host: str, *, staff: Staff, at: datetime) -> bool:
    """Return whether this colleague may open a terminal in the browser there now."""
    if not typist_allowed():
        return False
    try:
        knock(ticket, host, staff=staff, at=at)
    except Refused:
        return False
    return True


def typist_allowed() -> bool:
    """Return whether terminals in the browser are switched on here."""
    return bool(settings.OPORA_GATEWAY_TERMINAL)


def is_customers(contact: Contact, ticket: Ticket) -> bool:
    """Return whether this person belongs to the customer the ticket is of, and sees the ticket."""
    return (
        contact.organisation_id is not None
        and contact.organisation_id == ticket.organisation_id
        and visible_to_contact(contact).filter(pk=ticket.pk).exists()
    )


def may_replay_as_staff(staff: Staff, session: WorkSession) -> bool:
    """Return whether a colleague may look: whoever worked, whoever was named to, and those who lead."""
    named = {one.id for one in session.agreement.request.asked_terms.engineers}
    return staff.active and (staff.pk == session.staff_id or staff.pk in named or leads(staff))


def may_steer_as_staff(staff: Staff, session: WorkSession) -> bool:
    """Return whether a colleague may pause and stop: the one at work, and those who lead."""
    return staff.active and (staff.pk == session.staff_id or leads(staff))


def may_work(staff: Staff) -> bool:
    """Return whether this colleague is one who works on customers' systems."""
    return may_act(staff, "customers:touch")


def may_enter_hosts(staff: Staff) -> bool:
    """Return whether this colleague may say how a customer's system is reached."""
    return may_act(staff, "customers:touch") or may_act(staff, "customers:edit")


def may_give_seal(contact: Contact) -> bool:
    """Return whether this person gives the key to what is typed on its organisation's systems."""
    return names_people(contact)


def agreement_door(staff: Staff, number: int) -> Agreement:
    """Return the agreement as a colleague may see it: with the ticket. Raises NotHere."""
    rows = Agreement.objects.select_related("ticket__organisation", "request")
    found = rows.filter(pk=number, ticket__in=visible_to(staff)).first()
    if found is None:
        raise NotHere
    return found


def portal_agreement(contact: Contact, number: int) -> Agreement:
    """Return the agreement as a customer's person may see it. Raises NotHere."""
    rows = Agreement.objects.select_related("ticket__organisation", "request")
    found = rows.filter(
        pk=number, ticket__organisation=contact.organisation_id, ticket__in=visible_to_contact(contact)
    ).first()
    if found is None or contact.organisation_id is None:
        raise NotHere
    return found


def session_door(staff: Staff, number: int) -> WorkSession:
    """Return the session as a colleague may look at it. Raises NotHere."""
    found = _sessions().filter(pk=number, ticket__in=visible_to(staff)).first()
    if found is None or not may_replay_as_staff(staff, found):
        raise NotHere
    return found


def portal_session(contact: Contact, number: int) -> WorkSession:
    """Return the session as a customer's person may look at it. Raises NotHere."""
    found = _sessions().filter(pk=number).first()
    if found is None or not is_customers(contact, found.ticket):
        raise NotHere
    return found


def guest_link(number: int | None, *, at: datetime) -> ViewingLink | None:
    """Return the link this browser came in by, while it is good: used here, not revoked, whoever made it still there."""
    if number is None:
        return None
    return (
        ViewingLink.objects.select_related("agreement__ticket__organisation", "agreement__request", "made_by")
        .filter(pk=number, used_at__isnull=False, revoked_at=None, ends_at__gt=at, made_by__active=True)
        .first()
    )


def link_waits(token: str, *, at: datetime) -> bool:
    """Return whether a link of this word was made, is unused, and still good."""
    return ViewingLink.objects.filter(
        token_hash=hash_of(token), used_at=None, revoked_at=None, ends_at__gt=at, made_by__active=True
    ).exists()


def knock(ticket: str, host: str | None, *, staff: Staff | None = None, key: str | None = None, at: datetime) -> Knock:
    """Return the way in that is open now, or raise Refused with the reason in words.

    Who comes is known by the fingerprint of its key, or by the desk's own word. The code `key` means nobody is known.
    """
    person = staff or owner_of_key(key)
    if person is None or not person.active or not may_work(person):
        raise Refused("key", _("This key is not known here. Register it on your account page."))
    found = _ticket(ticket)
    if not serves(found.organisation):
        raise Refused("customer", _("This customer has no contract with us any more."))
    wanted = _wanted(found, host)
    refusal: Refused | None = None
    opened: list[tuple[Agreement, HostEntry]] = []
    for agreement, entry in wanted:
        try:
            permission = require(person.actor, _level_of(agreement), entry.system, at=at)
        except Refused as refused:
            refusal = refused
            continue
        if permission.request == agreement.request_id:
            opened.append((agreement, entry))
    if not opened:
        raise refusal or Refused("no_agreement", _("There is no agreement about this host. Ask for a window."))
    newest = max(agreement.pk for agreement, _entry in opened)
    hosts = [(agreement, entry) for agreement, entry in opened if agreement.pk == newest]
    if all(entry.retired_at is not None for _agreement, entry in hosts):
        raise Refused("host", host_has_changed())
    return Knock(person, hosts[0][0], sorted(entry.name for _one, entry in hosts if entry.retired_at is None))


def passage(ticket: str, host: str, *, word: str | None, number: int | None, at: datetime) -> TunnelWord:
    """Return what lets a tunnel to that host be open now: by the customer's word, or by its number when asked again.

    Raises Refused. Whoever has no good word learns nothing.
    """
    rows = TunnelWord.objects.select_related("agreement__ticket__organisation", "agreement__request", "host", "made_by")
    known = rows.filter(word_hash=hash_of(word)) if word is not None else rows.filter(pk=number or 0)
    found = known.filter(revoked_at=None, made_by__active=True).first()
    if (
        found is None
        or (found.agreement.ticket.mark, found.host.name) != (ticket, host)
        or not is_customers(found.made_by, found.agreement.ticket)
    ):
        raise Refused("word", _("This is not the word of the tunnel. Make a new one on the page of the window."))
    agreement = found.agreement
    if not stands(agreement) or not serves(agreement.ticket.organisation):
        raise Refused("withdrawn", _("The confirmation was taken back: nobody gets in by it any more."))
    if found.host.retired_at is not None or not found.host.by_tunnel:
        raise Refused("host", host_has_changed())
    if not agreement.starts_at <= at < agreement.ends_at:
        raise Refused("window", _("The window is not open now; no tunnel is needed."))
    return found


def host_has_changed() -> str:
    """Return in words why an agreement about an entry that is retired lets nobody in."""
    return _("How this host is reached has changed since it was agreed. Ask for a new window.")


def stands(agreement: Agreement) -> bool:
    """Return whether the yes to it still holds."""
    return agreement.withdrawn_at is None and agreement.request.state == consent_states.CONFIRMED


def serves(organisation: Organisation | None) -> bool:
    """Return whether we still work for this customer: it is one, and not all of its contracts have ended."""
    if organisation is None or not organisation.active:
        return False
    contracts = organisation.contracts.values_list("ended_at", flat=True)
    return not contracts or any(ended is None for ended in contracts)


def owner_of_key(key: str | None) -> Staff | None:
    """Return whose key this is that counts, by its fingerprint."""
    if not key:
        return None
    found = EngineerKey.objects.select_related("staff__account").filter(fingerprint=key, revoked_at=None).first()
    return found.staff if found else None


def _ticket(mark: str) -> Ticket:
    number = mark.strip().upper().removeprefix("T-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Refused("ticket", _("Log in as a ticket's number: T-1042 or T-1042.host."))
    found = Ticket.objects.select_related("organisation").filter(pk=int(number)).first()
    if found is None:
        raise Refused("ticket", _("There is no ticket of this number."))
    return found


def _wanted(ticket: Ticket, host: str | None) -> list[tuple[Agreement, HostEntry]]:
    agreements = list(Agreement.objects.select_related("request").filter(ticket=ticket).order_by("id"))
    if not agreements:
        raise Refused("no_agreement", _("No window was agreed on this ticket. Ask for one on the ticket’s page."))
    numbers = {number for one in agreements for number in one.host_ids}
    entries = HostEntry.objects.select_related("system").in_bulk(numbers)
    pairs = [(one, entries[number]) for one in agreements for number in one.host_ids]
    if host is not None:
        pairs = [(agreement, entry) for agreement, entry in pairs if entry.name == host]
        if not pairs:
            raise Refused("host", _("No window on this ticket names this host. Ask for one that does."))
    return pairs


def _level_of(agreement: Agreement) -> str:
    return f"session.{agreement.request.asked_terms.level}"


def _sessions() -> QuerySet[WorkSession]:
    return WorkSession.objects.select_related("ticket__organisation", "agreement__request", "staff", "host__system")
