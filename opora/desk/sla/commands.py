"""`opora sla add`, `between` and `replay`: working-time arithmetic from the command line, without a database.

Each function takes what was typed and returns what to print, as text and as facts; all that is wrong with what was typed is
raised at once as `Faulty`, a line per fault.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from opora.desk.sla.rules import (
    Calendar,
    Fault,
    Faulty,
    NoWorkingTime,
    OutOfReach,
    add_work,
    read_duration,
    work_between,
    write_duration,
)
from opora.desk.sla.rules.official import YEARS_AHEAD, read_and_freeze
from opora.desk.sla.rules.reading import place
from opora.desk.sla.rules.reading_replay import Story, read_story
from opora.desk.sla.rules.replaying import replay as replay_story

Answer = tuple[str, dict[str, Any]]


def add(calendar: str, start: str, work: str) -> Answer:
    """Return the moment by which `work` has been done since `start`, in the calendar's zone; raise `Faulty`."""
    faults: list[Fault] = []
    begun = _gather(faults, lambda: _read_moment("--start", start))
    seconds = _gather(faults, lambda: read_duration(work, where="--work"))
    hours = _gather(faults, lambda: _read_file(calendar, begun))
    if begun is None or seconds is None or hours is None:
        raise Faulty(faults)
    begun = place(begun, hours)
    due = _reckon(lambda: add_work(hours, begun, seconds)).astimezone(hours.tz).isoformat()
    return due, {"moment": due, "start": begun.isoformat(), "work_seconds": seconds, "zone": hours.zone}


def between(calendar: str, a: str, b: str) -> Answer:
    """Return the working seconds from `a` until `b`; raise `Faulty`."""
    faults: list[Fault] = []
    begun = _gather(faults, lambda: _read_moment("the first moment", a))
    ended = _gather(faults, lambda: _read_moment("the second moment", b))
    hours = _gather(faults, lambda: _read_file(calendar, begun, ended))
    if begun is None or ended is None or hours is None:
        raise Faulty(faults)
    begun, ended = place(begun, hours), place(ended, hours)
    if ended < begun:
        raise Faulty([Fault("the second moment", "stands before the first")])
    seconds = _reckon(lambda: work_between(hours, begun, ended))
    facts = {"working_seconds": seconds, "written": write_duration(seconds), "zone": hours.zone}
    return str(seconds), {**facts, "from": begun.isoformat(), "to": ended.isoformat()}


def replay(name: str) -> Answer:
    """Return the clocks of a request after its events, as the file tells them; raise `Faulty`."""
    written = _read_text("FILE", name)
    story = _at("FILE", lambda: read_story(written))
    facts = _reckon(lambda: _facts(story))
    lines = [line for clock in facts for line in _lines(clock)] or ["nothing is promised: no target fits this request"]
    return "\n".join(lines), {"clocks": facts}


def _facts(story: Story) -> list[dict[str, Any]]:
    clocks = replay_story(story.calendar, story.agreement, story.events, story.until)
    return [clock.as_facts(story.until) for clock in clocks]


def _lines(clock: dict[str, Any]) -> list[str]:
    ended = f", ended {clock['stopped']}" if clock["stopped"] else ""
    counted = write_duration(clock["working_seconds"])
    return [
        f"{clock['promise']}: {clock['state']}, started {clock['started']}, due {clock['due']}{ended}, {counted} counted",
        *(
            f"  {one['from']} - {one['to']}  {'counted' if one['counts'] else 'not counted'}: {one['why']}"
            for one in clock["intervals"]
        ),
    ]


def _read_text(where: str, name: str) -> str:
    try:
        return (sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise Faulty([Fault(where, "cannot read %(name)s: %(why)s", {"name": name, "why": why})]) from None


def _read_file(name: str, *moments: datetime | None) -> Calendar:
    years = [moment.year for moment in moments if moment] or [2000]
    written = _read_text("--calendar", name)
    span = max(min(years) - 1, 1), min(max(years) + YEARS_AHEAD, 9999)
    return _at("--calendar", lambda: read_and_freeze(written, *span)[0])


def _at[Value](place: str, read: Callable[[], Value]) -> Value:
    """What is read; a fault of the whole says where it stands."""
    try:
        return read()
    except Faulty as faulty:
        raise Faulty([Fault(fault.where or place, fault.text, fault.facts) for fault in faulty.faults]) from None


def _read_moment(where: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        wrong = "“%(text)s” is not a moment in ISO 8601; write 2026-09-14T08:00+02:00"
        raise Faulty([Fault(where, wrong, {"text": text[:40]})]) from None


def _gather[Value](faults: list[Fault], read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except Faulty as faulty:
        faults.extend(faulty.faults)
        return None


def _reckon[Value](reckon: Callable[[], Value]) -> Value:
    try:
        return reckon()
    except (NoWorkingTime, OutOfReach) as trouble:
        raise Faulty([Fault("", trouble.text, trouble.facts)]) from None
