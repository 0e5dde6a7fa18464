"""Many at once is each by itself: opening, and adding words."""

from datetime import datetime, timedelta

import pytest
from django.forms.models import model_to_dict

from opora.desk.kernel.errors import Clash, Refused
from opora.desk.kernel.models import Delivery, Event
from opora.desk.sla.models import Clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import search
from opora.desk.tickets.actions import NewFile, NewTicket, NewWords
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
    messages = Message.objects.filter(ticket=ticket).order_by("pk")
    shown["messages"] = [model_to_dict(message, exclude=["id", "ticket"]) for message in messages]
    shown["files"] = [list(message.files.values("file", "name", "content_id", "inline")) for message in messages]
    shown["people"] = list(Participant.objects.filter(ticket=ticket).values("contact", "added_at"))
    shown["clocks"] = [
        model_to_dict(clock, exclude=["id", "about_id"]) for clock in Clock.objects.filter(about_id=ticket.pk)
    ]
    events = Event.objects.filter(subject_kind="ticket", subject_id=ticket.pk).order_by("name")
    shown["events"] = [
        (
            row.name,
            row.actor_kind,
            row.actor_id,
            row.at,
            row.why,
            {**row.facts, "message": 0, "clock": 0, "about_id": 0, "handoff": 0},
        )
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


def conversations(cast: Cast, at: datetime) -> list[NewWords]:
    """New words into tickets in several states, two of them into one ticket."""
    fresh, waiting, resolved, quiet = (cast.write(cast.clara, at) for _ in range(4))
    tickets.reply_and_wait(waiting, by=cast.anna, text="Which?", at=at)
    tickets.resolve(resolved, by=cast.anna, at=at)
    tickets.reply_and_wait(quiet, by=cast.anna, text="Which?", at=at)
    file = NewFile("a.txt", "text/plain", b"words")
    return [
        NewWords(fresh, cast.clara, "More words", channel="email", quoted="> old"),
        NewWords(waiting, cast.carl, "The first ёлка", channel="email", files=[file]),
        NewWords(waiting, cast.clara, "And I", channel="email"),
        NewWords(resolved, cast.clara, "It is back", channel="email"),
        NewWords(quiet, cast.clara, "Out of office", channel="email", automatic=True),
    ]


def test_it_adds_many_words_exactly_as_it_adds_each(cast: Cast, monday: datetime) -> None:
    at = monday + timedelta(hours=1)
    singly, together = conversations(cast, monday), conversations(cast, monday)
    for new in singly:
        tickets.customer_wrote(
            Ticket.objects.get(pk=new.ticket.pk), by=new.by, text=new.text, at=at, channel=new.channel, quoted=new.quoted,
            html=new.html, files=new.files, automatic=new.automatic,
        )  # fmt: skip
    messages = tickets.customers_wrote(together, at=at)
    assert [message.text for message in messages] == [new.text for new in together]
    for one, other in zip(singly, together, strict=True):
        assert picture(Ticket.objects.get(pk=other.ticket.pk)) == picture(Ticket.objects.get(pk=one.ticket.pk))


def test_it_adds_nothing_when_a_ticket_ended_meanwhile(cast: Cast, monday: datetime) -> None:
    new = conversations(cast, monday)
    before = Message.objects.count()
    Ticket.objects.filter(pk=new[0].ticket.pk).update(state="closed")
    with pytest.raises(Clash):
        tickets.customers_wrote(new, at=monday)
    assert Message.objects.count() == before
