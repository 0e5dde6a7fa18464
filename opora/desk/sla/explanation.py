"""The page "why this moment?" as values: what was promised, each step in words, and how it came out."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from opora.desk.kernel.models import Event
from opora.desk.sla import events, states, words
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
    """`opening` says what was promised, `changes` how the target was changed on the way and by whom, `lines` how the time
    was counted, `closing` how it came out."""

    opening: str
    changes: list[str]
    lines: list[Line]
    closing: str

    def as_facts(self) -> dict[str, Any]:
        """Return everything for JSON; each step with its sentence."""
        return {
            "opening": self.opening,
            "changes": self.changes,
            "steps": [{**line.step.as_facts(), "sentence": line.sentence} for line in self.lines],
            "closing": self.closing,
        }


def explain_promise(clock: Clock, calendar: Calendar, *, until: datetime | None, zone: str | None) -> Explanation:
    """Return why the clock's moments are what they are; see `queries.explain_clock`."""
    shown: tzinfo = ZoneInfo(zone) if zone else calendar.tz
    steps = explain(calendar, clock.started_at, until or clock.due_at, due=clock.due_at)
    lines = [Line(step, words.say_span(step.start, step.end, shown), words.say_step(step)) for step in steps]
    return Explanation(_opening(clock, calendar, shown), _changes(clock, shown), lines, _closing(clock, shown))


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


def _changes(clock: Clock, shown: tzinfo) -> list[str]:
    retargeted = Event.objects.filter(
        subject_kind=clock.about_kind, subject_id=clock.about_id, name=events.CLOCK_RETARGETED, facts__clock=clock.pk
    )
    return [
        _("%(moment)s: the target was changed from %(old)s to %(new)s by %(who)s. %(why)s")
        % {
            "moment": words.say_moment(event.at, shown),
            "old": words.say_length(event.facts["old_target"]),
            "new": words.say_length(event.facts["target"]),
            "who": event.actor_name,
            "why": event.why,
        }
        for event in retargeted.order_by("id")
    ]


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
