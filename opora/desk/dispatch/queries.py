"""The queues: which tickets stand in them, a page at a time, and how many there are.

A page is found by row comparison on (moment, id), never by OFFSET; counts stop at a cap instead of counting all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from opora.desk.dispatch.models import Notice
from opora.desk.dispatch.rules import DUE_SOON_HOURS, Filters
from opora.desk.kernel.asking import Part, together
from opora.desk.people.models import Staff
from opora.desk.people.queries import team_ids_of
from opora.desk.tickets import search, states
from opora.desk.tickets.models import Handoff, Ticket
from opora.desk.tickets.policies import visible_to
from opora.desk.tickets.queries import newest_for_staff

COUNT_CAP = 1000
PAGE = 50


class Row(NamedTuple):
    """A ticket as it stands in a queue: what is shown there and nothing else. Whole tickets cost four times as much."""

    pk: int
    subject: str
    state: str
    priority: str
    tags: tuple[str, ...]
    due_at: datetime | None
    changed_at: datetime
    requester: str
    organisation: str | None
    assignee: str | None
    line: str | None
    ways: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """How people name it: T-1042."""
        return f"T-{self.pk}"


_SHOWN = ("pk", "subject", "state", "priority", "tags", "due_at", "changed_at")
_NAMES = ("requester__name", "organisation__name", "assignee__name", "line__name")
_WAYS = ArraySubquery(Handoff.objects.filter(ticket=OuterRef("pk")).exclude(kind="close").order_by("pk").values("kind"))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a queue and the mark from which the next page goes on (None on the last)."""

    rows: list[Row]
    next_mark: str | None


