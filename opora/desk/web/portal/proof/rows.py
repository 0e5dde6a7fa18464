"""One row per promise that began in the period: what was promised, what became of it, and why, in the owner's words.

Only promises to the customer: what lines and vendors promise among us is nobody else's business.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from opora.desk.customers.models import Organisation
from opora.desk.incidents.models import RootCauseLetter
from opora.desk.sla import rules as sla
from opora.desk.sla import states
from opora.desk.sla.models import Clock, Turn
from opora.desk.sla.queries import calendar_of
from opora.desk.sla.rules.reasons import WORDS
from opora.desk.sla.words import say_length
from opora.desk.tickets import definitions
from opora.desk.tickets.models import Objection, Ticket
from opora.desk.web.portal import plain

MOST = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """A promise. `counted` and `late` are working seconds; `ended` is when it was answered, if it was."""

    number: int
    mark: str
    subject: str
    requester: str
    priority: str
    opened: datetime
    promise: str
    target: int
    calendar: str
    started: datetime
    due: datetime
    ended: datetime | None
    state: str
    outcome: str
    counted: int
    late: int
    why: str


@dataclass(frozen=True, slots=True)
class Sum:
    """How one kind of promise came out: how many were kept and missed, and how many are still open or were taken back."""

    promise: str
    kept: int
    missed: int
    others: int

    @property
    def share(self) -> int | None:
        """Kept ones in a hundred that were decided, rounded down; None when none was."""
        decided = self.kept + self.missed
        return self.kept * 100 // decided if decided else None


@dataclass(frozen=True, slots=True)
class Proof:
    """All rows of a period, in the order the promises began; `cut` when there are more than are read."""

    rows: Sequence[Row]
    sums: Sequence[Sum]
    cut: bool


def proof(organisation: Organisation, since: datetime, until: datetime, *, at: datetime) -> Proof:
    """Every promise to this customer that began in [since, until), as it stands at `at`."""
    clocks = _clocks(organisation, since, until)
    turns = _turns(clocks)
    tickets = _tickets(clocks)
    rows = [_row(clock, tickets[_key(clock)], turns[clock.pk], at) for clock in clocks[:MOST]]
    return Proof(rows, _sums(rows), cut=len(clocks) > MOST)


def _clocks(organisation: Organisation, since: datetime, until: datetime) -> list[Clock]:
    ours = Ticket.objects.filter(organisation=organisation).values("pk")
    objections = Objection.objects.filter(ticket__organisation=organisation).values("pk")
    letters = RootCauseLetter.objects.filter(ticket__organisation=organisation).values("pk")
    about = Q(about_kind="ticket", about_id__in=ours) | Q(about_kind="objection", about_id__in=objections)
    about |= Q(about_kind="root_cause", about_id__in=letters)
    rows = Clock.objects.filter(
        about, promise__in=plain.TO_CUSTOMERS, started_at__gte=since, started_at__lt=until
    ).select_related("calendar_version__calendar")
    return list(rows.order_by("started_at", "pk")[: MOST + 1])


def _turns(clocks: Iterable[Clock]) -> dict[int, list[sla.Turn]]:
    found: dict[int, list[sla.Turn]] = defaultdict(list)
    rows = Turn.objects.filter(clock__in=[clock.pk for clock in clocks]).order_by("pk")
    for clock, at, counts, why in rows.values_list("clock_id", "at", "counts", "why"):
        found[clock].append(sla.Turn(at, counts, why))
    return found


def _tickets(clocks: Iterable[Clock]) -> dict[tuple[str, int], Ticket]:
    """The ticket of each clock, by what the clock is about."""
    about = {_key(clock) for clock in clocks}
    numbers = {(kind, number): number for kind, number in about if kind == "ticket"}
    for thing, model in (("objection", Objection), ("root_cause", RootCauseLetter)):
        named = model.objects.filter(pk__in=[number for kind, number in about if kind == thing])
        numbers |= {(thing, number): ticket for number, ticket in named.values_list("pk", "ticket_id")}
    rows = Ticket.objects.select_related("requester").in_bulk(set(numbers.values()))
    return {key: rows[number] for key, number in numbers.items()}


def _key(clock: Clock) -> tuple[str, int]:
    return clock.about_kind, clock.about_id


def _row(clock: Clock, ticket: Ticket, turns: list[sla.Turn], at: datetime) -> Row:
    turns = turns or [sla.Turn(clock.started_at)]
    calendar = calendar_of(clock.calendar_version)
    ended = clock.stopped_at or clock.cancelled_at
    counted = sla.worked_seconds(calendar, turns, max(ended or at, clock.started_at))
    late = max(0, counted - clock.target_seconds) if clock.state == states.MISSED else 0
    return Row(
        number=ticket.pk,
        mark=ticket.mark,
        subject=ticket.subject,
        requester=ticket.requester.name,
        priority=str(definitions.PRIORITIES[ticket.priority][0]),
        opened=ticket.opened_at,
        promise=str(clock.get_promise_display()),
        target=clock.target_seconds,
        calendar=str(clock.calendar_version.calendar),
        started=clock.started_at,
        due=clock.due_at,
        ended=clock.stopped_at,
        state=clock.state,
        outcome=str(clock.get_state_display()),
        counted=counted,
        late=late,
        why=_why(clock, ticket, turns, late, at),
    )


def _why(clock: Clock, ticket: Ticket, turns: list[sla.Turn], late: int, at: datetime) -> str:
    """The outcome's reasons in one line: how it was answered, how late, which time was not counted, which cause was named."""
    parts = [_came_out(clock, late)]
    parts += [
        _("Not counted: %(why)s, %(from)s – %(until)s.") % {"why": why, "from": start, "until": end}
        for why, start, end in _held(turns, clock.stopped_at or clock.cancelled_at or at)
    ]
    if ticket.cause and clock.state == states.MISSED:
        cause = str(definitions.CAUSES.get(ticket.cause, ticket.cause))
        parts.append(_("Cause of the outage: %(cause)s.") % {"cause": ticket.cause_words or cause})
    return " ".join(parts)


def _came_out(clock: Clock, late: int) -> str:
    if clock.state == states.KEPT:
        return _("Answered in time.")
    if clock.state == states.CANCELLED:
        return _("Taken back before it was due: nobody waited for it any more.")
    if clock.state == states.MISSED and clock.stopped_at:
        return _("Answered %(length)s of working time too late.") % {"length": say_length(late)}
    if clock.state == states.MISSED:
        return _("Not answered yet, %(length)s of working time too late.") % {"length": say_length(late)}
    return _("Still open.")


def _held(turns: list[sla.Turn], end: datetime) -> list[tuple[str, str, str]]:
    """The stretches in which time did not count, with their reason, until the promise ended."""
    found = []
    for stretch in sla.stretches(turns):
        closes = min(stretch.end or end, end)
        if not stretch.counts and stretch.start < closes:
            why = _(WORDS.get(stretch.why, stretch.why))
            found.append((why, plain.say_moment(stretch.start), plain.say_moment(closes)))
    return found


def _sums(rows: Sequence[Row]) -> list[Sum]:
    counted: dict[str, Counter[str]] = {}
    for row in rows:
        counted.setdefault(row.promise, Counter())[row.state] += 1
    return [
        Sum(promise, states_of[states.KEPT], states_of[states.MISSED], states_of.total() - _decided(states_of))
        for promise, states_of in counted.items()
    ]


def _decided(states_of: Counter[str]) -> int:
    return states_of[states.KEPT] + states_of[states.MISSED]
