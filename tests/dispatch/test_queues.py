"""Queues show what should be looked at now, a page at a time, and count without counting everything."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.dispatch import actions, queries, rules
from opora.desk.dispatch.models import Notice
from opora.desk.dispatch.rules import filters
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.sla.actions import sweep_due
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def seven(cast: Cast, monday: datetime) -> list[Ticket]:
    return [cast.write(cast.clara, monday + n * MINUTE, subject=f"Matter {n}") for n in range(7)]


def numbers(page: queries.Page) -> list[int]:
    return [ticket.pk for ticket in page.rows]


@pytest.mark.parametrize("name", ["all", "due"])
def test_it_pages_through_all_rows_once_and_in_order(
    name: str, cast: Cast, seven: list[Ticket], monday: datetime
) -> None:
    seen: list[int] = []
    mark: str | None = ""
    while mark is not None:
        page = queries.queue(cast.anna, name, at=monday + timedelta(hours=3), mark=mark, limit=3)
        seen += numbers(page)
        mark = page.next_mark
    expected = [ticket.pk for ticket in seven]
    assert seen == (expected if name == "due" else expected[::-1])


def test_it_shows_each_colleague_the_right_queues(cast: Cast, seven: list[Ticket], monday: datetime) -> None:
    tickets.take(seven[0], by=cast.anna, at=monday)
    tickets.reply_and_wait(seven[1], by=cast.anna, text="Which one?", at=monday)
    tickets.reply_and_resolve(seven[2], by=cast.anna, text="Done.", at=monday)
    at = monday + timedelta(hours=2)
    assert queries.counts(cast.anna, at=at) == {
        "mine": 1,
        "line": 6,
        "unassigned": 5,
        "due": 5,
        "waiting": 1,
        "all": 6,
    }
    assert queries.counts(cast.boris, at=at)["line"] == 0
    for name, count in queries.counts(cast.anna, at=at).items():
        assert len(queries.queue(cast.anna, name, at=at).rows) == count
    assert numbers(queries.queue(cast.anna, "ended", at=at)) == [seven[2].pk]


def test_it_narrows_by_what_is_asked(cast: Cast, seven: list[Ticket], monday: datetime) -> None:
    tickets.tag(seven[3], word="Disk", by=cast.anna.actor, at=monday)
    asked = rules.read_filters({"tag": "disk", "priority": "medium", "plan": "premium", "state": "nonsense"})
    assert numbers(queries.queue(cast.anna, "all", at=monday, filters=asked)) == [seven[3].pk]
    words = rules.read_filters({"q": "matter", "kind": "incident"})
    assert len(queries.queue(cast.anna, "all", at=monday, filters=words).rows) == 7
    nothing = rules.read_filters({"plan": "standard"})
    assert queries.queue(cast.anna, "all", at=monday, filters=nothing).rows == []


@given(st.dictionaries(st.sampled_from([*filters._CHOICES, *filters._NUMBERS, "tag", "q"]), st.text(max_size=12)))
def test_it_reads_filters_back_as_it_wrote_them(asked: dict[str, str]) -> None:
    filters = rules.read_filters(asked)
    assert rules.read_filters(filters.as_words()) == filters


def test_it_tells_the_line_of_a_new_ticket_and_the_assignee_of_new_words(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    deliver_due(at=monday)
    tickets.assign(ticket, to=cast.anna, by=cast.boris, at=monday)
    tickets.customer_wrote(ticket, by=cast.clara, text="And?", at=monday)
    tickets.customer_wrote(ticket, by=cast.clara, text="Away", at=monday, automatic=True)
    deliver_due(at=monday)
    told = Notice.objects.order_by("event_id").values_list("staff__name", "kind")
    assert list(told) == [
        ("Anna Petrova", "opened"),
        ("Anna Petrova", "assigned"),
        ("Anna Petrova", "customer_wrote"),
    ]
    assert actions.read_notices(cast.anna, at=monday) == 3
    assert queries.unread_notices(cast.anna, at=monday) == []


def test_it_keeps_a_named_view_and_lets_only_its_owner_remove_it(cast: Cast, monday: datetime) -> None:
    filters = rules.read_filters({"priority": "high"})
    view = actions.save_view(staff=cast.anna, name=" Burning ", queue="all", filters=filters, at=monday, shared=True)
    assert [v.name for v in queries.views_of(cast.boris)] == ["Burning"]
    with pytest.raises(Refused):
        actions.forget_view(view, by=cast.boris)
    actions.forget_view(view, by=cast.anna)
    assert queries.views_of(cast.anna) == []


def test_it_keeps_a_breach_at_night_for_the_start_of_the_next_hours(cast: Cast, monday: datetime) -> None:
    """zammad/zammad#4432, #2157: notices at midnight."""
    ticket = cast.write(cast.clara, monday)
    tickets.assign(ticket, to=cast.anna, by=cast.boris, at=monday)
    cast.anna.week = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    cast.anna.zone = "Europe/Moscow"
    cast.anna.save(update_fields=["week", "zone"])
    midnight, morning = monday + timedelta(hours=14), monday + timedelta(hours=23)
    sweep_due(at=midnight)
    deliver_due(at=midnight)
    notice = Notice.objects.get(staff=cast.anna, kind="missed")
    assert notice.at == morning
    assert notice not in queries.unread_notices(cast.anna, at=midnight)
    assert notice in queries.unread_notices(cast.anna, at=morning)
