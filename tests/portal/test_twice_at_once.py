"""Two hands on one button: the same form arriving twice in the same moment, on two connections."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connection

from opora.desk.customers.models import Contact
from opora.desk.tickets.models import Message, Ticket
from opora.desk.web.portal import actions
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 4


@pytest.fixture
def together() -> Barrier:
    return Barrier(HANDS, timeout=20)


def test_it_makes_one_ticket_of_forms_that_come_in_the_same_moment(
    cast: Cast, monday: datetime, together: Barrier
) -> None:
    key = uuid4()

    def press(_hand: int) -> int:
        try:
            together.wait()
            return send(key, cast.clara, monday)
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as hands:
        made = set(hands.map(press, range(HANDS)))
    assert made == {Ticket.objects.get().pk}
    assert Message.objects.count() == 1


def test_it_takes_one_answer_of_forms_that_come_in_the_same_moment(
    cast: Cast, monday: datetime, together: Barrier
) -> None:
    key, ticket = uuid4(), cast.write(cast.clara, monday)

    def press(_hand: int) -> None:
        try:
            together.wait()
            actions.send_answer(key=key, number=ticket.pk, by=cast.clara, at=monday, text="Once.")
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(press, range(HANDS)))
    assert Message.objects.filter(text="Once.").count() == 1


def send(key: UUID, by: Contact, at: datetime) -> int:
    ticket = actions.send_request(
        key=key,
        by=by,
        at=at,
        subject="The shop is down",
        text="Since nine.",
        kind="incident",
        priority="low",
        service=None,
        system=None,
        copy_to=[],
        files=[],
    )
    return ticket.pk
