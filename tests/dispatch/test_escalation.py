"""Escalation by time: told step by step until somebody says "I have it"; frozen when it begins; told once however often swept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opora.desk.channels.email.models import OutgoingLetter
from opora.desk.dispatch import escalations, states
from opora.desk.dispatch.models import Escalation, Notice
from opora.desk.dispatch.rules import Policy, PolicyFault, Step, following, moment_of, read_policy, write_policy
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Event
from opora.desk.people import actions as people
from opora.desk.people.models import Staff
from opora.desk.sla import jobs as sla
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HIGH = Policy("high", (Step(0, "on_duty"), Step(10, "leads"), Step(20, "role", "head")), repeat=1, pause=10)


def step_by_step(at: datetime) -> None:
    """As the worker: sweep, then tell the listeners."""
    escalations.sweep(at=at)
    deliver_due(at=at)


def told() -> list[tuple[int, int, list[str]]]:
    rows = Event.objects.filter(name="dispatch.escalated").order_by("pk")
    return [(row.facts["round"], row.facts["step"], row.facts["names"]) for row in rows]


@pytest.fixture
def outage(cast: Cast, monday: datetime) -> Ticket:
    """An outage in the second line, where Boris is on duty; the policy for high priority stands."""
    people.plan_rotation(
        team=cast.second, name="Duty", zone="UTC", starts_on=date(2026, 9, 14), handoff=0, turn_hours=24,
        people=[cast.boris], by=cast.hanna, at=monday - timedelta(days=1),
    )  # fmt: skip
    escalations.write_terms("Outages", HIGH, by=cast.hanna, at=monday)
    ticket = cast.write(cast.clara, monday, priority="high")
    tickets.place(ticket, line=cast.second, person=None, by=cast.hanna.actor, at=monday, why="second line")
    deliver_due(at=monday)
    return ticket


def test_it_tells_step_by_step_and_round_again_until_it_has_told_all(outage: Ticket, monday: datetime) -> None:
    """glpi-project/glpi#4170, #2765; pluginsGLPI/escalade#151."""
    for minute in range(0, 90, 5):
        step_by_step(monday + minute * MINUTE)
    once = [(0, ["Boris Orlov"]), (1, ["Boris Orlov"]), (2, ["Hanna Weiss"])]
    assert told() == [(round_number, step, names) for round_number in (0, 1) for step, names in once]
    row = Escalation.objects.get()
    assert (row.state, row.next_at) == (states.EXHAUSTED, None)
    assert Notice.objects.filter(staff__name="Hanna Weiss", kind="escalated").count() == 2


def test_it_writes_a_letter_to_whoever_is_told(cast: Cast, outage: Ticket, monday: datetime) -> None:
    step_by_step(monday)
    letter = OutgoingLetter.objects.get(kind="notice")
    assert letter.recipients.get().email == "boris@provider.example"
    assert f"/desk/tickets/{outage.pk}" in bytes(letter.raw).decode()


def test_it_stops_when_somebody_has_it(cast: Cast, outage: Ticket, monday: datetime) -> None:
    step_by_step(monday)
    with pytest.raises(Refused):
        escalations.acknowledge(outage, by=cast.vera, at=monday)
    assert escalations.acknowledge(outage, by=cast.boris, at=monday + MINUTE) == 1
    assert escalations.acknowledge(outage, by=cast.anna, at=monday + MINUTE) == 0
    step_by_step(monday + 60 * MINUTE)
    assert len(told()) == 1
    row = Escalation.objects.get()
    assert (row.state, row.acknowledged_by) == (states.ACKNOWLEDGED, cast.boris)


def test_it_counts_taking_the_ticket_as_having_it_but_not_being_given_it(
    cast: Cast, outage: Ticket, monday: datetime
) -> None:
    tickets.assign(outage, to=cast.boris, by=cast.anna, at=monday)
    deliver_due(at=monday)
    assert Escalation.objects.get().state == states.RUNNING
    tickets.release(outage, by=cast.boris, at=monday)
    tickets.take(outage, by=cast.boris, at=monday)
    deliver_due(at=monday)
    assert Escalation.objects.get().state == states.ACKNOWLEDGED


def test_it_ends_with_the_ticket_and_with_the_priority(cast: Cast, outage: Ticket, monday: datetime) -> None:
    tickets.change_priority(outage, to="low", by=cast.boris, at=monday, why="Only the pictures")
    deliver_due(at=monday)
    assert Escalation.objects.get().state == states.ENDED
    tickets.change_priority(outage, to="high", by=cast.boris, at=monday + MINUTE, why="All of it after all")
    deliver_due(at=monday + MINUTE)
    assert [row.state for row in Escalation.objects.order_by("pk")] == [states.ENDED, states.RUNNING]
    other = cast.write(cast.dan, monday, priority="medium")
    tickets.merge(other, into=cast.write(cast.dan, monday), by=cast.anna, at=monday, why="same")
    deliver_due(at=monday + 2 * MINUTE)
    assert Escalation.objects.count() == 2


def test_it_keeps_the_policy_it_began_under(cast: Cast, outage: Ticket, monday: datetime) -> None:
    escalations.write_terms("Outages", replace(HIGH, steps=(Step(0, "line"),)), by=cast.hanna, at=monday)
    step_by_step(monday)
    step_by_step(monday + 10 * MINUTE)
    assert [names for _round, _step, names in told()] == [["Boris Orlov"], ["Boris Orlov"]]
    assert Escalation.objects.get().terms.number == 1


