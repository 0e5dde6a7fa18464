"""Duty and the lines in a real browser: every page in light and dark, on the phone, in both languages."""

from datetime import timedelta

import pytest

from opora.desk.dispatch import escalations, routing
from opora.desk.dispatch.rules import Policy, Rule, Step
from opora.desk.kernel.clock import now
from opora.desk.kernel.jobs import deliver_due
from opora.desk.people import actions as people
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.rules import Known
from tests.pages.browser import keep_picture, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("desktop", "dark", "ru"), ("phone", "light", "ru")]
DAY = timedelta(days=1)
KNOWN = Known(
    "Why is the shop slow since the morning?",
    "Anna Petrova: looked at the load of web1, it is normal.\nAnna Petrova: restarted the cache.",
    "The disk queue of node 4; a neighbour writes.",
)


@pytest.fixture
def signed_in(transactional_db, cast, client):
    """The cookies of a browser in which the person is at home."""

    def enter(person, *, theme="light", language="en"):
        account = person.account
        account.theme, account.language = theme, language
        account.save(update_fields=["theme", "language"])
        client.force_login(account)
        return {name: morsel.value for name, morsel in client.cookies.items()}

    return enter


@pytest.fixture
def lines(transactional_db, cast):
    """Two rotations with a gap, an override and a swap asked; a ticket that went up, back and up again."""
    at = now()
    today = at.date() - 3 * DAY
    people.join_team(cast.hanna, cast.second, by=cast.hanna.actor, at=at)
    people.join_team(cast.oleg, cast.second, by=cast.hanna.actor, at=at)
    shape = {"zone": "Europe/Moscow", "starts_on": today, "handoff": 540, "by": cast.hanna, "at": at - 3 * DAY}
    week = people.plan_rotation(
        team=cast.second, name="Round the clock", turn_hours=72, people=[cast.boris, cast.hanna, cast.oleg], **shape
    )
    people.plan_rotation(team=cast.third, name="Nights", turn_hours=24, people=[cast.oleg], daily=(1200, 480), **shape)
    people.note_absence(cast.hanna, kind="holiday", start=at + 4 * DAY, end=at + 5 * DAY, by=cast.hanna, at=at)
    people.override(week, staff=cast.hanna, start=at + 6 * DAY, end=at + 7 * DAY, by=cast.hanna, at=at)
    mine = people.ask_swap(
        week, asked=cast.boris, start=at + 6 * DAY, end=at + 7 * DAY, by=cast.hanna, at=at, words="A wedding"
    )
    ticket = cast.write(cast.clara, at - DAY)
    tickets.hand_up(ticket, known=KNOWN, by=cast.anna, at=at)
    tickets.hand_back(ticket, known=KNOWN, by=cast.boris, at=at)
    tickets.hand_up(ticket, known=KNOWN, by=cast.anna, at=at)
    rules = [
        Rule("Outages up", "second-line", {"plan": ("premium",), "priority": ("high",)}, "least_load"),
        Rule("The rest", "first-line", choose="round_robin", speaks=True),
    ]
    routing.write_rules(rules, by=cast.hanna, at=at, why="The beginning")
    steps = (Step(0, "on_duty"), Step(10, "leads"), Step(20, "role", "head"))
    escalations.write_terms("Outages", Policy("high", steps, repeat=1), by=cast.hanna, at=at)
    for n, person in enumerate((cast.boris, cast.hanna, cast.boris, None)):
        work = cast.write(cast.dan, at - n * DAY, subject=f"The mail of department {n} does not go out")
        tickets.place(work, line=cast.second, person=person, by=cast.hanna.actor, at=at, why="by hand")
    tickets.reply_and_resolve(cast.write(cast.dan, at), by=cast.anna, text="Done", at=at)
    placed = cast.write(cast.clara, at, priority="high")
    routing.place_by_rules(placed, at=at)
    deliver_due(at=at, limit=500)
    escalations.sweep(at=at)
    return {"placed": placed.pk, "rotation": week.pk, "ticket": ticket.pk, "swap": mine.pk}


PLACES = {
    "duty": "/desk/duty/",
    "rotation": "/desk/duty/{rotation}/",
    "sheet": "/desk/duty/sheet/second-line/",
    "escalated": "/desk/tickets/{placed}",
    "handed": "/desk/tickets/{ticket}",
    "shift": "/desk/shift/second-line/",
    "share": "/desk/first-line/",
    "escalations": "/desk/escalations/",
    "routing": "/desk/routing/?try=yes&plan=premium&priority=high",
    "why": "/desk/tickets/{placed}/why",
    "queue": "/desk/queue/line",
}


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_it_has_no_violation_on_any_page(cast, lines, signed_in, open_page, size, theme, language):
    cookies = signed_in(cast.hanna, theme=theme, language=language)
    page = open_page("/desk/duty/", size=size, theme=theme, language=language, cookies=cookies)
    home = page.url.split("/desk/")[0]
    for name, place in PLACES.items():
        page.goto(home + place.format(**lines))
        page.wait_for_selector("html[data-ready]", state="attached")
        keep_picture(page, f"lines-{name}-{size}-{theme}")
        page.evaluate("document.querySelectorAll('.deeds details').forEach((one) => (one.open = true))")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the window"


def test_it_hands_over_by_keys_with_the_note_filled_in(cast, lines, signed_in, open_page):
    page = open_page(f"/desk/tickets/{lines['ticket']}", cookies=signed_in(cast.boris))
    page.keyboard.press("e")
    page.wait_for_selector("dialog#hand[open] option", state="attached")
    assert page.input_value("#hand-suspected") == KNOWN.suspected
    assert page.evaluate("document.querySelector('#hand-line').selectedOptions[0].label") == "Third line (up)"
    keep_picture(page, "lines-hand-over")
    assert violations(page) == []
    page.fill("#hand-tried", "Moved the neighbour away.")
    page.click("#hand button.primary")
    page.wait_for_selector("html[data-ready] .handed >> text=Moved the neighbour away.")


def test_it_moves_work_by_keys_and_by_drag(cast, lines, signed_in, open_page):
    page = open_page("/desk/shift/second-line/", cookies=signed_in(cast.hanna))
    nobodys = page.locator("[data-lane='0'] [data-card]")
    mark = nobodys.first.get_attribute("data-card")
    nobodys.first.locator("[data-card-link]").focus()
    page.keyboard.press("m")
    page.locator(f"[data-card='{mark}'] .menu-item", has_text="Oleg Stern").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-lane='{cast.oleg.pk}'] [data-card='{mark}']")
    assert page.evaluate("document.activeElement.closest('[data-card]')?.dataset.card") == mark, "the focus stays on it"
    page.drag_and_drop(f"[data-card='{mark}'] .number", f"[data-lane='{cast.boris.pk}'] header")
    page.wait_for_selector(f"[data-lane='{cast.boris.pk}'] [data-card='{mark}']")
    assert violations(page) == []
