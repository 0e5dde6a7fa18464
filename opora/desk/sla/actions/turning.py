"""Writing the ledger: one line per turn of a clock, in order of time, never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from opora.desk.kernel.actions import Actor
from opora.desk.sla import rules
from opora.desk.sla.models import Clock, Turn


def begin_ledgers(
    wound_up: Sequence[tuple[Clock, Sequence[rules.Turn]]], *, by: Mapping[tuple[str, int], Actor], at: datetime | None
) -> None:
    """Write the first lines of clocks just started; without `at` each was written down at its own start."""
    Turn.objects.bulk_create(
        line(clock, _act(number, row), row, by[clock.about], row.at if at is None else at)
        for clock, rows in wound_up
        for number, row in enumerate(rows)
    )


def turn(
    clock: Clock, act: str, *, counts: bool, by: Actor, at: datetime, now: datetime, why: str = "", words: str = ""
) -> rules.Turn:
    """Write the next line; one that came earlier than the last is put right after it, so that time never runs back."""
    row = rules.Turn(max(at, last_turn(clock).at), counts, why)
    line(clock, act, row, by, now, words).save(force_insert=True)
    return row


def last_turn(clock: Clock) -> rules.Turn:
    """Return the line that stands now."""
    return _plain(Turn.objects.filter(clock=clock).order_by("-pk")[:1].get())


def _act(number: int, row: rules.Turn) -> str:
    if number == 0:
        return Turn.Act.STARTED
    return Turn.Act.RESUMED if row.counts else Turn.Act.PAUSED


def line(clock: Clock, act: str, row: rules.Turn, by: Actor, written_at: datetime, words: str = "") -> Turn:
    """Return a line of the clock's ledger, not written yet."""
    return Turn(
        clock=clock,
        at=row.at,
        act=act,
        counts=row.counts,
        why="" if row.counts else row.why[:200],
        words=words,
        calendar_version_id=clock.calendar_version_id,
        target_seconds=clock.target_seconds,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        written_at=written_at,
    )


def _plain(row: Turn) -> rules.Turn:
    return rules.Turn(row.at, row.counts, row.why)
