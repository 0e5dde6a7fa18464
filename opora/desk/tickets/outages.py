"""What total outages there were, by what causes, and what each contract owes for them. Reads only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from opora.desk.customers.rules import Credit, credit_owed, read_credit
from opora.desk.people.models import Staff
from opora.desk.sla.models import Clock
from opora.desk.sla.states import MISSED
from opora.desk.tickets import rules, states
from opora.desk.tickets.models import CauseFinding, Ticket
from opora.desk.tickets.policies import visible_to

PROMISED = ("first_reply", "next_update", "resolution")
"""The customer's own promises about a ticket; those between ourselves owe the customer nothing."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A total outage that has ended: how long, why, and what is owed."""

    ticket: Ticket
    finding: CauseFinding | None
    lasted: timedelta
    credit: Credit

    @property
    def began(self) -> datetime:
        """When it was reported."""
        return self.ticket.opened_at


@dataclass(frozen=True, slots=True)
class ByCause:
    """All outages of one cause together; what is owed by currency, in its smallest unit."""

    cause: str
    count: int
    lasted: timedelta
    missed: int
    owed: dict[str, int]


def outages_between(staff: Staff, start: datetime, end: datetime) -> list[Outage]:
    """The total outages that ended in the period, as the colleague may see them, the newest first. Three statements."""
    rows = visible_to(staff).filter(kind="incident", priority="high", resolved_at__gte=start, resolved_at__lt=end)
    rows = rows.filter(state__in=[states.RESOLVED, states.CLOSED]).exclude(cause="")
    tickets = list(rows.select_related("organisation", "contract_version", "service").order_by("-resolved_at", "-pk"))
    keys = [ticket.pk for ticket in tickets]
    findings = CauseFinding.objects.filter(ticket__in=keys).select_related("licence__system", "vendor", "found_by")
    newest = {finding.ticket_id: finding for finding in findings.order_by("pk")}
    missed = missed_promises(keys)
    return [_outage(ticket, newest.get(ticket.pk), missed[ticket.pk]) for ticket in tickets]


def outage_of(ticket: Ticket) -> Outage:
    """This outage as the report counts it, up to its end or, while it lasts, to its last change."""
    finding = CauseFinding.objects.select_related("licence__system", "vendor").filter(ticket=ticket).last()
    return _outage(ticket, finding, missed_promises([ticket.pk])[ticket.pk])


def missed_promises(numbers: Sequence[int]) -> Counter[int]:
    """How many promises to the customer each of the tickets has missed."""
    rows = Clock.objects.filter(about_kind="ticket", about_id__in=numbers, state=MISSED, promise__in=PROMISED)
    return Counter(rows.values_list("about_id", flat=True))


def by_cause(outages: Sequence[Outage]) -> list[ByCause]:
    """The outages summed up, one line a cause, in the order of the list of causes."""
    return [_sum(cause, [one for one in outages if one.ticket.cause == cause]) for cause in rules.CAUSES]


def _outage(ticket: Ticket, finding: CauseFinding | None, missed: int) -> Outage:
    lasted = (ticket.resolved_at or ticket.changed_at) - ticket.opened_at
    terms = read_credit(ticket.contract_version.credit) if ticket.contract_version else None
    seconds = int(lasted.total_seconds())
    return Outage(
        ticket, finding, lasted, credit_owed(terms, missed=missed, outage_seconds=seconds, cause=ticket.cause)
    )


def _sum(cause: str, outages: Sequence[Outage]) -> ByCause:
    owed: Counter[str] = Counter()
    for one in outages:
        if one.credit.amount:
            owed[one.credit.currency] += one.credit.amount
    lasted = sum((one.lasted for one in outages), timedelta())
    return ByCause(cause, len(outages), lasted, sum(one.credit.missed for one in outages), dict(owed))
