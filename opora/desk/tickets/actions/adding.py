"""Many words from customers at once, as `customer_wrote` takes each: for letters that come in by the hundred.

A test holds the two against each other.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact
from opora.desk.kernel.actions import SYSTEM, Happening, announce_all
from opora.desk.kernel.errors import Clash
from opora.desk.tickets import events, rules, search, states
from opora.desk.tickets.actions.conversation import NewFile, confirm, keep_files, wake
from opora.desk.tickets.models import Message, Participant, Ticket


@dataclass(frozen=True, slots=True)
class NewWords:
    """What somebody on the customer's side wrote into a ticket. Words of a sender who is not `proved` confirm no call."""

    ticket: Ticket
    by: Contact
    text: str
    channel: str = "portal"
    quoted: str = ""
    html: str = ""
    files: Sequence[NewFile] = ()
    automatic: bool = False
    proved: bool = True


@transaction.atomic
def customers_wrote(wanted: Sequence[NewWords], *, at: datetime) -> list[Message]:
    """Add them all and return the messages, in the same order. Raises Clash when one of the tickets has ended meanwhile."""
    if not wanted:
        return []
    keys = {new.ticket.pk for new in wanted}
    now = {ticket.pk: ticket for ticket in Ticket.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if any(ticket.state in states.ENDED for ticket in now.values()):
        raise Clash(_("One of these requests was closed a moment ago."))
    messages = Message.objects.bulk_create(
        Message(
            ticket_id=new.ticket.pk,
            author_contact=new.by,
            at=at,
            text=rules.clean_text(new.text),
            quoted=rules.clean_text(new.quoted),
            html=new.html.replace("\x00", ""),
            channel=new.channel,
            automatic=new.automatic,
        )
        for new in wanted
    )
    for new, message in zip(wanted, messages, strict=True):
        if new.files:
            keep_files(message, new.files, at=at)
    _make_findable(wanted, messages)
    _move_on([new for new in wanted if not new.automatic], now, at)
    announce_all(
        events.CUSTOMER_WROTE,
        [
            Happening(
                ("ticket", new.ticket.pk),
                at,
                {"message": message.pk, "channel": new.channel, "automatic": new.automatic},
                new.by.actor,
            )
            for new, message in zip(wanted, messages, strict=True)
        ],
        by=SYSTEM,
    )
    return messages


def _make_findable(wanted: Sequence[NewWords], messages: Sequence[Message]) -> None:
    words: dict[int, list[str]] = defaultdict(list)
    for new, message in zip(wanted, messages, strict=True):
        words[new.ticket.pk].append(f"{new.by.name} {message.text}")
    search.add_words_to_many({number: "\n".join(said) for number, said in words.items()})


def _move_on(people: Sequence[NewWords], now: dict[int, Ticket], at: datetime) -> None:
    """Words of people: they join, the ticket is changed, and wakes if it waited for them or was resolved."""
    Participant.objects.bulk_create(
        [
            Participant(ticket_id=new.ticket.pk, contact=new.by, added_at=at)
            for new in people
            if new.by.pk != new.ticket.requester_id
        ],
        ignore_conflicts=True,
    )
    Ticket.objects.filter(pk__in={new.ticket.pk for new in people}).update(changed_at=at, last_customer_at=at)
    for new in people:
        ticket = now[new.ticket.pk]
        if new.proved:
            confirm(ticket, by=new.by.actor, at=at)
        if ticket.state in {states.WAITING_CUSTOMER, states.RESOLVED}:
            wake(ticket, new.by.actor, at)
