"""Routing as pages: rules in words, written by those who lead; where would this go; why here, why me; next for me."""

import pytest
from django.urls import reverse

from opora.desk.dispatch import routing
from opora.desk.dispatch.models import OwnEngineer, RuleBook
from opora.desk.dispatch.rules import Rule
from opora.desk.kernel.clock import now
from opora.desk.people import actions as people

pytestmark = pytest.mark.django_db
RULES = [
    Rule("Outages up", "second-line", {"plan": ("premium",), "priority": ("high",)}, "least_load", skill="linux"),
    Rule("The rest", "first-line", choose="round_robin", speaks=True, most=5),
]


@pytest.fixture
def book(cast) -> RuleBook:
    people.change_skills(cast.boris, skills=["linux"], by=cast.hanna.actor, at=now())
    people.change_hours(
        cast.boris,
        week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ["00:00-24:00"]),
        by=cast.hanna.actor,
        at=now(),
    )
    return routing.write_rules(RULES, by=cast.hanna, at=now(), why="The beginning")


def test_it_reads_the_rules_aloud(cast, book, browser):
    page = browser(cast.anna).get(reverse("routing:rules")).content.decode()
    assert "When plan is “Premium” and priority is “High”: to Second line, to whoever on shift has least to do" in page
    assert ", who knows linux." in page
    assert "Always: to First line, to whoever on shift had one longest ago" in page
    assert "Write a rule" not in page
    assert browser(cast.vera).get(reverse("routing:rules")).status_code == 403


def test_it_writes_changes_moves_and_takes_out_rules_as_new_versions(cast, book, browser):
    hanna = browser(cast.hanna)
    form = {
        "deed": "rule", "rule-name": "Questions", "rule-place": 1, "rule-kind": ["question"],
        "rule-customer": [cast.bakery.pk], "rule-line": "third-line", "rule-choose": "queue", "rule-why": "Try",
    }  # fmt: skip
    assert hanna.post(reverse("routing:rules"), form).status_code == 302
    kept = routing.book_in_force()
    assert (kept.number, [one["name"] for one in kept.rules]) == (2, ["Questions", "Outages up", "The rest"])
    assert kept.rules[0]["when"] == {"kind": ["question"], "customer": [str(cast.bakery.pk)]}
    assert "Questions" in hanna.get(reverse("routing:rules"), {"edit": 1}).content.decode()
    hanna.post(reverse("routing:rules") + "?edit=1", form | {"rule-old": 0, "rule-name": "Asked", "rule-place": 3})
    hanna.post(reverse("routing:change", args=[2, "up"]))
    hanna.post(reverse("routing:change", args=[3, "out"]))
    kept = routing.book_in_force()
    assert (kept.number, [one["name"] for one in kept.rules]) == (5, ["The rest", "Outages up"])
    assert hanna.post(reverse("routing:change", args=[9, "up"])).status_code == 404
    assert browser(cast.anna).post(reverse("routing:change", args=[1, "out"])).status_code == 403


def test_it_tries_out_where_a_ticket_would_go(cast, book, browser):
    asked = {"try": "yes", "priority": "high", "plan": "premium"}
    page = browser(cast.anna).get(reverse("routing:rules"), asked).content.decode()
    assert "Second line · Boris Orlov" in page and "chosen (0 in work)" in page


def test_it_answers_why_here_and_why_me(cast, book, monday, browser):
    people.change_hours(cast.anna, week={}, by=cast.hanna.actor, at=now())
    ticket = cast.write(cast.clara, monday, priority="high")
    where = reverse("routing:why", args=[ticket.pk])
    assert "No rule placed this ticket" in browser(cast.anna).get(where).content.decode()
    routing.place_by_rules(ticket, at=monday)
    page = browser(cast.anna).get(where).content.decode()
    assert "Second line · Boris Orlov" in page and "Outages up." in page and "rules, version 1" in page
    ticket_page = browser(cast.anna).get(reverse("console:ticket", args=[ticket.pk])).content.decode()
    assert "Given to Boris Orlov in Second line by the rule" in ticket_page


def test_it_opens_the_next_ticket_or_says_there_is_none(cast, monday, browser):
    ticket = cast.write(cast.clara, monday)
    anna = browser(cast.anna)
    assert anna.post(reverse("routing:next"))["Location"].startswith(reverse("console:ticket", args=[ticket.pk]))
    ticket.refresh_from_db()
    assert ticket.assignee == cast.anna
    page = anna.post(reverse("routing:next"), follow=True).content.decode()
    assert "Nothing waits in your lines" in page
    why = browser(cast.boris).get(reverse("routing:why", args=[ticket.pk])).content.decode()
    assert "Anna Petrova asked for the next ticket" in why


def test_it_names_skills_hours_and_own_engineers(cast, browser):
    hanna = browser(cast.hanna)
    where = reverse("administration:colleague", args=[cast.anna.pk])
    hanna.post(where, {"deed": "skills", "skills-skills": "Linux, PostgreSQL"})
    assert hanna.post(where, {"deed": "hours", "hours-mon": "nine"}).status_code == 422
    hanna.post(where, {"deed": "hours", "hours-mon": "09:00-13:00, 14:00-18:00"})
    cast.anna.refresh_from_db()
    assert (cast.anna.skills, cast.anna.week) == (["linux", "postgresql"], {"mon": ["09:00-13:00", "14:00-18:00"]})
    page = reverse("administration:customer", args=[cast.bakery.pk])
    same = {"deed": "engineers", "engineers-engineer": cast.boris.pk, "engineers-stands_in": cast.boris.pk}
    assert "Somebody else must stand in" in hanna.post(page, same).content.decode()
    hanna.post(page, same | {"engineers-stands_in": cast.oleg.pk})
    assert set(OwnEngineer.objects.values_list("staff__name", "stands_in")) == {
        ("Boris Orlov", False),
        ("Oleg Stern", True),
    }
