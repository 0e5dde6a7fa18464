"""Where a ticket goes and to whom: by rules people can read, with every reason kept; and the next one, never to two."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opora.desk.dispatch import pulling, routing
from opora.desk.dispatch.models import Notice, Placement, RuleBook
from opora.desk.dispatch.rules import Candidate, Rule, RuleFault, decide, read_rules, write_rule
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.people import actions as people
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.rules import Known
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
KNOWN = Known("Why?", "Looked", "The disk")
OUTAGES = Rule("Outages go up at once", "second-line", {"priority": ("high",), "kind": ("incident",)}, "least_load")
REST = Rule("The rest", "first-line", choose="round_robin")


@pytest.fixture
def crew(cast: Cast, monday: datetime) -> Cast:
    """Anna and Vera are in the first line, Boris and Oleg in the second; it is a Monday morning."""
    at, by = monday, cast.hanna.actor
    people.change_roles(cast.vera, roles=["l1"], by=by, at=at, why="She moves over")
    people.join_team(cast.vera, cast.first, by=by, at=at)
    people.join_team(cast.oleg, cast.second, by=by, at=at)
    return cast


def opened(cast: Cast, at: datetime, **more: object) -> Ticket:
    ticket = cast.write(cast.clara, at, **more)
    deliver_due(at=at)
    ticket.refresh_from_db()
    return ticket


def test_it_leaves_tickets_alone_without_a_book(crew: Cast, monday: datetime) -> None:
    ticket = opened(crew, monday)
    assert (ticket.line, ticket.assignee) == (crew.first, None)
    assert not Placement.objects.exists()


def test_it_gives_an_outage_to_whoever_has_least_to_do_and_says_why(crew: Cast, monday: datetime) -> None:
    routing.write_rules([OUTAGES, REST], by=crew.hanna, at=monday, why="First rules")
    busy = crew.write(crew.dan, monday, priority="low")
    tickets.assign(busy, to=crew.boris, by=crew.anna, at=monday)
    ticket = opened(crew, monday + MINUTE, priority="high")
    assert (ticket.line, ticket.assignee) == (crew.second, crew.oleg)
    placement = routing.placements_of(ticket)[0]
    assert placement.reasons["rule"]["name"] == "Outages go up at once"
    verdicts = {one["name"]: (one["verdict"], one["load"]) for one in placement.reasons["considered"]}
    assert verdicts == {"Oleg Stern": ("chosen", 0), "Boris Orlov": ("has_more", 1)}
    told = Notice.objects.filter(ticket=ticket).values_list("staff__name", flat=True)
    assert set(told) >= {"Boris Orlov", "Oleg Stern"}
    assert "Anna Petrova" not in told


def test_it_gives_in_turn(crew: Cast, monday: datetime) -> None:
    routing.write_rules([REST], by=crew.hanna, at=monday, why="In turn")
    given = [opened(crew, monday + n * MINUTE).assignee.name for n in range(4)]
    assert given == ["Anna Petrova", "Vera Lis", "Anna Petrova", "Vera Lis"]


def test_it_passes_over_who_is_away_lacks_the_skill_or_has_enough(crew: Cast, monday: datetime) -> None:
    rule = Rule("Databases", "second-line", {"service": ("vps",)}, "least_load", skill="postgresql", most=1)
    routing.write_rules([rule], by=crew.hanna, at=monday, why="Skills")
    people.change_skills(crew.boris, skills=["postgresql"], by=crew.hanna.actor, at=monday)
    assert opened(crew, monday).assignee == crew.boris
    queued = opened(crew, monday + MINUTE)
    assert (queued.line, queued.assignee) == (crew.second, None)
    verdicts = {one["name"]: one["verdict"] for one in routing.placements_of(queued)[0].reasons["considered"]}
    assert verdicts == {"Boris Orlov": "has_most", "Oleg Stern": "lacks_skill"}
    people.note_absence(crew.boris, kind="ill", start=monday, end=monday + 60 * MINUTE, by=crew.boris, at=monday)
    third = opened(crew, monday + 2 * MINUTE)
    assert routing.placements_of(third)[0].reasons["considered"][0]["verdict"] == "off_shift"


def test_it_knows_the_customers_own_engineer_and_who_stands_in(crew: Cast, monday: datetime) -> None:
    own = Rule("Own engineer", "second-line", {"plan": ("premium",)}, "engineer")
    routing.write_rules([own, REST], by=crew.hanna, at=monday, why="Premium")
    assert opened(crew, monday).line == crew.first, "nobody is named yet, so the next rule holds"
    with pytest.raises(Refused, match="keep the customers"):
        routing.name_engineers(crew.bakery, engineer=crew.anna, stands_in=None, by=crew.anna, at=monday)
    routing.name_engineers(crew.bakery, engineer=crew.boris, stands_in=crew.oleg, by=crew.hanna, at=monday)
    assert opened(crew, monday + MINUTE).assignee == crew.boris
    people.note_absence(crew.boris, kind="holiday", start=monday, end=monday + 60 * MINUTE, by=crew.boris, at=monday)
    assert opened(crew, monday + 2 * MINUTE).assignee == crew.oleg


def test_it_finds_somebody_in_the_new_line_after_a_hand_off_and_moves_it_nowhere_else(
    crew: Cast, monday: datetime
) -> None:
    routing.write_rules([REST, replace(OUTAGES, when={})], by=crew.hanna, at=monday, why="All")
    ticket = opened(crew, monday)
    assert ticket.assignee == crew.anna
    tickets.hand_up(ticket, known=KNOWN, by=crew.anna, at=monday + MINUTE)
    deliver_due(at=monday + MINUTE)
    ticket.refresh_from_db()
    assert (ticket.line, ticket.assignee) == (crew.second, crew.boris)


def test_it_never_takes_a_ticket_from_whoever_has_it(crew: Cast, monday: datetime) -> None:
    routing.write_rules([OUTAGES, REST], by=crew.hanna, at=monday, why="All")
    ticket = crew.write(crew.clara, monday, priority="high")
    tickets.take(ticket, by=crew.anna, at=monday)
    deliver_due(at=monday)
    ticket.refresh_from_db()
    assert (ticket.line, ticket.assignee) == (crew.first, crew.anna)


def test_it_asks_the_rules_again_when_the_priority_changes_while_nobody_has_it(crew: Cast, monday: datetime) -> None:
    routing.write_rules([OUTAGES, replace(REST, choose="queue")], by=crew.hanna, at=monday, why="All")
    ticket, taken = opened(crew, monday), opened(crew, monday)
    tickets.take(taken, by=crew.anna, at=monday)
    for one in (ticket, taken):
        tickets.change_priority(one, to="high", by=crew.anna, at=monday + MINUTE, why="It is gone altogether.")
    deliver_due(at=monday + MINUTE)
    ticket.refresh_from_db()
    taken.refresh_from_db()
    assert (ticket.line, ticket.assignee) == (crew.second, crew.boris)
    assert (taken.line, taken.assignee) == (crew.first, crew.anna)


def test_it_leaves_a_ticket_where_a_colleague_sent_it_before_the_rules_were_asked(crew: Cast, monday: datetime) -> None:
    routing.write_rules([REST], by=crew.hanna, at=monday, why="All")
    ticket = crew.write(crew.clara, monday)
    tickets.hand_up(ticket, known=KNOWN, by=crew.anna, at=monday)
    deliver_due(at=monday)
    ticket.refresh_from_db()
    assert ticket.line == crew.second


def test_it_keeps_every_book_and_lets_only_leaders_write(crew: Cast, monday: datetime) -> None:
    with pytest.raises(Refused, match="lead the support"):
        routing.write_rules([REST], by=crew.anna, at=monday, why="Mine")
    with pytest.raises(Refused, match="no line “fourth-line”"):
        routing.write_rules([Rule("X", "fourth-line")], by=crew.hanna, at=monday, why="Wrong")
    with pytest.raises(Refused, match="Rule 1: the part “name”"):
        routing.write_rules([Rule(" ", "first-line")], by=crew.hanna, at=monday, why="Wrong")
    first = routing.write_rules([REST], by=crew.hanna, at=monday, why="One")
    routing.write_rules([], by=crew.hanna, at=monday, why="None")
    assert list(RuleBook.objects.order_by("number").values_list("number", "why")) == [(1, "One"), (2, "None")]
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleBook.objects.filter(pk=first.pk).update(why="other")


def test_it_tries_out_without_writing_anything(crew: Cast, monday: datetime) -> None:
    routing.write_rules([OUTAGES, REST], by=crew.hanna, at=monday, why="All")
    decision = routing.try_out({"priority": "high", "kind": "incident"}, at=monday)
    assert (decision.rule, decision.person) == (OUTAGES, crew.boris.pk)
    calm = routing.try_out({"priority": "low", "kind": "incident"}, at=monday)
    assert [(one.name, one.condition) for one in calm.passed] == [("Outages go up at once", "priority")]
    assert not Placement.objects.exists()


def test_it_pulls_the_most_urgent_ticket_that_fits(crew: Cast, monday: datetime) -> None:
    calm = crew.write(crew.clara, monday, priority="low")
    urgent = crew.write(crew.clara, monday + MINUTE, priority="medium")
    outage = crew.write(crew.dan, monday + 2 * MINUTE, priority="high")
    wanting = crew.write(crew.clara, monday - MINUTE, priority="high")
    Placement.objects.create(ticket=wanting, at=monday, by="rules", line=crew.first, skill="postgresql")
    got = [pulling.pull_next(crew.anna, at=monday + 3 * MINUTE) for _each in range(4)]
    assert got == [outage, urgent, calm, None]
    people.change_skills(crew.anna, skills=["postgresql"], by=crew.hanna.actor, at=monday)
    assert pulling.pull_next(crew.anna, at=monday + 4 * MINUTE) == wanting
    assert pulling.pull_next(crew.boris, at=monday + 4 * MINUTE) is None, "it is another line's"


def test_it_lets_no_operator_pull(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused, match="role does not work tickets"):
        pulling.pull_next(cast.vera, at=monday)


@pytest.mark.django_db(transaction=True)
def test_two_pulls_at_once_get_two_tickets(cast: Cast, monday: datetime) -> None:
    for n in range(8):
        cast.write(cast.clara, monday + n * MINUTE)
    people.change_roles(cast.vera, roles=["l1"], by=cast.hanna.actor, at=monday, why="She helps")
    people.join_team(cast.vera, cast.first, by=cast.hanna.actor, at=monday)
    together = Barrier(4)

    def pull(number: int) -> list[int]:
        staff = (cast.anna, cast.vera)[number % 2]
        together.wait(timeout=60)
        try:
            found = [pulling.pull_next(staff, at=monday + timedelta(hours=1)) for _each in range(2)]
            return [ticket.pk for ticket in found if ticket is not None]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crowd:
        pulled = [number for found in crowd.map(pull, range(4)) for number in found]
    assert sorted(pulled) == sorted(Ticket.objects.values_list("pk", flat=True))
    assert len(set(pulled)) == 8


words = st.sampled_from(["low", "medium", "high"])
rules = st.builds(
    Rule,
    name=st.just("R"),
    line=st.sampled_from(["a", "b"]),
    when=st.dictionaries(st.just("priority"), st.lists(words, min_size=1, max_size=3).map(tuple), max_size=1),
    choose=st.sampled_from(["queue", "round_robin", "least_load", "engineer"]),
    skill=st.sampled_from(["", "x"]),
    speaks=st.booleans(),
    most=st.integers(0, 3),
)
crowd = st.lists(
    st.builds(
        Candidate,
        person=st.integers(1, 50),
        name=st.just("N"),
        on_shift=st.booleans(),
        load=st.integers(0, 4),
        skills=st.sampled_from([frozenset(), frozenset({"x"})]),
        languages=st.sampled_from([frozenset({"en"}), frozenset({"ru"})]),
        engineer=st.integers(0, 2),
    ),
    unique_by=lambda one: one.person,
    max_size=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rules, max_size=5), crowd, words)
def test_it_chooses_only_who_fits_and_accounts_for_everybody(book, candidates, priority) -> None:
    decision = decide(book, {"priority": priority, "language": "en"}, {"a": candidates, "b": candidates})
    if decision.rule is None:
        return
    assert len(decision.passed) == decision.place
    rule = decision.rule
    assert priority in rule.when.get("priority", (priority,))
    if rule.choose != "queue":
        assert sorted(one.person for one in decision.considered) == sorted(one.person for one in candidates)
    if decision.person is not None:
        chosen = next(one for one in candidates if one.person == decision.person)
        assert chosen.on_shift and (not rule.skill or rule.skill in chosen.skills)
        assert not rule.most or chosen.load < rule.most
        assert not rule.speaks or "en" in chosen.languages


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rules, max_size=5))
def test_it_reads_back_the_rules_it_wrote(book) -> None:
    assert read_rules([write_rule(rule) for rule in book]) == book


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ([{"line": "a"}], "name"),
        ([{"name": "x"}], "line"),
        ([{"name": "x", "line": "a", "when": {"colour": ["red"]}}], "when"),
        ([{"name": "x", "line": "a", "when": {"priority": []}}], "when"),
        ([{"name": "x", "line": "a", "choose": "best"}], "choose"),
        ([{"name": "x", "line": "a", "most": -1}], "most"),
        ({}, "rules"),
    ],
)
def test_it_names_what_is_wrong_with_a_rule(written, part) -> None:
    with pytest.raises(RuleFault, match=part):
        read_rules(written)
