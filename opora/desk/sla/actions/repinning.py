"""Putting many clocks under other terms at once, as `repin_clock` puts each, in a few statements: for thousands of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from opora.desk.kernel.actions import Actor, Happening, announce_all
from opora.desk.kernel.errors import Clash
from opora.desk.sla import events, rules, states
from opora.desk.sla.actions.judging import facts_of
from opora.desk.sla.actions.turning import line
from opora.desk.sla.models import CalendarVersion, Clock, Turn
from opora.desk.sla.queries import calendar_of
from opora.desk.sla.rules import Layout, Terms, broken_from, lay_out_ledger


@dataclass(frozen=True, slots=True)
class Planned:
    """A clock, the turn that stands, and what it becomes."""

    clock: Clock
    standing: rules.Turn
    terms: Terms
    calendar_version: CalendarVersion
    laid: Layout


def plan_repin(
    clock: Clock, ledger: Sequence[rules.Turn], terms: Terms, version: CalendarVersion, at: datetime
) -> Planned | None:
    """Return what the clock becomes, or None when it breaks by the change, or is broken: then it must be judged singly."""
    laid = lay_out_ledger(calendar_of(version), terms, ledger)
    if clock.state == states.RUNNING and at >= min(broken_from(clock.due_at), laid.broken_from or broken_from(at)):
        return None
    if clock.state == states.PAUSED and laid.broken_from is not None:
        return None
    return Planned(clock, ledger[-1], terms, version, laid)


def repin_clocks(planned: Sequence[Planned], *, by: Actor, at: datetime, why: str) -> None:
    """Write what was planned; the clocks' rows must be held. Raises Clash when one of them changed all the same."""
    if not planned:
        return
    before = [
        {
            "old_target": one.clock.target_seconds,
            "old_due": one.clock.due_at.isoformat(),
            "old_calendar_version": one.clock.calendar_version_id,
        }
        for one in planned
    ]
    _write([_row(one, at) for one in planned])
    for one in planned:
        one.clock.calendar_version, one.clock.target_seconds = one.calendar_version, one.terms.target_seconds
        one.clock.due_at = one.laid.due_at
    Turn.objects.bulk_create(
        line(
            one.clock,
            Turn.Act.REPINNED,
            rules.Turn(max(at, one.standing.at), one.standing.counts, one.standing.why),
            by,
            at,
            why,
        )
        for one in planned
    )
    happenings = [
        Happening(one.clock.about, at, facts_of(one.clock) | old, why=why)
        for one, old in zip(planned, before, strict=True)
    ]
    announce_all(events.CLOCK_REPINNED, happenings, by=by)


def _row(one: Planned, at: datetime) -> tuple[object, ...]:
    warn_at, terms = one.laid.warn_at, one.terms
    warned_at = one.clock.warned_at if warn_at is not None and warn_at <= at else None
    watch = (warn_at if warned_at is None else None) or broken_from(one.laid.due_at)
    return (
        one.clock.pk,
        one.calendar_version.pk,
        terms.target_seconds,
        terms.warn_share,
        terms.warn_before,
        warn_at,
        one.laid.due_at,
        warned_at,
        None if one.clock.state == states.PAUSED else watch,
    )


def _write(rows: Sequence[tuple[object, ...]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE sla_clock SET calendar_version_id = new.version, target_seconds = new.target, warn_share = new.share,
                   warn_before = new.before, warn_at = new.warn, due_at = new.due, warned_at = new.warned,
                   next_deadline_at = new.next
            FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::smallint[], %s::int[], %s::timestamptz[], %s::timestamptz[],
                        %s::timestamptz[], %s::timestamptz[])
                 AS new (id, version, target, share, before, warn, due, warned, next)
            WHERE sla_clock.id = new.id AND sla_clock.state IN ('running', 'paused')
            """,
            columns,
        )
        if cursor.rowcount != len(rows):
            raise Clash("A promise changed while its row was held.")
