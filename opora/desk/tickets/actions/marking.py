"""Priority, kind, subject and tags."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff
from opora.desk.tickets import definitions, events, promises, rules, search, states
from opora.desk.tickets.actions.permitting import permit_work
from opora.desk.tickets.models import Ticket


@transaction.atomic
def change_priority(ticket: Ticket, *, to: str, by: Staff, at: datetime, why: str) -> None:
    """Another priority, argued: the customer reads the reason at once (process rule 5).

    Promises count from their original start with the new target. Raises Refused without a reason.
    """
    permit_work(by)
    if to not in definitions.PRIORITIES:
        raise Refused("tickets.unknown_priority", _("There is no such priority."))
    if not why.strip():
        raise Refused("tickets.why_missing", _("Write the reason; the customer will read it."))
    if ticket.state not in states.LIVE:
        raise Refused("tickets.ended", _("This ticket has ended."))
    if ticket.priority == to:
        raise Refused("tickets.same_priority", _("It has this priority already."))
    set_priority(ticket, to=to, by=by.actor, at=at, why=why)


def set_priority(ticket: Ticket, *, to: str, by: Actor, at: datetime, why: str, **facts: object) -> None:
    """Write the priority, carry the promises over and say so; the argument was checked by the caller."""
    old = ticket.priority
    compare_and_set(ticket, {"priority": old}, priority=to, changed_at=at)
    promises.retarget_promises(ticket, by=by, at=at, why=why)
    about = ("ticket", ticket.pk)
    announce(events.PRIORITY_CHANGED, subject=about, by=by, at=at, why=why.strip(), old=old, new=to, **facts)
    tell_of_outage(ticket, by=by, at=at)


def tell_of_outage(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """A total outage stands on the desk: who must hear of it, and how fast, is others' policy."""
    if rules.needs_cause(ticket.kind, ticket.priority):
        announce(events.OUTAGE_REPORTED, subject=("ticket", ticket.pk), by=by, at=at, line=ticket.line_id)


@transaction.atomic
def change_kind(ticket: Ticket, *, to: str, by: Staff, at: datetime) -> None:
    """Incident, request or question after all."""
    permit_work(by)
    if to not in definitions.KINDS:
        raise Refused("tickets.unknown_kind", _("There is no such kind."))
    if ticket.state not in states.LIVE:
        raise Refused("tickets.ended", _("This ticket has ended."))
    old = ticket.kind
    if old != to:
        compare_and_set(ticket, {"kind": old}, kind=to, changed_at=at)
        announce(events.TAGGED, subject=("ticket", ticket.pk), by=by.actor, at=at, field="kind", old=old, new=to)
        tell_of_outage(ticket, by=by.actor, at=at)


@transaction.atomic
def change_subject(ticket: Ticket, *, to: str, by: Staff, at: datetime) -> None:
    """A better name for the matter; the letters keep the old one."""
    permit_work(by)
    old, new = ticket.subject, rules.clean_subject(to)
    if old != new:
        compare_and_set(ticket, {"subject": old}, subject=new, changed_at=at)
        search.rebuild(ticket)
        announce(events.TAGGED, subject=("ticket", ticket.pk), by=by.actor, at=at, field="subject", old=old, new=new)


@transaction.atomic
def tag(ticket: Ticket, *, word: str, by: Actor, at: datetime) -> None:
    """Add a tag. Raises Refused when nothing is left of it after cleaning."""
    clean = rules.clean_tag(word)
    if not clean:
        raise Refused("tickets.empty_tag", _("A tag is a word of letters and digits."))
    if clean not in ticket.tags:
        _write_tags(ticket, [*ticket.tags, clean], by, at)


@transaction.atomic
def untag(ticket: Ticket, *, word: str, by: Actor, at: datetime) -> None:
    """Take a tag off."""
    if word in ticket.tags:
        _write_tags(ticket, [kept for kept in ticket.tags if kept != word], by, at)


def _write_tags(ticket: Ticket, new: list[str], by: Actor, at: datetime) -> None:
    old = list(ticket.tags)
    compare_and_set(ticket, {"tags": old}, tags=new, changed_at=at)
    announce(events.TAGGED, subject=("ticket", ticket.pk), by=by, at=at, field="tags", old=old, new=new)
