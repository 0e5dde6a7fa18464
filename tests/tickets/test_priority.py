"""A changed priority is an argued priority (process rule 5)."""

from datetime import datetime, timedelta

import pytest

from opora.desk.kernel.errors import Refused
from opora.desk.tickets import actions, queries
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_changes_a_priority_only_with_a_reason_the_customer_reads(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    with pytest.raises(Refused, match="Write the reason"):
        actions.change_priority(ticket, to="low", by=cast.anna, at=monday, why=" ")
    actions.change_priority(ticket, to="low", by=cast.anna, at=monday, why="One page only.")
    shown = [event for event in queries.public_history(ticket) if event.name == "tickets.priority_changed"]
    assert [(e.old, e.new, e.why) for e in shown] == [("medium", "low", "One page only.")]


def test_it_counts_the_new_target_from_the_original_start(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    assert ticket.due_at == datetime.fromisoformat("2026-09-14T15:00+03:00")
    actions.change_priority(ticket, to="high", by=cast.anna, at=monday + timedelta(minutes=20), why="All pages.")
    ticket.refresh_from_db()
    assert ticket.due_at == monday + timedelta(hours=1)
    assert queries.promises_of(ticket)[0].started_at == monday


def test_it_lets_no_operator_change_it(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    with pytest.raises(Refused, match="does not work tickets"):
        actions.change_priority(ticket, to="low", by=cast.vera, at=monday, why="So they said.")
