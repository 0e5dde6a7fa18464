"""A customer may object to a priority we changed; a lead decides with reasons, on a clock (process rule 5)."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from opora.desk.catalogue.actions import define_priority
from opora.desk.dispatch.models import Notice
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.sla.queries import clocks_about, open_clock
from opora.desk.tickets import actions, queries, states
from opora.desk.tickets.models import Objection, Ticket
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def lowered(cast: Cast, monday: datetime) -> Ticket:
    """Clara's outage, made medium by Anna."""
    ticket = cast.write(cast.clara, monday, priority="high")
    actions.change_priority(ticket, to="medium", by=cast.anna, at=monday + MINUTE, why="One node of three is down.")
    return ticket


def test_it_brings_an_objection_to_the_lead_with_a_clock_of_its_own(
    cast: Cast, lowered: Ticket, monday: datetime
) -> None:
    objection = actions.object_to_priority(lowered, by=cast.clara, at=monday + 2 * MINUTE, words="Nobody can buy.")
    assert (objection.old, objection.new, objection.state) == ("high", "medium", states.RAISED)
    clock = open_clock("objection", ("objection", objection.pk))
    assert clock is not None
    assert clock.due_at == datetime.fromisoformat("2026-09-14T15:02+03:00")
    deliver_due(at=monday + 3 * MINUTE, limit=100)
    told = set(Notice.objects.filter(kind="objected").values_list("staff__name", flat=True))
    assert told == {"Hanna Weiss"}


def test_it_upholds_the_change_with_reasons_the_customer_reads(cast: Cast, lowered: Ticket, monday: datetime) -> None:
    objection = actions.object_to_priority(lowered, by=cast.clara, at=monday + 2 * MINUTE)
    actions.uphold_change(objection, by=cast.boris, at=monday + 9 * MINUTE, reasons="Two nodes serve every page.")
    shown = queries.public_history(lowered)[-1]
    assert (shown.name, shown.outcome, shown.why) == (
        "tickets.objection_decided",
        "upheld",
        "Two nodes serve every page.",
    )
    lowered.refresh_from_db()
    assert lowered.priority == "medium"
    assert [clock.state for clock in clocks_about(("objection", objection.pk))] == ["kept"]


def test_it_gives_the_priority_back_and_the_promise_with_it(cast: Cast, lowered: Ticket, monday: datetime) -> None:
    objection = actions.object_to_priority(lowered, by=cast.clara, at=monday + 2 * MINUTE)
    actions.give_priority_back(objection, by=cast.boris, at=monday + 9 * MINUTE, reasons="The shop is gone for all.")
    lowered.refresh_from_db()
    assert (lowered.priority, lowered.due_at) == ("high", monday + timedelta(hours=1))
    with pytest.raises(Refused, match="no change of ours"):
        actions.object_to_priority(lowered, by=cast.clara, at=monday + 10 * MINUTE)


def test_it_lets_neither_the_first_line_nor_the_one_who_changed_it_decide(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday, priority="high")
    actions.change_priority(ticket, to="low", by=cast.boris, at=monday, why="A banner only.")
    objection = actions.object_to_priority(ticket, by=cast.clara, at=monday)
    for person in (cast.anna, cast.vera, cast.boris):
        with pytest.raises(Refused, match="never the one who changed"):
            actions.uphold_change(objection, by=person, at=monday, reasons="So it is.")
    actions.uphold_change(objection, by=cast.hanna, at=monday, reasons="So it is.")
    assert Objection.objects.get().state == states.UPHELD


def test_it_decides_only_with_reasons(cast: Cast, lowered: Ticket, monday: datetime) -> None:
    objection = actions.object_to_priority(lowered, by=cast.clara, at=monday + MINUTE)
    with pytest.raises(Refused, match="Write the reason"):
        actions.uphold_change(objection, by=cast.boris, at=monday + MINUTE, reasons="  ")
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.filter(pk=objection.pk).update(state=states.UPHELD)


def test_it_refuses_dan_and_a_second_objection(cast: Cast, lowered: Ticket, monday: datetime) -> None:
    with pytest.raises(Refused, match="somebody else's"):
        actions.object_to_priority(lowered, by=cast.dan, at=monday + MINUTE)
    actions.object_to_priority(lowered, by=cast.clara, at=monday + MINUTE)
    with pytest.raises(Refused, match="no change of ours"):
        actions.object_to_priority(lowered, by=cast.carl, at=monday + MINUTE)
    first = Objection.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.create(
            ticket=lowered, change=first.change, old="high", new="low", raised_by=cast.carl, raised_at=monday
        )


def test_it_refuses_an_objection_where_we_changed_nothing(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    with pytest.raises(Refused, match="no change of ours"):
        actions.object_to_priority(ticket, by=cast.clara, at=monday)


def test_it_drops_an_objection_when_the_ticket_ends_or_the_priority_changes_anew(
    cast: Cast, lowered: Ticket, monday: datetime
) -> None:
    first = actions.object_to_priority(lowered, by=cast.clara, at=monday + 2 * MINUTE)
    actions.change_priority(lowered, to="low", by=cast.anna, at=monday + 3 * MINUTE, why="Only the blog.")
    second_change = queries.change_to_object_to(lowered)
    assert second_change is not None
    deliver_due(at=monday + 4 * MINUTE, limit=100)
    second = actions.object_to_priority(lowered, by=cast.clara, at=monday + 5 * MINUTE)
    actions.resolve(lowered, by=cast.anna, at=monday + 6 * MINUTE)
    deliver_due(at=monday + 7 * MINUTE, limit=100)
    assert [one.state for one in Objection.objects.order_by("pk")] == ["withdrawn", "withdrawn"]
    assert open_clock("objection", ("objection", first.pk)) is None
    assert open_clock("objection", ("objection", second.pk)) is None


def test_it_says_what_a_priority_means_for_a_service_of_its_own(cast: Cast, monday: datetime) -> None:
    define_priority(
        cast.hosting,
        priority="high",
        meaning="No machine answers.",
        meaning_ru="Не отвечает ни одна машина.",
        by=SYSTEM,
        at=monday,
    )
    assert queries.priorities_for(cast.hosting.pk)["high"][1] == "No machine answers."
    assert queries.priorities_for(None)["high"][1] == "The service is gone altogether."
    define_priority(cast.hosting, priority="high", meaning="", by=SYSTEM, at=monday)
    assert queries.priorities_for(cast.hosting.pk)["high"][1] == "The service is gone altogether."


def test_it_tells_the_line_and_the_leads_of_a_total_outage(cast: Cast, monday: datetime) -> None:
    cast.write(cast.clara, monday, priority="high")
    deliver_due(at=monday + MINUTE, limit=100)
    told = set(Notice.objects.filter(kind="outage").values_list("staff__name", flat=True))
    assert told == {"Anna Petrova", "Hanna Weiss"}


def test_it_keeps_one_open_objection_in_the_database_too(cast: Cast, lowered: Ticket, monday: datetime) -> None:
    actions.object_to_priority(lowered, by=cast.clara, at=monday + MINUTE)
    actions.change_priority(lowered, to="low", by=cast.anna, at=monday + 2 * MINUTE, why="Only the blog.")
    with pytest.raises(Refused, match="with the shift lead already"):
        actions.object_to_priority(lowered, by=cast.clara, at=monday + 3 * MINUTE)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from tickets_objection where state = 'raised'")
        assert cursor.fetchone()[0] == 1
