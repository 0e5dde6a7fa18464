"""The shift lead's board, and the share that ends in the first line."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from opora.desk.dispatch import board, routing, shares
from opora.desk.dispatch.rules import Rule
from opora.desk.kernel.clock import now
from opora.desk.people import actions as people
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.rules import Known

pytestmark = pytest.mark.django_db
KNOWN = Known("Why?", "Looked", "The disk")
ALWAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ["00:00-24:00"])


@pytest.fixture
def shift(cast):
    """Anna and Hanna of the first line; two tickets of Anna's, one nobody's, one late."""
    at = now()
    people.join_team(cast.hanna, cast.first, by=cast.hanna.actor, at=at)
    for one in (cast.anna, cast.hanna):
        people.change_hours(one, week=ALWAYS, by=cast.hanna.actor, at=at)
    made = [cast.write(cast.clara, at, subject=f"Matter {n}") for n in range(3)]
    late = cast.write(cast.clara, at - timedelta(days=10), subject="Long ago")
    tickets.take(made[0], by=cast.anna, at=at)
    tickets.take(made[1], by=cast.anna, at=at)
    return [*made, late]


def test_it_shows_load_and_what_burns(cast, shift):
    found = board.board(cast.first, at=now())
    assert [(lane.name, lane.load) for lane in found.lanes] == [("", 2), ("Anna Petrova", 2), ("Hanna Weiss", 0)]
    assert (found.open, found.nobodys, found.late) == (4, 2, 1)
    assert found.lanes[0].cards[0].subject == "Long ago" and found.lanes[0].cards[0].late


def test_it_puts_whoever_is_on_duty_first_and_whoever_is_off_last(cast, shift):
    at = now()
    people.plan_rotation(
        team=cast.first, name="Duty", zone="UTC", starts_on=date(2026, 1, 1), handoff=0, turn_hours=24,
        people=[cast.hanna], by=cast.hanna, at=at - timedelta(days=1),
    )  # fmt: skip
    people.note_absence(cast.anna, kind="ill", start=at, end=at + timedelta(hours=9), by=cast.anna, at=at)
    lanes = board.board(cast.first, at=at).lanes
    assert [(lane.name, lane.on_duty, lane.on_shift) for lane in lanes[1:]] == [
        ("Hanna Weiss", True, True),
        ("Anna Petrova", False, False),
    ]


def test_it_moves_work_by_a_press_and_by_a_program(cast, shift, browser):
    client, where = browser(cast.hanna), reverse("shift:move", args=["first-line"])
    client.post(where, {"ticket": shift[2].pk, "to": cast.anna.pk})
    assert Ticket.objects.get(pk=shift[2].pk).assignee == cast.anna
    answer = client.post(where, {"ticket": shift[2].pk, "to": "0"}, headers={"X-Requested-With": "fetch"})
    assert answer.json() == {"said": f"{shift[2].mark} is back in the line."}
    assert Ticket.objects.get(pk=shift[2].pk).assignee is None
    refused = client.post(where, {"ticket": shift[2].pk, "to": cast.vera.pk}, headers={"X-Requested-With": "fetch"})
    assert (refused.status_code, refused.json()) == (422, {"refused": "Vera Lis does not work tickets."})
    assert (
        client.post(where, {"ticket": shift[2].pk, "to": "999999"}, headers={"X-Requested-With": "fetch"}).status_code
        == 422
    )
    assert browser(cast.vera).post(where, {"ticket": shift[2].pk, "to": "0"}).status_code == 403


def test_it_shares_out_by_the_rules(cast, shift, browser):
    client, where = browser(cast.hanna), reverse("shift:share_out", args=["first-line"])
    assert "No rule of routing is written yet." in client.post(where, follow=True).content.decode()
    routing.write_rules([Rule("All", "first-line", choose="least_load")], by=cast.hanna, at=now(), why="x")
    assert "2 of 2 found somebody by the rules." in client.post(where, follow=True).content.decode()
    loads = {lane.name: lane.load for lane in board.board(cast.first, at=now()).lanes}
    assert loads == {"": 0, "Anna Petrova": 2, "Hanna Weiss": 2}


def test_it_gives_a_live_page_its_lanes(cast, shift, browser):
    client = browser(cast.anna)
    assert client.get(reverse("shift:first"))["Location"] == reverse("shift:shift", args=["first-line"])
    page = client.get(reverse("shift:shift", args=["first-line"])).content.decode()
    lanes = client.get(reverse("shift:lanes", args=["first-line"])).content.decode()
    assert all(f'data-card="{ticket.pk}"' in page and f'data-card="{ticket.pk}"' in lanes for ticket in shift)
    assert "<html" not in lanes


def closed(cast, at, *, up: bool = False, back: bool = False) -> Ticket:
    ticket = cast.write(cast.clara, at)
    if up:
        tickets.hand_up(ticket, known=KNOWN, by=cast.anna, at=at)
    if back:
        tickets.hand_back(ticket, known=KNOWN, by=cast.boris, at=at)
    tickets.resolve(ticket, by=cast.anna, at=at)
    return ticket


def test_it_counts_what_the_first_line_closed_alone(cast, monday):
    for _each in range(2):
        closed(cast, monday)
    closed(cast, monday, up=True)
    closed(cast, monday, up=True, back=True)
    closed(cast, monday - timedelta(days=7))
    again = closed(cast, monday)
    tickets.reopen(again, by=cast.anna.actor, at=monday, why="It is back")
    weeks = shares.first_line_shares(
        since=monday - timedelta(days=30), until=monday + timedelta(days=1), zone="Europe/Moscow"
    )
    assert [(one.week, one.closed, one.first, one.percent, one.kept) for one in weeks] == [
        (date(2026, 9, 14), 4, 2, 50, False),
        (date(2026, 9, 7), 1, 1, 100, True),
    ]


@pytest.mark.parametrize(
    ("closed_number", "first", "kept"), [(20, 13, True), (1000, 649, False), (1000, 650, True), (0, 0, True)]
)
def test_it_never_rounds_its_way_to_the_promised_share(closed_number, first, kept):
    share = shares.Share(date(2026, 9, 14), closed_number, first)
    assert share.kept is kept
    assert share.percent < 65 or kept


def test_it_shows_the_share_the_ways_and_what_came_back(cast, browser):
    at = now() - timedelta(hours=1)
    ticket = closed(cast, at, up=True, back=True)
    page = browser(cast.hanna).get(reverse("shift:share")).content.decode()
    assert "It should be 65 %." in page and "0 %" in page
    assert "First line → Second line" in page and f"T-{ticket.pk}" in page and "handed over 2×, back 1×" in page
    assert browser(cast.vera).get(reverse("shift:share")).status_code == 403