def queue(
    staff: Staff, name: str, *, at: datetime, filters: Filters | None = None, mark: str = "", limit: int = PAGE
) -> Page:
    """A page of the queue as this colleague sees it: the due queue by the earliest promise, others by last change."""
    rows = _narrow(_members(staff, name, at), filters or Filters())
    by_due = name == "due"
    rows = _after(rows, mark, by_due).order_by(*(("due_at", "id") if by_due else ("-changed_at", "-id")))
    found = _read(rows[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, _mark_of(found[-1], by_due) if more else None)


def queue_again(
    staff: Staff, name: str, numbers: list[int], *, at: datetime, filters: Filters | None = None
) -> list[Row]:
    """Those of the tickets that stand in the queue now, as this colleague sees it; in no promised order."""
    rows = _narrow(_members(staff, name, at), filters or Filters()).filter(pk__in=numbers)
    return _read(rows)


def found(staff: Staff, words: str, *, limit: int = PAGE, mark: str = "") -> Page:
    """The newest tickets that hold the words, notes included, whatever their state; `mark` asks for those after a page."""
    before = int(mark) if mark.isascii() and mark.isdecimal() and len(mark) < 19 else None
    numbers = newest_for_staff(staff, words, limit + 1, before)
    rows = sorted(_read(Ticket.objects.filter(pk__in=numbers[:limit])), key=lambda row: -row.pk)
    return Page(rows, str(numbers[limit - 1]) if len(numbers) > limit else None)


def _read(rows: QuerySet[Ticket]) -> list[Row]:
    shown = rows.annotate(ways=_WAYS).values_list(*_SHOWN, *_NAMES, "ways")
    return [Row._make((*v[:4], tuple(v[4]), *v[5:-1], tuple(v[-1]))) for v in shown]


def _members(staff: Staff, name: str, at: datetime) -> QuerySet[Ticket]:
    rows = visible_to(staff)
    if name == "ended":
        return rows.filter(state__in=[states.RESOLVED, states.CLOSED, states.MERGED])
    rows = rows.filter(state__in=sorted(states.LIVE))
    if name == "mine":
        return rows.filter(assignee=staff)
    if name == "line":
        return rows.filter(line__in=team_ids_of(staff))
    if name == "unassigned":
        return rows.filter(assignee__isnull=True)
    if name == "due":
        return rows.filter(due_at__lte=_soon(at))
    if name == "waiting":
        return rows.filter(state__in=sorted(states.WAITING))
    return rows


def _narrow(rows: QuerySet[Ticket], filters: Filters) -> QuerySet[Ticket]:
    names = {"plan": "contract_version__contract__plan"}
    for name, value in filters.choices.items():
        rows = rows.filter(**{names.get(name, name): value})
    for name, number in filters.numbers.items():
        rows = rows.filter(**{f"{name}_id": number})
    if filters.tag:
        rows = rows.filter(tags__contains=[filters.tag])
    if filters.words:
        rows = rows.filter(pk__in=search.matching(filters.words, notes=True).values("pk"))
    return rows


def _after(rows: QuerySet[Ticket], mark: str, by_due: bool) -> QuerySet[Ticket]:
    moment, _, key = mark.partition("~")
    try:
        at, last = datetime.fromisoformat(moment), int(key)
    except ValueError:
        return rows
    if at.tzinfo is None:
        return rows
    if by_due:
        return rows.filter(TupleGreaterThan(Tuple(F("due_at"), F("id")), (at, last)))
    return rows.filter(TupleLessThan(Tuple(F("changed_at"), F("id")), (at, last)))


def _mark_of(ticket: Row, by_due: bool) -> str:
    moment = ticket.due_at if by_due else ticket.changed_at
    return f"{moment.isoformat() if moment else ''}~{ticket.pk}"


class Count(NamedTuple):
    """How many live tickets stand in a queue; COUNT_CAP means "that many or more"."""

    queue: str
    number: int


class Membership(NamedTuple):
    """A team of the colleague's."""

    team: int


class View(NamedTuple):
    """A saved view, the colleague's own or one that another shares."""

    pk: int
    staff: int
    name: str
    queue: str
    filters: dict[str, Any]


_LIVE = "state in ('new', 'open', 'waiting_confirmation', 'waiting_customer', 'waiting_vendor')"
_TEAMS = "select team_id as team from people_membership where staff_id = %(staff)s"
_CONDITIONS = {
    "mine": f"{_LIVE} and assignee_id = %(staff)s",
    "line": f"{_LIVE} and line_id = any(array({_TEAMS}))",
    "unassigned": f"{_LIVE} and assignee_id is null",
    "due": f"{_LIVE} and due_at <= %(soon)s",
    "waiting": "state in ('waiting_confirmation', 'waiting_customer', 'waiting_vendor')",
    "all": _LIVE,
}
_COUNT = """select '{queue}' as queue, count(*) as number from
    (select 1 from tickets_ticket where {condition} limit {cap}) as capped"""
COUNTS = Part(
    Count,
    " union all ".join(
        _COUNT.format(queue=queue, condition=condition, cap=COUNT_CAP) for queue, condition in _CONDITIONS.items()
    ),
)
TEAMS = Part(Membership, f"{_TEAMS} order by team_id")
VIEWS = Part(
    View,
    """
    select id as pk, staff_id as staff, name, queue, filters from dispatch_savedview
    where staff_id = %(staff)s or shared order by name, id""",
)


@dataclass(frozen=True, slots=True)
class Rail:
    """What stands beside a queue: the counts by queue, the colleague's teams and saved views."""

    counts: dict[str, int]
    teams: list[int]
    views: list[View]


def rail(staff: Staff, *, at: datetime) -> Rail:
    """The colleague's rail, in one statement."""
    found = together(COUNTS, TEAMS, VIEWS, staff=staff.pk, soon=_soon(at))
    return Rail({row.queue: row.number for row in found[COUNTS]}, [row.team for row in found[TEAMS]], found[VIEWS])


def counts(staff: Staff, *, at: datetime) -> dict[str, int]:
    """How many live tickets stand in each queue, in one statement; COUNT_CAP means "that many or more"."""
    found = together(COUNTS, staff=staff.pk, soon=_soon(at))[COUNTS]
    return {row.queue: row.number for row in found}


def views_of(staff: Staff) -> list[View]:
    """The colleague's own saved views and those that others share."""
    return together(VIEWS, staff=staff.pk)[VIEWS]


def _soon(at: datetime) -> datetime:
    return at + timedelta(hours=DUE_SOON_HOURS)


def unread_notices(staff: Staff, *, at: datetime, limit: int = 50) -> list[Notice]:
    """What the colleague has not read yet, newest first; what waits for their next working hours is not there yet."""
    rows = Notice.objects.filter(staff=staff, read_at__isnull=True, at__lte=at)
    return list(rows.select_related("ticket").order_by("-pk")[:limit])
