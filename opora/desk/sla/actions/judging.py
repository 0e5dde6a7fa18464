"""What every verb on a clock needs: holding its row, judging it missed, telling of it."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from opora.desk.kernel.actions import SYSTEM, Actor, announce
from opora.desk.kernel.moves import move
from opora.desk.sla import events, states
from opora.desk.sla.models import Clock
from opora.desk.sla.rules import broken_from


def lock(clock: Clock) -> None:
    """Hold the clock's row until the transaction ends, and bring the one in hand up to date."""
    clock.refresh_from_db(from_queryset=Clock.objects.select_for_update(of=("self",)))


def judge_until(clock: Clock, at: datetime, *, by_change: bool = False) -> None:
    """Miss a running clock whose due second has ended by the moment; one on hold cannot break."""
    if clock.state == states.RUNNING and at >= broken_from(clock.due_at):
        miss(clock, by_change=by_change)


def miss(clock: Clock, *, by_change: bool = False) -> None:
    """Judge a clock missed, at its due moment whenever that is noticed."""
    move(clock, to=states.MISSED, table=states.MOVES, missed_at=clock.due_at, next_deadline_at=None)
    facts: dict[str, object] = {"by_change": True} if by_change else {}
    tell(clock, events.CLOCK_MISSED, by=SYSTEM, at=clock.due_at, facts=facts)


def tell(
    clock: Clock,
    name: str,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    facts: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Announce something of the clock, with the facts every clock event carries and some of its own."""
    announce(name, subject=clock.about, by=by, at=at, why=why, **facts_of(clock), **facts)


def facts_of(clock: Clock) -> dict[str, object]:
    """Return the facts every event of this clock carries."""
    facts: dict[str, object] = {
        "clock": clock.pk,
        "promise": clock.promise,
        "about_kind": clock.about_kind,
        "about_id": clock.about_id,
        "target": clock.target_seconds,
        "started": clock.started_at.isoformat(),
        "due": clock.due_at.isoformat(),
        "calendar_version": clock.calendar_version_id,
    }
    if clock.stopped_at is not None:
        facts["stopped"] = clock.stopped_at.isoformat()
    return facts
