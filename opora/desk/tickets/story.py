"""A ticket told as a replay file (docs/sla.md): what happened to it, under which terms. `opora sla replay` says what follows.

So the customer's auditor can reckon every promise again without the desk. No words of anybody stand in it.
"""

from datetime import datetime
from itertools import accumulate, islice
from typing import Any

from opora.desk.customers.models import ContractVersion
from opora.desk.kernel.models import Event
from opora.desk.sla.rules.course import COURSE, What
from opora.desk.tickets import promises
from opora.desk.tickets.models import Ticket


def story_of(ticket: Ticket, *, until: datetime) -> dict[str, Any] | None:
    """Return the ticket's story as JSON holds it, up to `until`; None for a ticket to which nothing was promised."""
    changes = promises.happenings(ticket)
    repinned = [event for what, event in changes if what is What.REPINNED]
    first = ContractVersion.objects.get(pk=repinned[0].facts["old"]) if repinned else ticket.contract_version
    if first is None:
        return None
    opened = {
        "at": ticket.opened_at.isoformat(),
        "what": What.OPENED.value,
        "priority": promises.first_priority(ticket, changes),
        "channel": ticket.channel,
    }
    moments = accumulate((event.at for _what, event in changes), max, initial=ticket.opened_at)
    told = [
        _told(what, event, at)
        for (what, event), at in zip(changes, islice(moments, 1, None), strict=True)
        if at <= until
    ]
    return {**_terms(first), "events": [opened, *told], "until": until.isoformat()}


def _told(what: What, event: Event, at: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {"at": at.isoformat(), "what": what.value}
    if what is What.PRIORITY_CHANGED:
        told["priority"] = event.facts["new"]
    if what is What.REPINNED:
        told |= _terms(ContractVersion.objects.get(pk=event.facts["new"]))
    return told


def _terms(version: ContractVersion) -> dict[str, Any]:
    return {
        "calendar": version.calendar_version.terms,
        "targets": {promise: lengths for promise, lengths in version.targets.items() if promise in COURSE},
        "pauses": version.pauses,
    }
