"""What the desk did to a ticket's clocks and what a replay of its events says are the same, whatever happened to it."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from opora.desk.customers.actions import revise_contract
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.sla.actions import sweep_due
from opora.desk.sla.models import Clock
from opora.desk.sla.queries import calendar_of, ledger_of
from opora.desk.sla.rules import worked_seconds
from opora.desk.sla.rules.course import COURSE
from opora.desk.sla.rules.reading_replay import read_story
from opora.desk.sla.rules.replaying import replay
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.actions.causes import Cause
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.story import story_of
from tests.cast import Cast

TARGETS = {
    "first_reply": {"low": "8h", "medium": "4h", "high": "1h"},
    "next_update": {"low": "16h", "medium": "6h", "high": "90m"},
    "resolution": {"medium": "20h", "high": "4h"},
}
PAUSES = {"resolution": ["waiting_on_customer", "waiting_on_vendor"], "next_update": ["waiting_on_customer"]}
FOUND = Cause("infrastructure", "A switch failed.", "The switch's own log of the hour.")
Act = Callable[[Ticket, datetime], object]


def acts(cast: Cast, dice: random.Random) -> list[Act]:
    boris, clara = cast.boris, cast.clara
    return [
        lambda ticket, at: tickets.reply(ticket, by=boris, text="A word", at=at),
        lambda ticket, at: tickets.reply_and_wait(ticket, by=boris, text="Which?", at=at),
        lambda ticket, at: tickets.reply_and_resolve(ticket, by=boris, text="Done", at=at, found=FOUND),
        lambda ticket, at: tickets.customer_wrote(ticket, by=clara, text="And now?", at=at),
        lambda ticket, at: tickets.customer_wrote(ticket, by=clara, text="Away", at=at, automatic=True),
        lambda ticket, at: tickets.note(ticket, by=boris.actor, text="Looked at it", at=at),
        lambda ticket, at: tickets.wait_for_customer(ticket, by=boris, at=at),
        lambda ticket, at: tickets.wait_for_vendor(ticket, by=boris, at=at),
        lambda ticket, at: tickets.resume(ticket, by=boris, at=at),
        lambda ticket, at: tickets.change_priority(
            ticket, to=dice.choice(["low", "medium", "high"]), by=boris, at=at, why="It is otherwise."
        ),
        lambda ticket, at: tickets.resolve(ticket, by=boris, at=at, found=FOUND),
        lambda ticket, at: tickets.reopen(ticket, by=boris.actor, at=at, why="It came back."),
        lambda _ticket, at: sweep_due(at=at),
    ]


def live(ticket: Ticket, until: datetime) -> list[tuple[object, ...]]:
    """Every clock of the ticket as the desk has it, in the order in which they were started."""
    sweep_due(at=until)
    shown = []
    for clock in Clock.objects.filter(about_kind="ticket", about_id=ticket.pk, promise__in=COURSE).order_by("pk"):
        ended = clock.stopped_at or clock.cancelled_at
        state = "kept" if clock.state == "cancelled" else clock.state
        due = clock.due_at if state != "paused" else None
        worked = worked_seconds(calendar_of(clock.calendar_version), ledger_of(clock), ended or until)
        shown.append((clock.promise, clock.started_at, due, state, ended, worked))
    return shown


def replayed(ticket: Ticket, until: datetime) -> list[tuple[object, ...]]:
    story = read_story(story_of(ticket, until=until))
    return [
        (
            clock.promise,
            clock.started,
            clock.due if clock.state != "paused" else None,
            clock.state,
            clock.stopped,
            worked_seconds(clock.calendar, clock.turns, clock.stopped or until),
        )
        for clock in replay(story.calendar, story.agreement, story.events, story.until)
    ]


@pytest.mark.parametrize("seed", range(25))
def test_it_agrees_with_its_replay(seed: int, cast: Cast, monday: datetime) -> None:
    dice = random.Random(seed)
    terms = {"calendar_version": cast.office, "by": SYSTEM, "at": monday - timedelta(days=1)}
    revise_contract(
        cast.terms.contract, targets=TARGETS, pauses=PAUSES, valid_from=monday - timedelta(days=1), why="more", **terms
    )
    at, done = monday + timedelta(minutes=dice.randrange(0, 2000)), 0
    channel = dice.choice(["portal", "email", "phone"])
    ticket = cast.write(cast.clara, at, priority=dice.choice(["low", "medium", "high"]), channel=channel)
    happen = acts(cast, dice)
    while done < 12:
        at += timedelta(minutes=dice.choice([0, 1, 7, 35, 90, 400, 1500]), seconds=dice.randrange(60))
        try:
            dice.choice(happen)(ticket, at)
        except Refused:
            continue
        ticket.refresh_from_db()
        done += 1
    until = at + timedelta(minutes=dice.randrange(3000))
    assert replayed(ticket, until) == live(ticket, until)
