"""History in words: one thin line per event. Events that the words themselves already show are left out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from opora.desk.channels.email.events import SETTLED
from opora.desk.dispatch import events as dispatch_events
from opora.desk.incidents import events as incident_events
from opora.desk.incidents.rules import in_language
from opora.desk.tickets import definitions, events
from opora.desk.tickets.reading import Happened
from opora.desk.vendors import events as vendor_events

NOT_TOLD = frozenset({events.CUSTOMER_WROTE, events.NOTED, SETTLED})
ICONS = {
    events.ASSIGNED: "user-check",
    events.CAUSE_NAMED: "certificate",
    events.CLOSED: "circle-x",
    events.LINKED: "link",
    events.MERGED: "git-merge",
    events.MOVED: "circle-dot",
    events.OBJECTED: "flag-3",
    events.OBJECTION_DECIDED: "flag-3",
    events.OPENED: "plus",
    events.PLACED: "route",
    events.OUTAGE_REPORTED: "alert-triangle",
    events.PARTICIPANT_ADDED: "user-plus",
    events.PARTICIPANT_REMOVED: "user-off",
    events.PRIORITY_CHANGED: "flag-3",
    events.REOPENED: "refresh",
    events.RESOLVED: "circle-check",
    events.SPLIT: "arrows-split",
    events.TAGGED: "tag",
    vendor_events.ANSWERED: "truck",
    vendor_events.ASKED: "truck",
    vendor_events.CLOSED: "truck",
    vendor_events.NUMBERED: "truck",
    vendor_events.SILENT: "truck",
    dispatch_events.ESCALATED: "bell-ringing",
    dispatch_events.ESCALATION_ACKNOWLEDGED: "user-check",
    dispatch_events.ESCALATION_EXHAUSTED: "bell-ringing",
    incident_events.JOINED: "speakerphone",
    incident_events.LEFT: "speakerphone",
    incident_events.LETTER_OWED: "mail",
    incident_events.LETTER_PROPOSED: "mail",
    incident_events.LETTER_RETURNED: "mail",
    incident_events.LETTER_SENT: "mail",
    incident_events.SUGGESTED: "affiliate",
    "sla.clock_kept": "clock-check",
    "sla.clock_missed": "clock-x",
    "sla.clock_warned": "clock-exclamation",
}
SUBJECTLESS = frozenset({events.OUTAGE_REPORTED, vendor_events.ANSWERED, vendor_events.NUMBERED})
TONES = {
    events.OBJECTED: "soon",
    events.OUTAGE_REPORTED: "late",
    vendor_events.SILENT: "late",
    incident_events.SUGGESTED: "soon",
    "sla.clock_missed": "late",
    "sla.clock_warned": "soon",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One event as a line: who did what, and why."""

    key: str
    at: datetime
    icon: str
    who: str
    what: str
    why: str
    tone: str = ""
    leads_to: tuple[str, str] = ("", "")


def tell(event: Happened) -> Told | None:
    """The event as a line, or None when nobody needs to read it."""
    saying = SAYINGS.get(event.name)
    what = saying(event.facts) if saying else ""
    if not what:
        return None
    clock = event.name.startswith("sla.")
    silent = clock or event.name in SUBJECTLESS
    who = event.actor_name if event.actor_kind != "system" and not silent else ""
    if event.name == events.ASSIGNED and event.actor_kind == "staff" and event.actor_id == event.facts.get("new"):
        what = _("took it")
    tone = TONES.get(event.name, "")
    icon = ICONS.get(event.name, "circle-dot")
    return Told(f"e{event.number}", event.at, icon, who, what, event.why, tone, _way_on(event))


def _way_on(event: Happened) -> tuple[str, str]:
    """(address, words) of the page where something is to be decided or done about the event."""
    if event.name == events.OBJECTED:
        return reverse("console:objections"), _("to the objection")
    if event.name.startswith("incidents.letter"):
        return reverse("console:root_cause", args=[event.facts["letter"]]), _("to the letter")
    if event.name.startswith("incidents.") and "incident" in event.facts:
        return reverse("console:incident", args=[event.facts["incident"]]), _("to the incident")
    if event.name.startswith("vendors."):
        return reverse("console:vendor_case", args=[event.facts["case"]]), _("to the case")
    return "", ""


def _assigned(facts: dict[str, Any]) -> str:
    name = str(facts.get("name", ""))
    return _("gave it to %(name)s") % {"name": name} if name else _("put it back to the line")


def _moved(facts: dict[str, Any]) -> str:
    new = str(facts.get("new", ""))
    if new in ("closed", "merged", "resolved"):
        return ""
    return _("state: %(new)s") % {"new": definitions.STATES.get(new, new)}


def _placed(facts: dict[str, Any]) -> str:
    line, name = str(facts.get("line", "")), str(facts.get("name", ""))
    if name:
        return _("Given to %(name)s in %(line)s by the rule") % {"name": name, "line": line}
    return _("Put into %(line)s by the rule") % {"line": line}


def _priority(facts: dict[str, Any]) -> str:
    old, new = (definitions.PRIORITIES.get(str(facts.get(side, "")), ("",))[0] for side in ("old", "new"))
    return _("priority: %(old)s → %(new)s") % {"old": old, "new": new}


def _objection_decided(facts: dict[str, Any]) -> str:
    if facts.get("outcome") == "returned":
        return _("gave the customer’s priority back")
    return _("upheld the changed priority")


