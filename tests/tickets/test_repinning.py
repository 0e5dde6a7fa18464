"""Re-pinning: running tickets go under newer terms when somebody asks for it, from their original start, and it is written."""

import json
from datetime import datetime, timedelta

import pytest

from opora.desk.customers.actions import revise_contract
from opora.desk.customers.models import ContractVersion
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.sla.actions import revise_calendar, round_the_clock, sweep_due
from opora.desk.sla.models import Clock, Turn
from opora.desk.sla.rules import Faulty
from opora.desk.sla.rules.reading_replay import read_story
from opora.desk.sla.rules.replaying import replay
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.commands import repin
from opora.desk.tickets.models import Repin, Repinning, Ticket
from opora.desk.tickets.story import story_of
from tests.cast import OFFICE, Cast

HOUR = timedelta(hours=1)
LATER = {
    "first_reply": {"low": "9h", "medium": "5h", "high": "2h"},
    "resolution": {"low": "40h", "medium": "20h", "high": "8h"},
}
STRICT = {"first_reply": {"low": "1h", "medium": "1h", "high": "1h"}}


def revised(cast: Cast, at: datetime, targets: object = LATER, **more: object) -> ContractVersion:
    terms = {"calendar_version": cast.office, "valid_from": at, "by": SYSTEM, "at": at, "why": "more was sold"}
    return revise_contract(cast.terms.contract, targets=targets, **(terms | more))  # type: ignore[arg-type]


def clocks(ticket: Ticket) -> dict[str, tuple[object, ...]]:
    rows = Clock.objects.filter(about_kind="ticket", about_id=ticket.pk).order_by("pk")
    return {
        row.promise: (row.state, row.target_seconds, row.due_at, row.next_deadline_at, row.warned_at) for row in rows
    }


def test_it_leaves_running_tickets_alone_until_somebody_asks(cast: Cast, monday: datetime) -> None:
    """b11.2."""
    ticket = cast.write(cast.clara, monday)
    before = clocks(ticket)
    revised(cast, monday)
    assert clocks(Ticket.objects.get(pk=ticket.pk)) == before


def test_it_puts_one_ticket_under_other_terms_from_its_original_start(cast: Cast, monday: datetime) -> None:
    """b11.2."""
    ticket = cast.write(cast.clara, monday)
    to = revised(cast, monday)
    tickets.repin_ticket(ticket, to=to, by=cast.hanna.actor, at=monday + HOUR, why="agreed by phone")
    first, whole = Clock.objects.filter(about_id=ticket.pk).order_by("pk")
    assert (first.started_at, first.target_seconds, whole.promise, whole.started_at) == (
        monday,
        5 * 3600,
        "resolution",
        monday,
    )
    event = Event.objects.get(name="tickets.repinned")
    assert (event.actor_name, event.why, event.facts) == (
        "Hanna Weiss",
        "agreed by phone",
        {"old": cast.terms.pk, "new": to.pk},
    )
    assert list(Turn.objects.filter(clock=first).values_list("act", flat=True)) == ["started", "repinned"]


def test_it_refuses_without_a_reason_and_for_another_customers_terms(cast: Cast, monday: datetime) -> None:
    ticket, foreign = cast.write(cast.clara, monday), ContractVersion.objects.exclude(pk=cast.terms.pk).get()
    for to, why in ((revised(cast, monday), " "), (foreign, "a mistake")):
        with pytest.raises(Refused):
            tickets.repin_ticket(ticket, to=to, by=cast.hanna.actor, at=monday, why=why)


