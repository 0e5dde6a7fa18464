"""The page "why this moment?" as values: what was promised, each step in words, and how it came out."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opora.desk.sla import states, words
from opora.desk.sla.models import Clock, Turn
from opora.desk.sla.rules import Calendar, Step, worked_seconds
from opora.desk.sla.rules import Turn as Held
from opora.desk.sla.rules.explaining import explain_ledger

TURNS_SHOWN = 20
"""Lines of the ledger at its beginning and at its end that a page shows."""


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
    rows: list[Turn]

    def as_facts(self) -> dict[str, Any]:
        """Return everything for JSON; each step with its sentence, the ledger whole."""
        return {
            "opening": self.opening,
            "changes": self.changes,
            "steps": [{**line.step.as_facts(), "sentence": line.sentence} for line in self.lines],
            "closing": self.closing,
            "ledger": [_as_facts(row) for row in self.rows],
        }


def explain_promise(clock: Clock, calendar: Calendar, *, until: datetime | None, zone: str | None) -> Explanation:
    """Return why the clock's moments are what they are; see `queries.explain_clock`."""
    shown: tzinfo = ZoneInfo(zone) if zone else calendar.tz
    rows = list(Turn.objects.filter(clock=clock).order_by("pk"))
    plain = [Held(row.at, row.counts, row.why) for row in rows]
    if not clock.is_open and len(plain) > 1:
        plain.pop()
    end = until or (clock.due_at if plain[-1].counts else max(plain[-1].at, clock.stopped_at or plain[-1].at))
    steps = explain_ledger(calendar, plain, max(end, clock.started_at), due=clock.due_at)
    who = {row.at: row.actor_name for row in rows if row.act == Turn.Act.PAUSED}
    lines = [Line(step, _when(step, shown), _what(step, who)) for step in steps]
    return Explanation(
        _opening(clock, calendar, shown),
        _changes(rows, shown),
        lines,
        _closing(clock, calendar, plain, shown),
        _turn_lines(rows, shown),
        rows,
    )


def _when(step: Step, shown: tzinfo) -> str:
    if step.start == step.end:
        return _("since %(moment)s") % {"moment": words.say_moment(step.start, shown)}
    return words.say_span(step.start, step.end, shown)


def _what(step: Step, who: dict[datetime, str]) -> str:
    said = words.say_step(step)
    return f"{said} ({who[step.start]})" if step.held and step.start in who else said


def _turn_lines(rows: list[Turn], shown: tzinfo) -> list[TurnLine]:
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


def _turn_line(row: Turn, shown: tzinfo) -> TurnLine:
    act = str(row.get_act_display())
    held = row.act == Turn.Act.PAUSED or (row.act == Turn.Act.STARTED and not row.counts)
    what = f"{act}: {words.say_reason(row.why)}" if held else act
    return TurnLine(words.say_moment(row.at, shown), what, row.actor_name, row.words)


def _as_facts(row: Turn) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(),
        "act": row.act,
        "counts": row.counts,
        "why": row.why,
        "words": row.words,
        "by": row.actor_name,
        "calendar_version": row.calendar_version_id,
        "target": row.target_seconds,
        "written": row.written_at.isoformat(),
    }


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


def _changes(rows: list[Turn], shown: tzinfo) -> list[str]:
    """What was changed on the way, and by whom: each target beside the one before it, other terms, taken up again."""
    said = []
    for before, row in pairwise(rows):
        if row.act not in _CHANGES:
            continue
        facts = {
            "moment": words.say_moment(row.written_at, shown),
            "old": words.say_length(before.target_seconds),
            "new": words.say_length(row.target_seconds),
            "who": row.actor_name,
            "why": row.words,
        }
        if row.act == Turn.Act.RETARGETED:
            said.append(_("%(moment)s: the target was changed from %(old)s to %(new)s by %(who)s. %(why)s") % facts)
        elif row.act == Turn.Act.REPINNED:
            said.append(_("%(moment)s: put under other terms by %(who)s: %(new)s instead of %(old)s. %(why)s") % facts)
        elif row.act == Turn.Act.REOPENED:
            said.append(_("%(moment)s: taken up again by %(who)s. %(why)s") % facts)
    return [line.rstrip() for line in said]


def _closing(clock: Clock, calendar: Calendar, plain: list[Held], shown: tzinfo) -> str:
    facts = {"due": words.say_moment(clock.due_at, shown)}
    if clock.state == states.PAUSED:
        left = clock.target_seconds - worked_seconds(calendar, plain, plain[-1].at)
        return _("On hold: %(why)s. When it goes on, %(left)s of working time are left.") % {
            "why": words.say_reason(plain[-1].why),
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
