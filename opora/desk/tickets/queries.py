"""Questions about one ticket and its surroundings. Public and internal words are asked for by different questions."""

from datetime import UTC
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from opora.desk.catalogue.queries import priority_meanings
from opora.desk.customers.models import Contact
from opora.desk.customers.queries import licences_of
from opora.desk.customers.rules import HeldLicence, expired_before
from opora.desk.kernel.asking import together
from opora.desk.kernel.errors import NotHere
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff
from opora.desk.sla.models import Clock
from opora.desk.tickets import definitions, events, rules, search, states
from opora.desk.tickets.models import (
    CauseFinding,
    Draft,
    Message,
    MessageFile,
    Note,
    NoteFile,
    Objection,
    Participant,
    Repin,
    Repinning,
    Ticket,
    TicketLink,
)
from opora.desk.tickets.policies import visible_to, visible_to_contact
from opora.desk.tickets.reading import SHOWN, PublicEvent, public_events, values


def public_conversation(ticket: Ticket) -> list[Message]:
    """Every public message in order, with authors and files. Notes cannot appear here: they are another type."""
    return list(
        ticket.messages.select_related("author_contact", "author_staff")
        .prefetch_related(Prefetch("files", MessageFile.objects.select_related("file")))
        .order_by("at", "pk")
    )


def formatted_message(ticket: Ticket, number: int) -> Message:
    """A public message of the ticket that came with HTML. Raises NotHere for any other number."""
    message = ticket.messages.exclude(html="").filter(pk=number).first()
    if message is None:
        raise NotHere
    return message


def internal_notes(ticket: Ticket) -> list[Note]:
    """Every internal note in order, with authors and files. For colleagues only."""
    return list(
        ticket.notes.select_related("author_staff")
        .prefetch_related(Prefetch("files", NoteFile.objects.select_related("file")))
        .order_by("at", "pk")
    )


def history(ticket: Ticket) -> list[Event]:
    """Everything that happened to the ticket, in order. For colleagues only."""
    return list(Event.objects.filter(subject_kind="ticket", subject_id=ticket.pk).order_by("pk"))


def public_history(ticket: Ticket) -> list[PublicEvent]:
    """The events a customer sees between the messages; the reason only where it was written for the customer."""
    return public_events(together(SHOWN, **values(ticket))[SHOWN])


def priorities_for(service_id: int | None) -> dict[str, tuple[str, str, str]]:
    """Name, meaning and example of each priority, in the words of the service where it has its own."""
    own = priority_meanings(service_id)
    return {
        code: (str(name), str(own[code]), own[code].shown_example)
        if code in own
        else (str(name), str(meaning), str(example))
        for code, (name, meaning, example) in definitions.PRIORITIES.items()
    }


def change_to_object_to(ticket: Ticket) -> Event | None:
    """The newest change of priority, when it was ours and nobody has objected to it yet."""
    changes = Event.objects.filter(subject_kind="ticket", subject_id=ticket.pk, name=events.PRIORITY_CHANGED)
    change = changes.order_by("pk").last()
    if change is None or change.actor_kind != "staff" or "objection" in change.facts:
        return None
    return None if Objection.objects.filter(change=change).exists() else change


def expired_licences(ticket: Ticket) -> list[HeldLicence]:
    """The licences that had run out when the ticket was opened and may be the cause: of its system, else of all."""
    rows = licences_of(ticket.organisation_id, ticket.system_id)
    held = [HeldLicence(row.pk, row.system_id, row.product, row.valid_until, row.noted_at, str(row)) for row in rows]
    zone = ZoneInfo(ticket.organisation.zone) if ticket.organisation else UTC
    return expired_before(held, ticket.opened_at.astimezone(zone).date(), ticket.opened_at)


def finding_of(ticket: Ticket) -> CauseFinding | None:
    """The newest finding of the cause, with its licence, vendor and author."""
    rows = CauseFinding.objects.select_related("licence__system", "vendor", "found_by").filter(ticket=ticket)
    return rows.order_by("pk").last()


