"""The page "why this moment?" as values: what was promised, each step in words, and how it came out."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from opora.desk.sla import states, words
from opora.desk.sla.models import Clock
from opora.desk.sla.rules import Calendar, Step, explain


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
class Explanation:
    """`opening` says what was promised, `lines` how the time was counted, `closing` how it came out."""

    opening: str
    lines: list[Line]
    closing: str

    def as_facts(self) -> dict[str, Any]:
        """Return everything for JSON; each step with its sentence."""
        return {
            "opening": self.opening,
            "steps": [{**line.step.as_facts(), "sentence": line.sentence} for line in self.lines],
            "closing": self.closing,
        }


def explain_promise(clock: Clock, calendar: Calendar, *, until: datetime | None, zone: str | None) -> Explanation:
    """Return why the clock's moments are what they are; see `queries.explain_clock`."""
    shown: tzinfo = ZoneInfo(zone) if zone else calendar.tz
    steps = explain(calendar, clock.started_at, until or clock.due_at, due=clock.due_at)
    lines = [Line(step, words.say_span(step.start, step.end, shown), words.say_step(step)) for step in steps]
    return Explanation(_opening(clock, calendar, shown), lines, _closing(clock, shown))


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


def _closing(clock: Clock, shown: tzinfo) -> str:
    facts = {"due": words.say_moment(clock.due_at, shown)}
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