def test_it_tells_the_leads_and_the_head_when_a_step_finds_nobody(cast: Cast, outage: Ticket, monday: datetime) -> None:
    people.note_absence(cast.boris, kind="ill", start=monday, end=monday + 60 * MINUTE, by=cast.boris, at=monday)
    step_by_step(monday)
    assert told() == [(0, 0, ["Boris Orlov", "Hanna Weiss"])]
    assert Event.objects.get(name="dispatch.escalated").facts["found"] is False


def test_it_begins_when_a_promise_is_missed_and_ends_when_it_is_answered(cast: Cast, monday: datetime) -> None:
    missed = Policy("missed", (Step(5, "leads"),), priorities=("medium",))
    escalations.write_terms("Missed", missed, by=cast.hanna, at=monday)
    ticket = cast.write(cast.clara, monday)
    low = cast.write(cast.clara, monday, priority="low")
    late = monday + timedelta(days=3)
    sla.sweep(late)
    deliver_due(at=late)
    row = Escalation.objects.get()
    assert (row.ticket, row.why) == (ticket, "missed")
    assert row.ticket != low
    tickets.reply(ticket, by=cast.anna, text="We are at it", at=late)
    deliver_due(at=late)
    assert {one.state for one in Escalation.objects.filter(promise="first_reply")} == {states.ENDED}


def test_it_lets_only_leaders_write_policies_and_says_what_is_wrong(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused, match="lead the support"):
        escalations.write_terms("Mine", HIGH, by=cast.anna, at=monday)
    with pytest.raises(Refused, match="“who”"):
        escalations.write_terms("X", replace(HIGH, steps=(Step(0, "role"),)), by=cast.hanna, at=monday)
    assert escalations.policies_in_force() == []


def test_it_begins_nothing_under_a_retired_policy(cast: Cast, monday: datetime) -> None:
    terms = escalations.write_terms("Outages", HIGH, by=cast.hanna, at=monday)
    escalations.retire(terms.policy, by=cast.hanna, at=monday)
    cast.write(cast.clara, monday, priority="high")
    deliver_due(at=monday)
    assert not Escalation.objects.exists()


def test_it_lets_no_case_that_fails_stop_the_others(
    cast: Cast, outage: Ticket, monday: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    second = cast.write(cast.clara, monday, priority="high")
    deliver_due(at=monday)
    people_of = escalations.people_of

    def of_one(step: Step, ticket: Ticket, *, at: datetime) -> tuple[list[Staff], bool]:
        if ticket.pk == outage.pk:
            raise RuntimeError("nobody can be found")
        return people_of(step, ticket, at=at)

    monkeypatch.setattr(escalations, "people_of", of_one)
    assert escalations.sweep(at=monday) == 1
    assert [row.subject_id for row in Event.objects.filter(name="dispatch.escalated")] == [second.pk]
    assert "could not be taken" in caplog.text
    monkeypatch.undo()
    assert escalations.sweep(at=monday) == 1
    assert Event.objects.filter(name="dispatch.escalated", subject_id=outage.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_everybody_once(cast: Cast, monday: datetime) -> None:
    escalations.write_terms("Outages", replace(HIGH, steps=(Step(0, "leads"),), repeat=0), by=cast.hanna, at=monday)
    for n in range(6):
        cast.write(cast.clara, monday + n * MINUTE, priority="high")
    deliver_due(at=monday + 10 * MINUTE)
    together = Barrier(3)

    def sweep(_number: int) -> int:
        together.wait(timeout=60)
        try:
            return sum(escalations.sweep(at=monday + 20 * MINUTE, limit=2) for _each in range(6))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as crowd:
        done = sum(crowd.map(sweep, range(3)))
    assert (done, len(told())) == (6, 6)
    assert set(Escalation.objects.values_list("state", flat=True)) == {states.EXHAUSTED}


steps = st.lists(
    st.builds(Step, after=st.integers(0, 500), to=st.sampled_from(["assignee", "on_duty", "line", "leads"])),
    min_size=1,
    max_size=6,
).map(lambda found: tuple(sorted(found, key=lambda step: step.after)))
policies = st.builds(
    Policy,
    trigger=st.sampled_from(["high", "warned", "missed"]),
    steps=steps,
    repeat=st.integers(0, 4),
    pause=st.integers(1, 60),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policies)
def test_it_goes_through_every_step_of_every_round_once_and_in_order(policy: Policy) -> None:
    """glpi-project/glpi#4170, #2765; pluginsGLPI/escalade#151."""
    began, seen = datetime(2026, 1, 1, tzinfo=UTC), []
    place: tuple[int, int] | None = (0, 0)
    while place is not None:
        seen.append(place)
        place = following(policy, *place)
    assert seen == [(number, step) for number in range(policy.repeat + 1) for step in range(len(policy.steps))]
    moments = [moment_of(policy, began, *one) for one in seen]
    assert moments == sorted(moments)
    assert read_policy(write_policy(policy)) == policy


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ({"trigger": "often", "steps": [{"after": 0, "to": "line"}]}, "trigger"),
        ({"trigger": "high", "steps": []}, "steps"),
        ({"trigger": "high", "steps": [{"after": 5, "to": "line"}, {"after": 1, "to": "line"}]}, "after"),
        ({"trigger": "high", "steps": [{"after": 5, "to": "everybody"}]}, "to"),
        ({"trigger": "high", "steps": [{"after": 5, "to": "line"}], "pause": 0}, "pause"),
    ],
)
def test_it_names_what_is_wrong_with_a_policy(written: object, part: str) -> None:
    with pytest.raises(PolicyFault, match=part):
        read_policy(written)
