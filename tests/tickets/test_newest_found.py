"""Finding the newest: common words by walking back, rare ones by the index, and both find the same."""

from datetime import datetime, timedelta

import pytest

from opora.desk.tickets import actions, queries, search
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("walk", [1, 3, 20_000])
def test_it_finds_the_newest_first_however_far_it_walks(
    walk: int, cast: Cast, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WALK", walk)
    made = [
        cast.write(cast.clara, monday + timedelta(minutes=n), subject="Ёлка" if n % 2 else "Disk", text="crammed")
        for n in range(8)
    ]
    newest = [ticket.pk for ticket in reversed(made)]
    assert search.newest("crammed", notes=False, limit=5) == newest[:5]
    assert search.newest("елка", notes=False, limit=50) == [ticket.pk for ticket in reversed(made[1::2])]
    assert search.newest("crammed", notes=True, limit=3, before=newest[4]) == newest[5:8]
    assert search.newest("crammed", notes=True, limit=3, before=newest[-1]) == []
    assert search.newest("nowhere", notes=True, limit=50) == []


def test_it_finds_notes_for_colleagues_and_one_ticket_by_its_number(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    actions.note(ticket, by=cast.anna.actor, text="Suspect the wobbler", at=monday)
    assert queries.newest_for_staff(cast.anna, "wobbler", 10) == [ticket.pk]
    assert search.newest("wobbler", notes=False, limit=10) == []
    assert queries.newest_for_staff(cast.anna, f"t-{ticket.pk}", 10) == [ticket.pk]
    assert queries.newest_for_staff(cast.anna, "t-999999999", 10) == []
