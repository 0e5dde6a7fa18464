"""Many tickets, one trouble: declaring it, joining and leaving it. Each ticket keeps its own thread and its own promises."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Service
from opora.desk.incidents import events, queries, states
from opora.desk.incidents.models import IncidentMember, IncidentUpdate, MassIncident
from opora.desk.kernel.actions import SYSTEM, Actor, Happening, announce, announce_all
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets import states as ticket_states
from opora.desk.tickets.models import Ticket


@transaction.atomic
def declare(
    *,
    title: str,
    by: Staff,
    at: datetime,
    title_ru: str = "",
    service: Service | None = None,
    tickets: Sequence[Ticket] = (),
    public: bool = True,
    began_at: datetime | None = None,
) -> MassIncident:
    """A mass incident of these tickets; it began with the first of them. Raises Refused without a title, or as `join`."""
    permit(by)
    name, name_ru = (" ".join(words.split())[:200] for words in (title, title_ru))
    if not name and not name_ru:
        raise Refused("incidents.untitled", _("Say in a few words what fails."))
    first = min((ticket.opened_at for ticket in tickets), default=at)
    incident = MassIncident.objects.create(
        title=name or name_ru,
        title_ru=name_ru,
        service=service,
        public=public,
        began_at=began_at or first,
        declared_by=by,
        declared_at=at,
    )
    announce(events.DECLARED, subject=("incident", incident.pk), by=by.actor, at=at, public=public)
    for ticket in tickets:
        join(incident, ticket=ticket, by=by, at=at)
    return incident


def join(incident: MassIncident, *, ticket: Ticket, by: Staff, at: datetime) -> None:
    """The ticket belongs to the incident, and its customer reads what was told last. Operators do this too, from a call.

    Raises Refused for a ticket that has ended, belongs to another incident, or when the incident is over.
    """
    if not may(by, "incidents:join"):
        permit(by)
    if incident.state != states.OPEN:
        raise Refused("incidents.over", _("This incident is over."))
    if ticket.state not in ticket_states.LIVE:
        raise Refused("tickets.ended", _("This ticket has ended."))
    try:
        with transaction.atomic():
            IncidentMember.objects.create(incident=incident, ticket=ticket, joined_at=at)
            tell(ticket, events.JOINED, incident, by=by.actor, at=at)
            last = IncidentUpdate.objects.filter(incident=incident).order_by("pk").last()
            if last is not None:
                say_on([ticket.pk], last, at=at)
    except IntegrityError as error:
        raise Refused("incidents.member_already", _("This ticket belongs to an incident already.")) from error


@transaction.atomic
def leave(incident: MassIncident, *, ticket: Ticket, by: Staff, at: datetime) -> None:
    """It was something else: the ticket goes on alone. What was said on it stays."""
    permit(by)
    gone = IncidentMember.objects.filter(incident=incident, ticket=ticket, left_at=None).update(left_at=at)
    if gone:
        tell(ticket, events.LEFT, incident, by=by.actor, at=at)


def suggest_incident(event: Event, at: datetime) -> None:
    """Reaction: a new ticket looks like an incident that goes on: its engineers read so on the ticket."""
    ticket = Ticket.objects.filter(pk=event.subject_id, kind="incident", state__in=ticket_states.LIVE).first()
    if ticket is None or not MassIncident.objects.filter(state=states.OPEN).exists():
        return
    incident = queries.like_incident(ticket)
    if incident is not None and queries.incident_of(ticket) is None:
        tell(ticket, events.SUGGESTED, incident, by=SYSTEM, at=at)


def say_on(tickets: Sequence[int], update: IncidentUpdate, *, at: datetime, resolve: bool = False) -> None:
    """Queue the update for these tickets: each is said in a transaction of its own, so that one hinders no other."""
    facts = {"update": update.pk, "resolve": resolve}
    announce_all(events.WORD, [Happening(("ticket", number), at, facts) for number in tickets], by=update.by.actor)


def tell(ticket: Ticket, name: str, incident: MassIncident, *, by: Actor, at: datetime) -> None:
    """Announce something of the incident on a ticket."""
    about = ("ticket", ticket.pk)
    announce(name, subject=about, by=by, at=at, incident=incident.pk, title=incident.title, title_ru=incident.title_ru)


def permit(staff: Staff) -> None:
    """Raises Refused for roles that do not work tickets."""
    if not may(staff, "tickets:work"):
        raise Refused("tickets.may_not_work", _("Your role does not work tickets; leave a note for the engineers."))
