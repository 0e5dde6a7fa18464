"""Faults other desks are known for, each kept out by a test here or where docs/promise-rules.md says."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from opora.desk.channels.email.models import OutgoingLetter
from opora.desk.customers.actions import revise_contract
from opora.desk.dispatch import escalations
from opora.desk.dispatch.models import Escalation
from opora.desk.dispatch.rules import Policy, Step
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.jobs import deliver_due
from opora.desk.sla import jobs as sla
from opora.desk.sla import queries, rules
from opora.desk.sla.actions import make_calendar, start_clock
from opora.desk.sla.models import Clock
from opora.desk.tickets import actions as tickets
from tests.cast import OFFICE, TARGETS, Cast

HOUR = timedelta(hours=1)


@pytest.fixture
def on_apia(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server's own clock stands in Samoa."""
    monkeypatch.setenv("TZ", "Pacific/Apia")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_it_is_due_at_the_same_moment_in_whatever_zone_the_people_and_the_server_are(
    cast: Cast, monday: datetime, on_apia: None
) -> None:
    """b10, frappe/helpdesk#3776: the agent's zone was not the site's, and the promise failed at once."""
    cast.anna.zone, cast.clara.zone = "America/Los_Angeles", "Asia/Kathmandu"
    cast.anna.save(update_fields=["zone"])
    cast.clara.save(update_fields=["zone"])
    with timezone.override("Australia/Lord_Howe"), translation.override("ru"):
        ticket = cast.write(cast.clara, monday)
        assert sla.sweep(monday) == 0
    clock = Clock.objects.get(about_id=ticket.pk)
    assert (clock.state, clock.due_at) == ("running", datetime.fromisoformat("2026-09-14T15:00+03:00"))


def test_it_knows_the_working_time_of_every_promise_from_its_ledger_alone(cast: Cast, monday: datetime) -> None:
    """b10, zammad/zammad#2579, #4777: minutes that were to be stored were missing, and statistics wrong."""
    answered, late, merged = (cast.write(cast.clara, monday) for _ in range(3))
    tickets.reply(answered, by=cast.anna, text="Here.", at=monday + HOUR)
    tickets.merge(merged, into=late, by=cast.anna, at=monday + HOUR)
    tickets.reply(late, by=cast.anna, text="Sorry.", at=monday + timedelta(days=1))
    worked = {}
    for clock in Clock.objects.select_related("calendar_version").filter(promise="first_reply"):
        ended = clock.stopped_at or clock.cancelled_at
        assert ended is not None
        calendar = queries.calendar_of(clock.calendar_version)
        worked[clock.about_id] = rules.worked_seconds(calendar, queries.ledger_of(clock), ended)
    assert worked == {answered.pk: 3600, late.pk: 8 * 3600, merged.pk: 3600}


def test_it_escalates_no_promise_that_new_terms_no_longer_make(cast: Cast, monday: datetime) -> None:
    """b10, zammad/zammad#4353, #4359: the promise was taken away and its tickets stayed escalated."""
    whole = TARGETS | {"resolution": {"medium": "3h"}}
    terms = {"calendar_version": cast.office, "by": SYSTEM, "at": monday}
    revise_contract(cast.terms.contract, targets=whole, valid_from=monday, why="more", **terms)
    escalations.write_terms("Near", Policy("warned", (Step(0, "leads"),)), by=cast.hanna, at=monday)
    ticket = cast.write(cast.clara, monday)
    near = monday + timedelta(hours=2, minutes=30)
    sla.sweep(near)
    deliver_due(at=near)
    assert Escalation.objects.get().state == "running"
    fewer = revise_contract(cast.terms.contract, targets=TARGETS, valid_from=near, why="less", **terms)
    tickets.repin_ticket(ticket, to=fewer, by=cast.hanna.actor, at=near, why="agreed")
    deliver_due(at=near)
    sla.sweep(monday + timedelta(days=9))
    assert Escalation.objects.get(promise="resolution").state == "ended"
    assert Clock.objects.get(about_id=ticket.pk, promise="resolution").state == "cancelled"


def test_it_takes_no_receipt_of_ours_for_the_first_answer(cast: Cast, monday: datetime) -> None:
    """b10, frappe/frappe PR#32328: the robot's mail counted as the first answer. b11.6."""
    ticket = cast.write(cast.clara, monday, channel="email")
    deliver_due(at=monday)
    assert OutgoingLetter.objects.filter(ticket=ticket).exists()
    assert Clock.objects.get(about_id=ticket.pk).state == "running"


def test_it_never_takes_nearly_all_for_all(cast: Cast, monday: datetime) -> None:
    """b11.9: 99.9999 % of a target is not the target, whatever a rounded percent would say; nor does a second more undo it."""
    whole = {"zone": "UTC", "week": "24x7"}
    calendar = make_calendar(slug="whole", name="Whole", terms=whole, by=SYSTEM, at=monday)
    for number, seconds in enumerate((1_000_000, 999_999)):
        start_clock(
            promise="review", about=("review", number), target_seconds=seconds, calendar_version=calendar,
            by=SYSTEM, at=monday,
        )  # fmt: skip
    sla.sweep(monday + timedelta(seconds=1_000_000))
    assert list(Clock.objects.filter(promise="review").order_by("pk").values_list("state", flat=True)) == [
        "running",
        "missed",
    ]


def test_it_lets_no_holiday_of_a_newer_library_into_hours_that_were_laid_down(cast: Cast, monday: datetime) -> None:
    """b10, zammad/zammad#390: a feed brought holidays nobody expected, and promises moved."""
    feed = {"zone": "Europe/Moscow", "week": OFFICE["week"], "holidays": "RU"}
    made = make_calendar(slug="feed", name="Feed", terms=feed, by=SYSTEM, at=monday)
    laid = made.terms["holidays"]["days"]
    assert "2026-11-04" in laid
    assert queries.calendar_of(made).official.keys() == {datetime.fromisoformat(day).date() for day in laid}