def test_it_breaks_by_change_what_the_new_terms_leave_no_time(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    tickets.repin_ticket(ticket, to=revised(cast, monday, STRICT), by=SYSTEM, at=monday + 2 * HOUR, why="stricter")
    assert clocks(ticket)["first_reply"][0] == "missed"
    assert Event.objects.get(name="sla.clock_missed").facts["by_change"] is True


def many(cast: Cast, at: datetime) -> list[Ticket]:
    """Tickets of every kind of standing: fresh, answered, waiting, missed, by phone, resolved, closed."""
    made = [cast.write(cast.clara, at + number * timedelta(minutes=7)) for number in range(7)]
    made.append(cast.write(cast.clara, at, channel="phone"))
    tickets.reply(made[1], by=cast.anna, text="Yes", at=at + HOUR)
    tickets.reply_and_wait(made[2], by=cast.anna, text="Which?", at=at + HOUR)
    tickets.wait_for_customer(made[3], by=cast.anna, at=at + HOUR)
    tickets.resolve(made[4], by=cast.anna, at=at + HOUR)
    tickets.reply_and_resolve(made[5], by=cast.anna, text="Done", at=at + HOUR)
    tickets.close(made[5], by=SYSTEM, at=at + HOUR)
    return made


@pytest.mark.parametrize("targets", [LATER, STRICT])
@pytest.mark.parametrize("after", [HOUR, 30 * HOUR])
def test_it_repins_many_exactly_as_it_repins_each(
    cast: Cast, monday: datetime, targets: object, after: timedelta
) -> None:
    begun = monday - timedelta(days=1)
    revised(cast, begun, {**LATER, "next_update": {"medium": "6h"}}, pauses={"resolution": ["waiting_on_customer"]})
    singly, together = many(cast, monday), many(cast, monday)
    at = monday + HOUR + after
    sweep_due(at=at - HOUR)
    to = revised(cast, monday + HOUR, targets, calendar_version=round_the_clock(at=monday))
    for ticket in singly:
        ticket.refresh_from_db()
        if ticket.state != "closed":
            tickets.repin_ticket(ticket, to=to, by=SYSTEM, at=at, why="bulk")
    repinning = tickets.repin_contract(cast.terms.contract, by=SYSTEM, at=at, why="bulk")
    assert repinning.total == 7
    assert [tickets.repin_some(at=at, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert [clocks(ticket) for ticket in together] == [clocks(ticket) for ticket in singly]
    for one, other in zip(singly, together, strict=True):
        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.due_at, one.contract_version_id) == (other.due_at, other.contract_version_id)
    repinning.refresh_from_db()
    assert (repinning.done, repinning.ended_at) == (7, at)


def test_it_goes_on_with_the_next_version_of_a_calendar_for_every_contract_made_by_it(
    cast: Cast, monday: datetime
) -> None:
    """zammad/zammad#534."""
    ours, theirs = cast.write(cast.clara, monday), cast.write(cast.dan, monday)
    early = OFFICE | {"week": OFFICE["week"] | {"mon": ["08:00-20:00"]}}  # type: ignore[operator]
    version = revise_calendar(cast.office.calendar, terms=early, by=SYSTEM, at=monday)
    repinning = tickets.repin_calendar(version, by=cast.hanna.actor, at=monday + HOUR, why="longer Mondays")
    assert (repinning.total, tickets.repin_some(at=monday + HOUR)) == (2, 2)
    for ticket in (ours, theirs):
        ticket.refresh_from_db()
        assert ticket.contract_version is not None
        assert ticket.contract_version.calendar_version_id == version.pk
        assert ticket.due_at == monday + 4 * HOUR  # no lunch on this Monday any more
    assert tickets.repin_calendar(version, by=SYSTEM, at=monday + HOUR, why="again").total == 0


def test_it_tells_of_what_could_not_be_repinned_and_goes_on(
    cast: Cast, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = cast.write(cast.clara, monday), cast.write(cast.clara, monday)
    revised(cast, monday, STRICT)
    tickets.repin_contract(cast.terms.contract, by=SYSTEM, at=monday + 2 * HOUR, why="stricter")
    from opora.desk.tickets.actions import repinning

    real = repinning.repin_ticket

    def fail(ticket: Ticket, **words: object) -> None:
        if ticket.pk == broken.pk:
            raise RuntimeError("no luck")
        real(ticket, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(repinning, "repin_ticket", fail)
    assert tickets.repin_some(at=monday + 2 * HOUR) == 2
    assert Repin.objects.get(ticket=broken).trouble == "RuntimeError: no luck"
    assert Repin.objects.get(ticket=fine).trouble == ""
    assert Repinning.objects.get().ended_at == monday + 2 * HOUR


def test_it_agrees_with_its_replay_after_it_was_repinned(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    tickets.wait_for_customer(ticket, by=cast.anna, at=monday + HOUR)
    to = revised(
        cast, monday, calendar_version=round_the_clock(at=monday), pauses={"resolution": ["waiting_on_customer"]}
    )
    tickets.repin_ticket(ticket, to=to, by=SYSTEM, at=monday + 2 * HOUR, why="round the clock")
    tickets.resume(ticket, by=cast.anna, at=monday + 3 * HOUR)
    story = read_story(json.dumps(story_of(ticket, until=monday + 4 * HOUR)))
    told = {
        clock.promise: (clock.state, clock.due)
        for clock in replay(story.calendar, story.agreement, story.events, story.until)
    }
    assert told == {promise: (state, due) for promise, (state, _target, due, *_rest) in clocks(ticket).items()}


def test_it_repins_from_the_command_line_and_tells_how_far_it_is(
    cast: Cast, monday: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket = cast.write(cast.clara, monday)
    to = revised(cast, monday)
    text, found = repin(
        contract="B-1", calendar="", by="hanna@provider.example", why="agreed", now=lambda: monday + HOUR
    )
    assert text == "1 tickets dealt with, 0 could not be."
    assert (found["total"], found["done"], found["troubles"]) == (1, 1, {})
    assert capsys.readouterr().err == "opora: 1 of 1 tickets\n"
    ticket.refresh_from_db()
    assert ticket.contract_version_id == to.pk
    assert Event.objects.get(name="tickets.repinned").actor_name == "Hanna Weiss"


def test_it_says_every_fault_of_what_was_typed(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Faulty) as faulty:
        repin(contract="B-9", calendar="", by="nobody@x", why=" ", now=lambda: monday)
    assert [fault.where for fault in faulty.value.faults] == ["--by", "--why", "--contract"]
    with pytest.raises(Faulty, match="there is no calendar mars"):
        repin(contract="", calendar="mars", by="hanna@provider.example", why="x", now=lambda: monday)
