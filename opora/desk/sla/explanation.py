"""The page "why this moment?" as values: what was promised, each step in words, and how it came out."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opora.desk.sla import states, words
from opora.desk.sla.models import Clock, Turn
from opora.desk.sla.rules import Calendar, Step
from opora.desk.sla.rules.explaining import explain_lines
from opora.desk.sla.rules.ledger import Line as LedgerLine
from opora.desk.sla.rules.ledger import counted_micros
from opora.desk.sla.rules.timeline import MICRO, to_datetime, to_micros

_ACTS = dict(Turn.Act.choices)
TURNS_SHOWN = 20
"""Lines of the ledger at its beginning and at its end that a page shows."""


class LedgerRow(NamedTuple):
    """One line of a ledger as it was written, moments in UTC microseconds: a long ledger is read as columns, for a model of
    each line would cost more than the whole reckoning."""

    at: int
    act: str
    counts: bool
    why: str
    words: str
    by: str
    calendar_version: int
    target: int
    written: int

    def as_facts(self) -> dict[str, Any]:
        """Return the line for JSON, moments in ISO 8601 (UTC)."""
        return {
            "at": to_datetime(self.at).isoformat(),
            "act": self.act,
            "counts": self.counts,
            "why": self.why,
            "words": self.words,
            "by": self.by,
            "calendar_version": self.calendar_version,
            "target": self.target,
            "written": to_datetime(self.written).isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One step with its words: `when` (days and hours in the reader's zone) and `what` (counted or why not)."""

    step: Step
    when: str
    what: str

    @property
    def sentence(self) -> str:
        return f"{self.when}: {self.what}."


@dataclass(frozen=True, slots=True)
class TurnLine:
    """One line of the ledger with its words: `when`, `what` happened to the time, `by` whom, and what they wrote."""

    when: str
    what: str
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`opening` says what was promised, `changes` how the target was changed on the way and by whom, `lines` how the time
    was counted, `closing` how it came out, `turns` the lines of the ledger all this is derived from (of very many only the
    first and the last, for a page), `rows` the whole ledger."""

    opening: str
    changes: list[str]
    lines: list[Line]
    closing: str
    turns: list[TurnLine]
    rows: list[LedgerRow]

    def as_facts(self) -> dict[str, Any]:
        """Return everything for JSON; each step with its sentence, the ledger whole."""
        return {
            "opening": self.opening,
            "changes": self.changes,
            "steps": [{**line.step.as_facts(), "sentence": line.sentence} for line in self.lines],
            "closing": self.closing,
            "ledger": [row.as_facts() for row in self.rows],
        }


def explain_promise(clock: Clock, calendar: Calendar, *, until: datetime | None, zone: str | None) -> Explanation:
    """Return why the clock's moments are what they are; see `queries.explain_clock`."""
    shown: tzinfo = ZoneInfo(zone) if zone else calendar.tz
    rows = _ledger(clock)
    plain = [(row.at, row.counts, row.why) for row in rows]
    if not clock.is_open and len(plain) > 1:
        plain.pop()
    since, counts, _why = plain[-1]
    last = to_datetime(since)
    end = until or (clock.due_at if counts else max(last, clock.stopped_at or last))
    steps = explain_lines(calendar, plain, max(end, clock.started_at), due=clock.due_at)
    who = {row.at: row.by for row in rows if row.act == Turn.Act.PAUSED}
    lines = [Line(step, _when(step, shown), _what(step, who)) for step in steps]
    return Explanation(
        _opening(clock, calendar, shown),
        _changes(rows, shown),
        lines,
        _closing(clock, calendar, plain, shown),
        _turn_lines(rows, shown),
        rows,
    )


def _ledger(clock: Clock) -> list[LedgerRow]:
    with connection.cursor() as cursor:
        cursor.execute(_LEDGER, [clock.pk])
        columns = cursor.fetchone()
    return [LedgerRow(*row) for row in zip(*columns, strict=True)]


_LEDGER = """
    SELECT array_agg((extract(epoch from at) * 1000000)::bigint), array_agg(act::text), array_agg(counts), array_agg(why::text),
           array_agg(words), array_agg(actor_name::text), array_agg(calendar_version_id), array_agg(target_seconds),
           array_agg((extract(epoch from written_at) * 1000000)::bigint)
    FROM (SELECT * FROM sla_turn WHERE clock_id = %s ORDER BY id) AS line
    """