def objection_of(ticket: Ticket) -> Objection | None:
    """The objection that waits for a decision."""
    rows = Objection.objects.select_related("raised_by").filter(ticket=ticket, state=states.RAISED)
    return rows.first()


def open_objections(staff: Staff) -> list[Objection]:
    """Every objection that waits for a decision on tickets the colleague sees, the oldest first."""
    rows = Objection.objects.filter(state=states.RAISED, ticket__in=visible_to(staff))
    about = ("ticket__organisation", "ticket__service", "ticket__line", "raised_by", "change")
    return list(rows.select_related(*about).order_by("raised_at", "pk"))


def objection_for(staff: Staff, number: int) -> Objection:
    """The objection as the colleague may see it, decided or not. Raises NotHere."""
    rows = Objection.objects.filter(pk=number, ticket__in=visible_to(staff))
    found = rows.select_related("ticket__organisation", "change").first()
    if found is None:
        raise NotHere
    return found


def people_in_copy(ticket: Ticket) -> list[Contact]:
    """The participants besides the requester."""
    rows = Participant.objects.filter(ticket=ticket).select_related("contact").order_by("added_at", "pk")
    return [row.contact for row in rows]


def promises_of(ticket: Ticket) -> list[Clock]:
    """The ticket's clocks, oldest first."""
    return list(
        Clock.objects.filter(about_kind="ticket", about_id=ticket.pk).select_related("calendar_version").order_by("pk")
    )


def links_of(ticket: Ticket) -> list[TicketLink]:
    """Links made from here and to here, the other ticket loaded."""
    from django.db.models import Q

    return list(
        TicketLink.objects.filter(Q(ticket=ticket) | Q(other=ticket)).select_related("ticket", "other").order_by("pk")
    )


def drafts_of(ticket: Ticket, staff: Staff) -> dict[str, str]:
    """The colleague's unsaid words by kind."""
    return dict(Draft.objects.filter(ticket=ticket, staff=staff).values_list("kind", "text"))


def earlier_requests(ticket: Ticket, limit: int = 5) -> list[Ticket]:
    """The requester's other tickets, newest first."""
    rows = Ticket.objects.filter(requester=ticket.requester_id).exclude(pk=ticket.pk)
    return list(rows.order_by("-changed_at", "-pk")[:limit])


def find_for_staff(staff: Staff, query: str) -> QuerySet[Ticket]:
    """Tickets that hold the words anywhere, notes included; a bare number finds that ticket."""
    number = rules.number_in(query)
    if number is not None:
        return visible_to(staff).filter(pk=number)
    return visible_to(staff).filter(pk__in=search.matching(query, notes=True).values("pk"))


def newest_for_staff(staff: Staff, query: str, limit: int, before: int | None = None) -> list[int]:
    """Numbers of the newest tickets (below `before`) a colleague may read that hold the words, notes included; or the
    number itself."""
    number = rules.number_in(query)
    numbers = [number] if number is not None else search.newest(query, notes=True, limit=limit, before=before)
    there = set(visible_to(staff).filter(pk__in=numbers).values_list("pk", flat=True))
    return [number for number in numbers if number in there]


def find_for_contact(contact: Contact, query: str) -> QuerySet[Ticket]:
    """The person's visible tickets that hold the words in public; notes are never searched."""
    number = rules.number_in(query)
    if number is not None:
        return visible_to_contact(contact).filter(pk=number)
    return visible_to_contact(contact).filter(pk__in=search.matching(query, notes=False).values("pk"))


def repinnings(limit: int = 50) -> list[Repinning]:
    """Return the latest re-pinnings, the newest first."""
    return list(Repinning.objects.order_by("-pk")[:limit])


def troubles_of(repinning: Repinning, limit: int = 50) -> list[Repin]:
    """Return the tickets that could not be re-pinned, with what went wrong."""
    return list(Repin.objects.filter(repinning=repinning).exclude(trouble="").select_related("ticket")[:limit])
