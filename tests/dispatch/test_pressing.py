"""Many promises that fall due at once are told of together, exactly as each is told of singly."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from opora.desk.catalogue.vendors import add_vendor, agree_vendor_terms
from opora.desk.dispatch import escalations, pressing
from opora.desk.dispatch.models import Escalation, Notice
from opora.desk.dispatch.rules import Policy, Step
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Delivery, Event
from opora.desk.sla import jobs as sla
from opora.desk.sla.actions import round_the_clock, start_clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.vendors.actions import ask_vendor
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MISSED = Policy("missed", (Step(0, "leads"),), priorities=("medium",))


@pytest.fixture
def pressed(cast: Cast, monday: datetime) -> datetime:
    """Twelve tickets of two lines, some of them somebody's; a promise of each missed or near its end at this moment.

    And one about something else, which has the number of a ticket.
    """
    escalations.write_terms("Missed", MISSED, by=cast.hanna, at=monday)
    always = round_the_clock(at=monday)
    made = [cast.write(cast.clara, monday, priority=("low", "medium")[number % 2]) for number in range(12)]
    for number, ticket in enumerate(made):
        ticket.line = (cast.second, cast.first, None)[number % 3]
        ticket.assignee = (None, cast.oleg)[number % 2]
        ticket.save(update_fields=["line", "assignee"])
        for promise, hours in (("next_update", 2), ("root_cause", 4)):
            start_clock(
                promise=promise, about=("ticket", ticket.pk), target_seconds=hours * 3600, warn_share=60,
                calendar_version=always, by=cast.boris.actor, at=monday,
            )  # fmt: skip
    start_clock(
        promise="review", about=("review", made[0].pk), target_seconds=60, calendar_version=always,
        by=cast.boris.actor, at=monday,
    )  # fmt: skip
    at = monday + timedelta(hours=2, minutes=30)
    sla.sweep(at)
    return at


def outcome() -> tuple[Counter[object], Counter[object]]:
    """Who was told of what and when, and which cases began."""
    told = Notice.objects.filter(kind__in=("missed", "due_soon")).values_list(
        "staff", "ticket", "kind", "event_id", "at"
    )
    begun = Escalation.objects.values_list("ticket", "why", "promise", "began_at", "next_at")
    return Counter(told), Counter(begun)


def test_it_tells_of_many_exactly_as_it_tells_of_each(pressed: datetime) -> None:
    heard = list(Event.objects.filter(name__in=("sla.clock_missed", "sla.clock_warned")).order_by("pk"))
    for event in heard:
        pressing.notice_clocks([event], pressed)
        escalations.begin_clocks([event], pressed)
    each = outcome()
    Notice.objects.all().delete()
    Escalation.objects.all().delete()
    pressing.notice_clocks(heard, pressed)
    escalations.begin_clocks(heard, pressed)
    assert outcome() == each
    assert len(heard) >= 13
    assert len(each[1]) == Ticket.objects.filter(priority="medium").count() == 6
    assert {kind for _staff, _ticket, kind, _event, _at in each[0]} >= {"missed"}


def test_it_costs_by_lines_and_not_by_promises(
    pressed: datetime, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    pressing_ones = Delivery.objects.filter(event__name__in=("sla.clock_missed", "sla.clock_warned"))
    Delivery.objects.exclude(pk__in=pressing_ones).delete()
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        assert deliver_due(at=pressed, limit=500) > 40
    assert not Delivery.objects.exists()
    assert Notice.objects.filter(kind="missed").exists()


def test_it_tells_those_who_decide_of_an_objection_that_waits(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    tickets.change_priority(ticket, to="low", by=cast.anna, at=monday, why="One page only.")
    tickets.object_to_priority(ticket, by=cast.clara, at=monday)
    Notice.objects.all().delete()
    late = monday + timedelta(hours=6)
    sla.sweep(late)
    deliver_due(at=late, limit=500)
    told = Notice.objects.filter(event_id__in=Event.objects.filter(subject_kind="objection"))
    assert {(notice.staff.name, notice.ticket_id) for notice in told} == {("Hanna Weiss", ticket.pk)}


def test_it_tells_whoever_has_the_ticket_that_a_vendor_owes_an_answer(cast: Cast, monday: datetime) -> None:
    vendor = add_vendor(name="Disk Works", emails=["support@disks.example"], by=SYSTEM, at=monday)
    agree_vendor_terms(
        vendor, contract="UC-7", calendar_version=cast.office, targets={"low": "2d", "medium": "2h", "high": "2h"},
        valid_from=monday, by=SYSTEM, at=monday,
    )  # fmt: skip
    ticket = cast.write(cast.clara, monday)
    tickets.take(ticket, by=cast.oleg, at=monday)
    ask_vendor(ticket, vendor=vendor, text="It fails.", by=cast.oleg, at=monday)
    near = monday + timedelta(minutes=100)
    sla.sweep(near)
    deliver_due(at=near, limit=500)
    warned = Notice.objects.filter(kind="due_soon", staff=cast.oleg, ticket=ticket)
    assert Event.objects.get(pk=warned.get().event_id).subject_kind == "vendor_case"
