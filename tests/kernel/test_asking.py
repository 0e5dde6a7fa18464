"""Several questions are answered by one statement, each in its own shape, and the SQL of a kept question is made once."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from opora.desk.kernel import asking
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.asking import Part
from opora.desk.kernel.kept import Kept
from opora.desk.kernel.models import Delivery, Event

pytestmark = pytest.mark.django_db


class Lit(NamedTuple):
    """An event."""

    at: datetime
    why: str
    facts: dict[str, Any]
    never: datetime | None


class Count(NamedTuple):
    """How many."""

    number: int


LIT = Part(
    Lit,
    "select at, why, facts, null::timestamptz as never from kernel_event where subject_id = %(lamp)s order by id desc",
)
ALL = Part(Count, "select count(*) as number from kernel_event where name = any(%(names)s)")


@pytest.fixture
def lamps(monday: datetime) -> datetime:
    with transaction.atomic():
        for number in (1, 2, 3):
            at = monday + timedelta(microseconds=number * 100)
            announce("lamp.lit", subject=("lamp", 7), by=SYSTEM, at=at, why='100% "so"', colour="жёлтый", n=number)
        announce("lamp.lit", subject=("lamp", 8), by=SYSTEM, at=monday)
    return monday


def test_it_answers_all_in_one_statement(lamps: datetime) -> None:
    with CaptureQueriesContext(connection) as seen:
        found = asking.together(LIT, ALL, lamp=7, names=["lamp.lit"])
    assert len(seen) == 1
    assert [row.facts["n"] for row in found[LIT]] == [3, 2, 1]
    assert found[LIT][2] == Lit(lamps + timedelta(microseconds=100), '100% "so"', {"colour": "жёлтый", "n": 1}, None)
    assert found[ALL] == [Count(4)]


def test_it_answers_nothing_with_an_empty_list(lamps: datetime) -> None:
    assert asking.together(LIT, lamp=9)[LIT] == []


def test_it_plans_a_statement_once_for_a_connection(lamps: datetime) -> None:
    for lamp in (7, 8, 2**40):
        asking.together(LIT, lamp=lamp)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like '%null::timestamptz%'")
        assert cursor.fetchone() == (1,)


def test_it_translates_the_errors_of_the_database() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        asking.together(Part(Count, "select number from no_such_table"))


def test_it_refuses_a_shape_that_json_cannot_carry() -> None:
    with pytest.raises(TypeError, match="Price"):
        Part(Price, "select 1.5 as sum")


class Price(NamedTuple):
    """What JSON would make a float of."""

    sum: Decimal | None


def test_it_keeps_the_statement_of_a_question_and_reads_models_with_their_relations(lamps: datetime) -> None:
    event = Event.objects.order_by("pk")[1]
    Delivery.objects.create(event=event, listener="lamp.watcher", due_at=lamps)
    made = []

    def about(listener: str, number: int) -> Any:
        made.append(listener)
        return Delivery.objects.select_related("event").filter(listener=listener, event=number, tries=0)

    kept = Kept(about)
    assert kept.first("lamp.seller", event.pk) is None
    with CaptureQueriesContext(connection) as seen:
        found = kept.first("lamp.watcher", event.pk)
        assert found is not None
        assert (found.listener, found.event, found.event.facts) == ("lamp.watcher", event, event.facts)
    assert len(seen) == 1
    assert kept.first("lamp.watcher", event.pk + 1) is None
    assert len(made) == 1


def test_it_notices_a_value_that_did_not_arrive_in_the_statement() -> None:
    kept = Kept(lambda number: Event.objects.filter(subject_id=number % 2))
    with pytest.raises(ValueError, match="as it was given"):
        kept.first(7)
