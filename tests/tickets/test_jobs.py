"""What happens to tickets by itself."""

from datetime import datetime, timedelta

import pytest

from opora.desk.tickets import actions, states
from opora.desk.tickets.jobs import close_silent
from opora.desk.tickets.models import Ticket
from tests.cast import Cast

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def test_it_closes_what_nobody_objected_to_for_a_week(cast: Cast, monday: datetime) -> None:
    solved, objected, live = (cast.write(cast.clara, monday) for _ in range(3))
    actions.reply_and_resolve(solved, by=cast.anna, text="Done.", at=monday)
    actions.reply_and_resolve(objected, by=cast.anna, text="Done.", at=monday)
    actions.customer_wrote(objected, by=cast.clara, text="Not yet.", at=monday + timedelta(days=6))
    assert close_silent(at=monday + WEEK - timedelta(seconds=1), after=WEEK) == 0
    assert close_silent(at=monday + WEEK, after=WEEK) == 1
    assert close_silent(at=monday + WEEK, after=WEEK) == 0
    found = {row.pk: row.state for row in Ticket.objects.all()}
    assert found == {solved.pk: states.CLOSED, objected.pk: states.OPEN, live.pk: states.NEW}
