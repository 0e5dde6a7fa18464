"""Questions about incidents, works and letters; those of the public status name no customer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Count, Q

from opora.desk.incidents import states
from opora.desk.incidents.models import IncidentMember, IncidentUpdate, MassIncident, PlannedWork, RootCauseLetter
from opora.desk.incidents.policies import visible_letters
from opora.desk.incidents.rules import Likeness, Trouble, groups_of, like, words_of
from opora.desk.people.models import Staff
from opora.desk.tickets import states as ticket_states
from opora.desk.tickets.models import Message, Ticket
from opora.desk.tickets.policies import visible_to

LATELY = timedelta(hours=6)
MOST_COMPARED = 400
HISTORY = timedelta(days=90)


def open_incidents() -> list[MassIncident]:
    """What is going on, the newest first, with how many tickets belong to each."""
    belonging = Count("incidentmember", filter=Q(incidentmember__left_at=None))
    rows = MassIncident.objects.filter(state=states.OPEN).select_related("service").annotate(tickets=belonging)
    return list(rows.order_by("-began_at", "-pk"))


def past_incidents(limit: int = 50) -> list[MassIncident]:
    """What is over, the newest first."""
    rows = MassIncident.objects.filter(state=states.OVER).select_related("service")
    return list(rows.order_by("-over_at", "-pk")[:limit])


def members_of(incident: MassIncident, staff: Staff) -> list[IncidentMember]:
    """The tickets that belong to it now and that the colleague may read."""
    rows = IncidentMember.objects.filter(incident=incident, left_at=None, ticket__in=visible_to(staff))
    return list(rows.select_related("ticket__organisation", "ticket__requester").order_by("pk"))


def updates_of(incident: MassIncident) -> list[IncidentUpdate]:
    """Everything told, the newest first, with on how many tickets it was said."""
    rows = incident.updates.select_related("by").annotate(said=Count("words", filter=Q(words__message__isnull=False)))
    return list(rows.order_by("-pk"))


def incident_of(ticket: Ticket) -> MassIncident | None:
    """The incident the ticket belongs to now."""
    member = IncidentMember.objects.filter(ticket=ticket, left_at=None).select_related("incident").first()
    return member.incident if member else None


def look_alikes(staff: Staff, *, at: datetime) -> list[Likeness]:
    """Groups of open tickets of the last hours that look like one trouble and belong to no incident yet."""
    return groups_of(_troubles(staff, at))


def tickets_like(incident: MassIncident, staff: Staff, *, at: datetime) -> list[Ticket]:
    """Open tickets of the last hours that look like the incident and belong to none."""
    members = Ticket.objects.filter(incidentmember__incident=incident, incidentmember__left_at=None)
    known = [trouble_of(incident), *_as_troubles(list(members[:30]))]
    found = {one.number for one in _troubles(staff, at) if any(like(one, other) for other in known)}
    return list(visible_to(staff).filter(pk__in=found).select_related("organisation").order_by("pk"))


def trouble_of(incident: MassIncident, near: datetime | None = None) -> Trouble:
    """The incident as the rule of likeness sees it: its titles; as near in time as needed while it goes on."""
    number = incident.service_id
    return Trouble(-incident.pk, number, near or incident.began_at, words_of(f"{incident.title} {incident.title_ru}"))


def like_incident(ticket: Ticket) -> MassIncident | None:
    """An incident that goes on and that this new ticket looks like, by its titles or by one of its tickets."""
    mine = _as_troubles([ticket])[0]
    for incident in open_incidents():
        members = Ticket.objects.filter(incidentmember__incident=incident, incidentmember__left_at=None)
        lately = _as_troubles(list(members.order_by("-pk")[:30]))
        if like(mine, trouble_of(incident, mine.at)) or any(like(mine, other) for other in lately):
            return incident
    return None


def incidents_like(words: str, service: int | None, *, at: datetime) -> list[MassIncident]:
    """Incidents that go on and that a report in these words looks like, the newest first, with how many tickets belong."""
    mine = Trouble(0, service, at, words_of(words))
    found = []
    for incident in open_incidents():
        members = Ticket.objects.filter(incidentmember__incident=incident, incidentmember__left_at=None)
        lately = _as_troubles(list(members.order_by("-pk")[:30]))
        near = [trouble_of(incident, at), *(replace(one, at=at) for one in lately)]
        if any(like(mine, other) for other in near):
            found.append(incident)
    return found


def unsent_letters(staff: Staff) -> list[RootCauseLetter]:
    """Root-cause letters that are owed, the oldest first."""
    return list(visible_letters(staff).exclude(state=states.SENT).order_by("owed_at", "pk"))


def public_now() -> list[MassIncident]:
    """What goes on and may be read by everybody, with what was told, the newest first."""
    rows = MassIncident.objects.filter(public=True, state=states.OPEN).select_related("service")
    return list(rows.prefetch_related("updates").order_by("-began_at", "-pk"))


def public_past(*, at: datetime) -> list[MassIncident]:
    """What is over since three months and may be read by everybody, the newest first."""
    rows = MassIncident.objects.filter(public=True, state=states.OVER, over_at__gt=at - HISTORY)
    return list(rows.select_related("service").prefetch_related("updates").order_by("-over_at", "-pk")[:100])


def works_ahead(*, at: datetime) -> list[PlannedWork]:
    """Works that run or are to come, the next first."""
    rows = PlannedWork.objects.filter(ends_at__gt=at, state=states.PLANNED)
    return list(rows.prefetch_related("services").order_by("starts_at", "pk")[:100])


def works_behind(*, at: datetime) -> list[PlannedWork]:
    """Works that are over or were cancelled in the last three months, the newest first."""
    rows = PlannedWork.objects.filter(Q(ends_at__lte=at) | Q(state=states.CANCELLED), ends_at__gt=at - HISTORY)
    return list(rows.prefetch_related("services").order_by("-ends_at", "-pk")[:100])


def _troubles(staff: Staff, at: datetime) -> list[Trouble]:
    rows = visible_to(staff).filter(state__in=ticket_states.LIVE, kind="incident", opened_at__gt=at - LATELY)
    rows = rows.exclude(incidentmember__left_at=None, incidentmember__isnull=False)
    return _as_troubles(list(rows.order_by("-pk")[:MOST_COMPARED]))


def _as_troubles(tickets: Sequence[Ticket]) -> list[Trouble]:
    keys = [ticket.pk for ticket in tickets]
    firsts = Message.objects.filter(ticket__in=keys).order_by("ticket", "at", "pk").distinct("ticket")
    said = dict(firsts.values_list("ticket_id", "text"))
    return [
        Trouble(one.pk, one.service_id, one.opened_at, words_of(f"{one.subject} {said.get(one.pk, '')[:600]}"))
        for one in tickets
    ]
