"""Opening many at once is opening each."""

from datetime import datetime, timedelta

import pytest
from django.forms.models import model_to_dict

from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Delivery, Event
from opora.desk.sla.models import Clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import search
from opora.desk.tickets.actions import NewFile, NewTicket
from opora.desk.tickets.models import Message, Participant, Ticket
from tests.cast import Cast


def wanted(cast: Cast, at: datetime) -> list[NewTicket]:
    """Of every sort one."""
    file = NewFile("a.txt", "text/plain", b"words")
    return [
        NewTicket(cast.clara, "Slow", "The shop is slow", at, priority="medium", channel="email", copy_to=[cast.carl]),
        NewTicket(cast.sam, "Hello", "A stranger's ёлка", at, channel="email", quoted="> old", html="<p>x</p>"),
        NewTicket(cast.dan, "", "No subject", at + timedelta(seconds=1), channel="email", files=[file]),
        NewTicket(cast.clara, "Report", "Backup failed", at, channel="email", automatic=True),
    ]


def picture(ticket: Ticket) -> dict[str, object]:
    """All that stands in the database about a ticket, without the keys."""
    shown = model_to_dict(ticket, exclude=["id"])
    message = Message.objects.get(ticket=ticket)
    shown["message"] = model_to_dict(message, exclude=["id", "ticket"])
    shown["files"] = list(message.files.values("file", "name", "content_id", "inline"))
    shown["people"] = list(Participant.objects.filter(ticket=ticket).values("contact", "added_at"))
    shown["clocks"] = [
        model_to_dict(clock, exclude=["id", "about_id"]) for clock in Clock.objects.filter(about_id=ticket.pk)
    ]
    events = Event.objects.filter(subject_kind="ticket", subject_id=ticket.pk).order_by("name")
    shown["events"] = [
        (row.name, row.actor_kind, row.actor_id, row.at, row.why, {**row.facts, "message": 0, "clock": 0})
        for row in events
    ]
    shown["told"] = sorted(Delivery.objects.filter(event__in=events).values_list("listener", "due_at"))
    entry = search.SearchEntry.objects.get(ticket=ticket)
    shown["words"] = str(entry.words).replace(str(ticket.pk), "NUMBER")
    return shown


def test_it_opens_many_exactly_as_it_opens_each(cast: Cast, monday: datetime) -> None:
    singly = [
        tickets.open_ticket(
            requester=new.requester,
            subject=new.subject,
            text=new.text,
            by=new.requester.actor,
            at=new.at,
            kind=new.kind,
            priority=new.priority,
            channel=new.channel,
            copy_to=new.copy_to,
            files=new.files,
            quoted=new.quoted,
            html=new.html,
            automatic=new.automatic,
        )
        for new in wanted(cast, monday)
    ]
    together = tickets.open_tickets(wanted(cast, monday))
    for one, (other, message) in zip(singly, together, strict=True):
        assert message.ticket_id == other.pk
        assert picture(Ticket.objects.get(pk=other.pk)) == picture(Ticket.objects.get(pk=one.pk))


def test_it_opens_none_when_one_says_nothing(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused):
        tickets.open_tickets([*wanted(cast, monday), NewTicket(cast.clara, " ", "\n", monday)])
    assert not Ticket.objects.exists()
