"""Reading a replay file (docs/sla.md), and saying every fault in one clear line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.course import COURSE, Agreement, What
from opora.desk.sla.rules.faults import Fault, Faulty, gettext_noop
from opora.desk.sla.rules.official import YEARS_AHEAD, read_and_freeze
from opora.desk.sla.rules.reading import load_json, place
from opora.desk.sla.rules.replaying import Happened
from opora.desk.sla.rules.targets import PRIORITIES, read_pauses, read_promises

KEYS = ("calendar", "targets", "pauses", "events", "until")
NEEDED = ("calendar", "targets", "events", "until")


@dataclass(frozen=True, slots=True)
class Story:
    """What a replay file says."""

    calendar: Calendar
    agreement: Agreement
    events: list[Happened]
    until: datetime


def read_story(written: object) -> Story:
    """Return the story; raise `Faulty` with a line per fault. Takes JSON text, or what it holds."""
    faults: list[Fault] = []
    story = load_json(written, faults) if isinstance(written, str | bytes) else written
    if not isinstance(story, Mapping):
        raise Faulty(
            [*faults, Fault("", gettext_noop("a replay is an object with %(keys)s"), {"keys": ", ".join(KEYS)})]
        )
    for key in story:
        if key not in KEYS:
            unknown = {"key": str(key), "known": ", ".join(KEYS)}
            faults.append(Fault("", gettext_noop("“%(key)s” is not part of a replay; known are %(known)s"), unknown))
    faults.extend(Fault(key, gettext_noop("is missing")) for key in NEEDED if key not in story)
    years = _years(story)
    calendar = _calendar("calendar", story["calendar"], years, faults) if "calendar" in story else None
    by = calendar or Calendar("UTC", ((),) * 7)  # only so that the moments can be read and their faults told
    agreement = _agreement("", story, faults)
    events = _events(story.get("events", []), by, agreement, years, faults) if "events" in story else []
    until = _moment("until", story["until"], by, faults) if "until" in story else None
    if until and events and until < events[-1].at and not faults:
        faults.append(Fault("until", gettext_noop("stands before the last event")))
    if faults or calendar is None or until is None:
        raise Faulty(faults)
    return Story(calendar, agreement, events, until)


def _agreement(where: str, written: Mapping[str, Any], faults: list[Fault]) -> Agreement:
    targets = read_promises(f"{where}targets", written.get("targets", {}), faults, COURSE)
    return Agreement(targets, read_pauses(f"{where}pauses", written.get("pauses", {}), faults))


def _calendar(where: str, written: object, years: tuple[int, int], faults: list[Fault]) -> Calendar | None:
    try:
        return read_and_freeze(written, *years)[0]
    except Faulty as faulty:
        found = faulty.faults
    faults.extend(Fault(f"{where}.{fault.where}" if fault.where else where, fault.text, fault.facts) for fault in found)
    return None


def _events(
    written: object, calendar: Calendar, agreement: Agreement, years: tuple[int, int], faults: list[Fault]
) -> list[Happened]:
    if not isinstance(written, list) or not written:
        faults.append(Fault("events", gettext_noop("write a list of events, the first of them “opened”")))
        return []
    events = [
        _event(f"events[{number}]", event, calendar, agreement, years, faults) for number, event in enumerate(written)
    ]
    for number, (earlier, later) in enumerate(pairwise(events), start=1):
        if earlier and later and later.at < earlier.at:
            faults.append(Fault(f"events[{number}]", gettext_noop("stands before the event above it")))
        if later and later.what is What.OPENED:
            faults.append(Fault(f"events[{number}]", gettext_noop("a request is opened once")))
    if events[0] and events[0].what is not What.OPENED:
        faults.append(Fault("events[0]", gettext_noop("the first event must be “opened”")))
    return [event for event in events if event]


def _event(
    where: str,
    written: object,
    calendar: Calendar,
    agreement: Agreement,
    years: tuple[int, int],
    faults: list[Fault],
) -> Happened | None:
    if not isinstance(written, Mapping):
        faults.append(Fault(where, gettext_noop("write an object with “at” and “what”")))
        return None
    at = _moment(f"{where}.at", written.get("at"), calendar, faults)
    what = next((known for known in What if known.value == written.get("what")), None)
    if what is None:
        facts = {"name": str(written.get("what", ""))[:40], "known": ", ".join(What)}
        faults.append(Fault(f"{where}.what", gettext_noop("“%(name)s” is no event; known are %(known)s"), facts))
    priority = ""
    if what in (What.OPENED, What.PRIORITY_CHANGED):
        priority = _priority(f"{where}.priority", written.get("priority", written.get("to")), faults)
    channel = written.get("channel", "")
    if not isinstance(channel, str):
        faults.append(Fault(f"{where}.channel", gettext_noop("write a word such as email or phone")))
    if at is None or what is None:
        return None
    terms = None
    if what in (What.CONTRACT_CHANGED, What.REPINNED) and ("targets" in written or "pauses" in written):
        read = _agreement(f"{where}.", written, faults)
        terms = Agreement(
            read.targets if "targets" in written else agreement.targets,
            read.pauses if "pauses" in written else agreement.pauses,
        )
    other = None
    if what in (What.CONTRACT_CHANGED, What.REPINNED) and "calendar" in written:
        other = _calendar(f"{where}.calendar", written["calendar"], years, faults)
    repin = what is What.REPINNED or (what is What.CONTRACT_CHANGED and written.get("repin", False))
    if not isinstance(repin, bool):
        faults.append(Fault(f"{where}.repin", gettext_noop("write true or false")))
    return Happened(at, what, priority, str(channel).lower(), terms, other, repin=repin is True)


def _priority(where: str, written: object, faults: list[Fault]) -> str:
    if written in PRIORITIES:
        return str(written)
    known = {"name": str(written or "")[:40], "known": ", ".join(PRIORITIES)}
    faults.append(Fault(where, gettext_noop("“%(name)s” is not a priority; known are %(known)s"), known))
    return ""


def _moment(where: str, written: object, calendar: Calendar, faults: list[Fault]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written.strip()) if isinstance(written, str) else None
    except ValueError:
        moment = None
    if moment is None:
        wrong = gettext_noop("“%(text)s” is not a moment in ISO 8601; write 2026-09-14T08:00+02:00")
        faults.append(Fault(where, wrong, {"text": str(written if written is not None else "")[:40]}))
        return None
    return place(moment, calendar)


def _years(story: Mapping[str, Any]) -> tuple[int, int]:
    """Return the years for which official holidays are laid down: those the story speaks of, and some more."""
    events = story.get("events")
    said = [event.get("at") for event in events if isinstance(event, Mapping)] if isinstance(events, list) else []
    years = [int(text[:4]) for text in (*said, story.get("until")) if isinstance(text, str) and text[:4].isdecimal()]
    years = [year for year in years if 1 <= year <= 9999] or [2000]
    return max(min(years) - 1, 1), min(max(years) + YEARS_AHEAD, 9999)