def _tagged(facts: dict[str, Any]) -> str:
    field, old, new = facts.get("field"), facts.get("old"), facts.get("new")
    if field == "subject":
        return _("subject: “%(old)s” → “%(new)s”") % {"old": old, "new": new}
    if field == "kind":
        old, new = (definitions.KINDS.get(str(side), (side,))[0] for side in (old, new))
        return _("kind: %(old)s → %(new)s") % {"old": old, "new": new}
    return _("tags: %(tags)s") % {"tags": ", ".join(new or []) or "—"}


def _linked(facts: dict[str, Any]) -> str:
    other = f"T-{facts.get('other')}"
    if not facts.get("kind"):
        return _("unlinked %(other)s") % {"other": other}
    return _("linked %(other)s (%(kind)s)") % {"other": other, "kind": link_words(str(facts["kind"]))}


def _merged(facts: dict[str, Any]) -> str:
    if facts.get("into"):
        return _("merged into T-%(number)s") % {"number": facts["into"]}
    return _("took T-%(number)s in") % {"number": facts.get("merged")}


def _split(facts: dict[str, Any]) -> str:
    if facts.get("into"):
        return _("split off T-%(number)s") % {"number": facts["into"]}
    return _("split off from T-%(number)s") % {"number": facts.get("out_of")}


def _title(facts: dict[str, Any]) -> str:
    return in_language(get_language() or "en", str(facts.get("title", "")), str(facts.get("title_ru", "")))


def _vendor_asked(facts: dict[str, Any]) -> str:
    if facts.get("chase"):
        return _("%(vendor)s was asked again") % facts
    return _("wrote to %(vendor)s") % facts


def _cause_named(facts: dict[str, Any]) -> str:
    cause = str(facts.get("cause", ""))
    return _("named the cause: %(cause)s") % {"cause": definitions.CAUSES.get(cause, cause)}


def _resolved(facts: dict[str, Any]) -> str:
    cause = str(facts.get("cause") or "")
    if not cause:
        return _("resolved it")
    return _("resolved it; cause: %(cause)s") % {"cause": definitions.CAUSES.get(cause, cause)}


def link_words(kind: str) -> str:
    """The kind of a link in words."""
    return {"duplicate": _("duplicate"), "related": _("related"), "parent": _("parent")}.get(kind, kind)


def _escalated(facts: dict[str, Any]) -> str:
    names = ", ".join(str(name) for name in facts.get("names", ())) or "—"
    return _("Escalation “%(policy)s” told %(names)s") % {"policy": facts.get("policy", ""), "names": names}


SAYINGS: dict[str, Callable[[dict[str, Any]], str]] = {
    events.ASSIGNED: _assigned,
    events.CAUSE_NAMED: _cause_named,
    events.CLOSED: lambda _facts: _("closed it"),
    events.LINKED: _linked,
    events.MERGED: _merged,
    events.MOVED: _moved,
    events.OBJECTED: lambda _facts: _("objects to the changed priority"),
    events.OBJECTION_DECIDED: _objection_decided,
    events.OUTAGE_REPORTED: lambda _facts: _("A total outage: everybody who must know was told"),
    events.OPENED: lambda facts: (
        _("opened it (%(channel)s)")
        % {"channel": definitions.CHANNELS.get(str(facts.get("channel", "")), facts.get("channel", ""))}
    ),
    events.PARTICIPANT_ADDED: lambda facts: _("put %(name)s in copy") % {"name": facts.get("name", "")},
    events.PARTICIPANT_REMOVED: lambda facts: _("took %(name)s out of copy") % {"name": facts.get("name", "")},
    events.PLACED: _placed,
    events.PRIORITY_CHANGED: _priority,
    events.REOPENED: lambda _facts: _("opened it again"),
    events.RESOLVED: _resolved,
    events.SPLIT: _split,
    events.TAGGED: _tagged,
    vendor_events.ANSWERED: lambda facts: _("%(vendor)s answered") % facts,
    vendor_events.ASKED: _vendor_asked,
    vendor_events.CLOSED: lambda facts: _("settled the case at %(vendor)s") % facts,
    vendor_events.NUMBERED: lambda facts: _("%(vendor)s calls it %(number)s") % facts,
    vendor_events.SILENT: lambda facts: _("%(vendor)s stays silent, however often we asked") % facts,
    dispatch_events.ESCALATED: _escalated,
    dispatch_events.ESCALATION_ACKNOWLEDGED: lambda _facts: _("has it"),
    dispatch_events.ESCALATION_EXHAUSTED: lambda facts: (
        _("Escalation “%(policy)s” told everybody; nobody has it") % {"policy": facts.get("policy", "")}
    ),
    incident_events.JOINED: lambda facts: _("brought it into the incident “%(title)s”") % {"title": _title(facts)},
    incident_events.LEFT: lambda facts: _("took it out of the incident “%(title)s”") % {"title": _title(facts)},
    incident_events.LETTER_OWED: lambda _facts: _("The customer is owed a root-cause letter"),
    incident_events.LETTER_PROPOSED: lambda _facts: _("asks for approval of the root-cause letter"),
    incident_events.LETTER_RETURNED: lambda _facts: _("sent the root-cause letter back"),
    incident_events.LETTER_SENT: lambda _facts: _("approved the root-cause letter"),
    incident_events.SUGGESTED: lambda facts: (
        _("We know: it looks like the incident “%(title)s”") % {"title": _title(facts)}
    ),
    "sla.clock_kept": lambda _facts: _("The promise was kept"),
    "sla.clock_missed": lambda _facts: _("The promise was missed"),
    "sla.clock_warned": lambda _facts: _("The promise runs out soon"),
}
