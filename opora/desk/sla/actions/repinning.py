"""Putting many clocks under other terms at once, as `repin_clock` puts each, in a few statements: for thousands of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from opora.desk.kernel.actions import Actor, Happening, announce_all
from opora.desk.kernel.errors import Clash
from opora.desk.sla import events, rules, states
from opora.desk.sla.actions.judging import facts_of
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
    happenings = [Happening(one.clock.about, at, _becomes(one), why=why) for one in planned]
    _write([_row(one, at) for one in planned], by, at, why)
    announce_all(events.CLOCK_REPINNED, happenings, by=by)


def _becomes(one: Planned) -> dict[str, object]:
    """Bring the one in hand up to what is written; return the facts of the event, the old terms among them."""
    clock = one.clock
    old: dict[str, object] = {
        "old_target": clock.target_seconds,
        "old_due": clock.due_at.isoformat(),
        "old_calendar_version": clock.calendar_version_id,
    }
    clock.calendar_version, clock.target_seconds = one.calendar_version, one.terms.target_seconds
    clock.due_at = one.laid.due_at
    return facts_of(clock) | old


def _row(one: Planned, at: datetime) -> dict[str, object]:
    warn_at, terms, standing = one.laid.warn_at, one.terms, one.standing
    warned_at = one.clock.warned_at if warn_at is not None and warn_at <= at else None
    watch = (warn_at if warned_at is None else None) or broken_from(one.laid.due_at)
    return {
        "clock": one.clock.pk,
        "version": one.calendar_version.pk,
        "target": terms.target_seconds,
        "share": terms.warn_share,
        "before": terms.warn_before,
        "warn": _said(warn_at),
        "due": _said(one.laid.due_at),
        "warned": _said(warned_at),
        "next": None if one.clock.state == states.PAUSED else _said(watch),
        "at": _said(max(at, standing.at)),
        "counts": standing.counts,
        "why": "" if standing.counts else standing.why[:200],
    }


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _write(rows: Sequence[Mapping[str, object]], by: Actor, at: datetime, why: str) -> None:
    values: dict[str, str | int | datetime] = {
        "rows": json.dumps(rows),
        "act": Turn.Act.REPINNED.value,
        "words": why,
        "now": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values | {"kind": by.kind, "id": by.id, "name": by.name})
        if cursor.rowcount != len(rows):
            raise Clash("A promise changed while its row was held.")


# The clock and the line of its ledger together, as one document: see `announce_all`.
_WRITE = """
    WITH new AS (
        SELECT * FROM json_to_recordset(%(rows)s) AS (clock bigint, version bigint, target int, share smallint, before int,
            warn timestamptz, due timestamptz, warned timestamptz, next timestamptz, at timestamptz, counts bool, why text)
    ), changed AS (
        UPDATE sla_clock SET calendar_version_id = new.version, target_seconds = new.target, warn_share = new.share,
               warn_before = new.before, warn_at = new.warn, due_at = new.due, warned_at = new.warned,
               next_deadline_at = new.next
        FROM new WHERE sla_clock.id = new.clock AND sla_clock.state IN ('running', 'paused')
        RETURNING new.*
    )
    INSERT INTO sla_turn (clock_id, at, act, counts, why, words, calendar_version_id, target_seconds, actor_kind, actor_id,
        actor_name, written_at)
    SELECT clock, at, %(act)s, counts, why, %(words)s, version, target, %(kind)s, %(id)s, %(name)s, %(now)s FROM changed
    """
