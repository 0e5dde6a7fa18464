"""Warnings reach those who can still act: nobody is woken who is not on duty (desks.md b10, notices at midnight)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from opora.desk.dispatch.models import Notice
from opora.desk.kernel.jobs import deliver_due
from opora.desk.people import actions as people
from opora.desk.sla import jobs as sla
from opora.desk.sla.actions import make_calendar, start_clock
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 9, 14, 23, 0, tzinfo=UTC)  # two o'clock in Moscow


def told(cast: Cast, at: datetime) -> set[str]:
    """Whom a warning told that came at this moment, about a ticket that Boris has in the second line."""
    always = {"zone": "UTC", "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ["00:00-24:00"])}
    ticket = cast.write(cast.sam, at - timedelta(hours=1))
    ticket.line, ticket.assignee = cast.second, cast.oleg
    ticket.save(update_fields=["line", "assignee"])
    start_clock(
        promise="next_update", about=("ticket", ticket.pk), target_seconds=7200, warn_share=50, by=cast.oleg.actor,
        calendar_version=make_calendar(slug="always", name="Always", terms=always, by=cast.oleg.actor, at=at),
        at=at - timedelta(hours=1),
    )  # fmt: skip
    sla.sweep(at)
    deliver_due(at=at)
    rows = Notice.objects.filter(ticket=ticket, kind=Notice.Kind.DUE_SOON)
    return set(rows.values_list("staff__name", flat=True))


def test_it_wakes_nobody_at_night(cast: Cast) -> None:
    """zammad/zammad#4432, #2157."""
    assert told(cast, NIGHT) == set()


def test_it_tells_whoever_has_it_and_the_lead_by_day(cast: Cast) -> None:
    assert told(cast, NIGHT + timedelta(hours=10)) == {"Oleg Stern", "Boris Orlov"}


def test_it_tells_whoever_is_on_duty_at_night(cast: Cast) -> None:
    at = NIGHT - timedelta(days=2)
    people.join_team(cast.hanna, cast.second, by=cast.hanna.actor, at=at)
    people.plan_rotation(
        team=cast.second, name="Duty", zone="UTC", starts_on=date(2026, 9, 1), handoff=0, turn_hours=672,
        people=[cast.hanna], by=cast.hanna, at=at,
    )  # fmt: skip
    assert told(cast, NIGHT) == {"Hanna Weiss"}
