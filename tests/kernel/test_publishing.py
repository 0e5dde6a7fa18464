"""The publisher tells of every event once, in order, and never jumps over one that commits late."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.kernel import live
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.live import Position, position_from
from tests.runs.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = """INSERT INTO kernel_event (at, name, subject_kind, subject_id, actor_kind, actor_id, actor_name, why, facts)
            VALUES (now(), 'tests.happened', 'ticket', %s, 'system', 0, 'Opora', '', '{}')"""


def another_connection() -> psycopg.Connection:
    wanted = connection.get_connection_params()
    kept = {name: wanted[name] for name in ("dbname", "user", "password", "host", "port") if wanted.get(name)}
    return psycopg.connect(**kept)


@pytest.fixture
def ears() -> Iterator[psycopg.Connection]:
    """One who listens to what is published, after the publisher has found its place."""
    with another_connection() as listening:
        listening.autocommit = True
        listening.execute(f"LISTEN {live.EVENTS_CHANNEL}")
        yield listening


@pytest.fixture
def publisher(monday) -> live.Publisher:
    found = live.Publisher()
    found.publish(monday)
    return found


def heard(ears: psycopg.Connection) -> list[int]:
    """The subjects of everything published since the last question, in order."""
    subjects = []
    for told in told_to(ears):
        subjects += [e.subject[1] for e in live.read_range(Position(*told["after"]), Position(*told["upto"]))]
    return subjects


def told_to(ears: psycopg.Connection) -> list[Any]:
    """Everything told since the last question: notices come in the order of commits, so what it says itself ends them."""
    ears.execute(f"NOTIFY {live.EVENTS_CHANNEL}, 'that is all'")
    notes = iter(ears.notifies(timeout=60))
    return [json.loads(note.payload) for note in itertools.takewhile(lambda note: note.payload != "that is all", notes)]


def publish_all(publisher: live.Publisher, at, count: int) -> None:
    """Publish until so many were told: other databases of the server may hold the horizon back for a moment."""
    told = 0

    def enough() -> bool:
        nonlocal told
        told += publisher.publish(at)
        return told >= count

    wait_until(enough, f"{count} events are published", 60)
    assert told == count


def happen(number: int, at) -> None:
    with transaction.atomic():
        announce("tests.happened", subject=("ticket", number), by=SYSTEM, at=at)


def test_it_tells_of_each_event_once(publisher, ears, monday):
    happen(1, monday)
    happen(2, monday)
    publish_all(publisher, monday, 2)
    assert heard(ears) == [1, 2]
    assert publisher.publish(monday) == 0
    assert heard(ears) == []


def test_it_waits_for_an_earlier_transaction_that_is_still_open(publisher, ears, monday):
    with another_connection() as slow:
        slow.execute(INSERT, [1])
        happen(2, monday)
        assert publisher.publish(monday) == 0, "the second may not overtake the first"
        slow.commit()
    publish_all(publisher, monday, 2)
    assert heard(ears) == [1, 2]


def test_it_never_tells_of_what_was_rolled_back(publisher, ears, monday):
    with another_connection() as doomed:
        doomed.execute(INSERT, [1])
        doomed.rollback()
    happen(2, monday)
    publish_all(publisher, monday, 1)
    assert heard(ears) == [2]


def test_a_new_publisher_goes_on_where_the_old_one_ended(publisher, ears, monday):
    happen(1, monday)
    publish_all(publisher, monday, 1)
    happen(2, monday)
    publish_all(live.Publisher(), monday, 1)
    assert heard(ears) == [1, 2]


def test_the_very_first_does_not_tell_the_whole_history(ears, monday):
    happen(1, monday)
    live.Publisher().publish(monday)
    assert heard(ears) == []
    assert live.published() > (0, 0)


def test_it_finds_its_place_in_a_database_that_was_moved_here(publisher, ears, monday):
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE kernel_mark SET value = \'{"tx": "999999999999", "id": "7"}\' WHERE name = \'published\''
        )
    live.Publisher().publish(monday)
    happen(1, monday)
    publish_all(live.Publisher(), monday, 1)
    assert heard(ears) == [1]


def test_small_messages_go_together_and_large_heaps_are_split(ears):
    live.tell(live.EVENTS_CHANNEL, [{"n": n, "words": "и" * 100} for n in range(40)])
    told = told_to(ears)
    assert 1 < len(told) < 10
    assert [one["n"] for heap in told for one in heap] == list(range(40))


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**63 - 1))
def test_a_position_is_read_as_it_was_written(tx, number):
    assert position_from(str(Position(tx, number))) == (tx, number)


@given(st.text(max_size=40))
def test_nonsense_is_no_position(text):
    found = position_from(text)
    assert found is None or position_from(str(found)) == found