def _when(step: Step, shown: tzinfo) -> str:
    if step.start == step.end:
        return _("since %(moment)s") % {"moment": words.say_moment(step.start, shown)}
    return words.say_span(step.start, step.end, shown)


def _what(step: Step, who: dict[int, str]) -> str:
    said = words.say_step(step)
    name = who.get(to_micros(step.start)) if step.held else None
    return f"{said} ({name})" if name else said


def _turn_lines(rows: list[LedgerRow], shown: tzinfo) -> list[TurnLine]:
    left_out = len(rows) - 2 * TURNS_SHOWN
    if left_out <= 1:
        return [_turn_line(row, shown) for row in rows]
    more = ngettext("%(count)s line more", "%(count)s lines more", left_out) % {"count": left_out}
    first, last = rows[:TURNS_SHOWN], rows[-TURNS_SHOWN:]
    return [
        *(_turn_line(row, shown) for row in first),
        TurnLine("…", more, "", ""),
        *(_turn_line(row, shown) for row in last),
    ]


def _turn_line(row: LedgerRow, shown: tzinfo) -> TurnLine:
    act = str(_ACTS[row.act])
    held = row.act == Turn.Act.PAUSED or (row.act == Turn.Act.STARTED and not row.counts)
    what = f"{act}: {words.say_reason(row.why)}" if held else act
    return TurnLine(words.say_moment(to_datetime(row.at), shown), what, row.by, row.words)


def _opening(clock: Clock, calendar: Calendar, shown: tzinfo) -> str:
    return _(
        "%(promise)s within %(length)s of working time by the calendar “%(calendar)s” (%(zone)s), counted from %(start)s."
    ) % {
        "promise": clock.get_promise_display(),
        "length": words.say_length(clock.target_seconds),
        "calendar": clock.calendar_version.calendar,
        "zone": calendar.zone,
        "start": words.say_moment(clock.started_at, shown),
    }


_CHANGES = (Turn.Act.RETARGETED, Turn.Act.REPINNED, Turn.Act.REOPENED)


def _changes(rows: list[LedgerRow], shown: tzinfo) -> list[str]:
    """What was changed on the way, and by whom: each target beside the one before it, other terms, taken up again."""
    said = []
    for before, row in pairwise(rows):
        if row.act not in _CHANGES:
            continue
        facts = {
            "moment": words.say_moment(to_datetime(row.written), shown),
            "old": words.say_length(before.target),
            "new": words.say_length(row.target),
            "who": row.by,
            "why": row.words,
        }
        if row.act == Turn.Act.RETARGETED:
            said.append(_("%(moment)s: the target was changed from %(old)s to %(new)s by %(who)s. %(why)s") % facts)
        elif row.act == Turn.Act.REPINNED:
            said.append(_("%(moment)s: put under other terms by %(who)s: %(new)s instead of %(old)s. %(why)s") % facts)
        elif row.act == Turn.Act.REOPENED:
            said.append(_("%(moment)s: taken up again by %(who)s. %(why)s") % facts)
    return [line.rstrip() for line in said]


def _closing(clock: Clock, calendar: Calendar, plain: list[LedgerLine], shown: tzinfo) -> str:
    facts = {"due": words.say_moment(clock.due_at, shown)}
    if clock.state == states.PAUSED:
        left = clock.target_seconds - counted_micros(calendar, plain, plain[-1][0]) // MICRO
        return _("On hold: %(why)s. When it goes on, %(left)s of working time are left.") % {
            "why": words.say_reason(plain[-1][2]),
            "left": words.say_length(max(left, 0)),
        }
    if clock.stopped_at is not None:
        facts["stopped"] = words.say_moment(clock.stopped_at, shown)
    if clock.state == states.KEPT:
        return _("Due by %(due)s, answered %(stopped)s: kept.") % facts
    if clock.state == states.CANCELLED:
        return _("Due by %(due)s; cancelled before that, nobody waits for it any more.") % facts
    if clock.state == states.MISSED and clock.stopped_at is not None:
        return _("Due by %(due)s, answered %(stopped)s: missed.") % facts
    if clock.state == states.MISSED:
        return _("Due by %(due)s and not answered by then: missed.") % facts
    return _("So it is due by %(due)s.") % facts
