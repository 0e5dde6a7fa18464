"""Many promises that fall due at once are told of together, exactly as each is told of singly."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from opora.desk.dispatch import escalations, pressing
from opora.desk.dispatch.models import Escalation, Notice
from opora.desk.dispatch.rules import Policy, Step
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Delivery, Event
from opora.desk.sla import jobs as sla
from opora.desk.sla.actions import round_the_clock, start_clock
from opora.desk.tickets.models import Ticket
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
    tickets = [cast.write(cast.clara, monday, priority=("low", "medium")[number % 2]) for number in range(12)]
    for number, ticket in enumerate(tickets):
        ticket.line = (cast.second, cast.first, None)[number % 3]
        ticket.assignee = (None, cast.oleg)[number % 2]
        ticket.save(update_fields=["line", "assignee"])
        for promise, hours in (("next_update", 2), ("root_cause", 4)):
            start_clock(
                promise=promise, about=("ticket", ticket.pk), target_seconds=hours * 3600, warn_share=60,
                calendar_version=always, by=cast.boris.actor, at=monday,
            )  # fmt: skip
    start_clock(
        promise="review", about=("review", tickets[0].pk), target_seconds=60, calendar_version=always,
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
