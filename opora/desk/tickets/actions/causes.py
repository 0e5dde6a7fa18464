"""Naming what caused it, with evidence (process rule 6). The database holds the same: see `CauseFinding` and the trigger."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Vendor
from opora.desk.customers.models import Licence
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff
from opora.desk.tickets import events, queries, rules, states
from opora.desk.tickets.actions.permitting import permit_work
from opora.desk.tickets.models import CauseFinding, Ticket


@dataclass(frozen=True, slots=True)
class Cause:
    """What caused it, in a sentence, and what shows that; for a licence or a vendor, which."""

    cause: str
    words: str = ""
    evidence: str = ""
    licence: Licence | None = None
    vendor: Vendor | None = None


@transaction.atomic
def name_cause(ticket: Ticket, *, found: Cause, by: Staff, at: datetime) -> CauseFinding:
    """Write the finding down; the newest one holds, the earlier ones stay.

    Raises Refused without evidence, for an undescribed other cause, or for a licence that had not run out.
    """
    permit_work(by)
    if ticket.state in states.ENDED:
        raise Refused("tickets.ended", _("This ticket has ended."))
    check_cause(found)
    if found.cause == rules.LICENCE:
        _check_licence(ticket, found.licence)
    finding = CauseFinding.objects.create(
        ticket=ticket,
        cause=found.cause,
        words=rules.clean_text(found.words),
        evidence=rules.clean_text(found.evidence),
        licence=found.licence if found.cause == rules.LICENCE else None,
        vendor=found.vendor if found.cause == rules.VENDOR else None,
        found_by=by,
        found_at=at,
    )
    compare_and_set(ticket, {"cause": ticket.cause}, cause=found.cause, cause_words=finding.words, changed_at=at)
    announce(
        events.CAUSE_NAMED,
        subject=("ticket", ticket.pk),
        by=by.actor,
        at=at,
        why=finding.words,
        cause=found.cause,
        finding=finding.pk,
    )
    return finding


def evidence_of(ticket: Ticket) -> CauseFinding | None:
    """The finding that holds now."""
    return CauseFinding.objects.filter(ticket=ticket, cause=ticket.cause).order_by("pk").last()


def check_cause(found: Cause) -> None:
    """Raises Refused for a cause that is unknown, undescribed or without evidence, whatever the ticket."""
    if found.cause not in rules.CAUSES:
        raise Refused("tickets.unknown_cause", _("There is no such cause. Choose one of the list."))
    if not found.evidence.strip():
        raise Refused("tickets.evidence_missing", _("Say what shows it: a line of a log, a graph, a letter, a date."))
    if found.cause == rules.OTHER and not found.words.strip():
        raise Refused("tickets.cause_undescribed", _("Describe the other cause in a sentence."))
    if found.cause == rules.VENDOR and found.vendor is None and not found.words.strip():
        raise Refused("tickets.vendor_unnamed", _("Name the vendor, or describe in a sentence who it was."))


def _check_licence(ticket: Ticket, licence: Licence | None) -> None:
    """The date we hold must show it; a date we do not hold is noted first, with the system."""
    if licence is None:
        raise Refused(
            "tickets.licence_unnamed",
            _("Choose the licence. If it is not listed, note its date with the system first."),
        )
    if licence.pk not in {one.number for one in queries.expired_licences(ticket)}:
        raise Refused(
            "tickets.licence_held", _("By the dates we hold, this licence had not run out when the outage began.")
        )
