"""Who of a line has what, and what burns: the board of a shift lead, and moving work on it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.dispatch import routing
from opora.desk.dispatch.rules import DUE_SOON_HOURS
from opora.desk.kernel.errors import Clash, Refused
from opora.desk.people.models import Membership, Staff, Team
from opora.desk.people.queries import on_duty, reachable_ids
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import states
from opora.desk.tickets.models import Ticket

MOST_CARDS = 25
MOST_ON_BOARD = 2_000


@dataclass(frozen=True, slots=True)
class Card:
    """A live ticket on the board. `burns`: its promise ends within four hours, or has."""

    pk: int
    mark: str
    subject: str
    customer: str
    state: str
    state_word: str
    priority: str
    priority_word: str
    due_at: datetime | None
    burns: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """A colleague's work, or what is nobody's yet (`person` 0). `more` stand below those that are shown."""

    person: int
    name: str
    on_shift: bool = True
    on_duty: bool = False
    load: int = 0
    waiting: int = 0
    burning: int = 0
    more: int = 0
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Board:
    """The lanes of a line, nobody's first, then those on shift; and the figures above them."""

    lanes: list[Lane]
    open: int
    nobodys: int
    burning: int
    late: int


def board(team: Team, *, at: datetime) -> Board:
    """The line as it stands now. Whoever has a ticket of the line has a lane, in the line or not."""
    rows = Ticket.objects.filter(line=team, state__in=sorted(states.LIVE)).select_related("organisation", "requester")
    by_person: dict[int, list[Ticket]] = defaultdict(list)
    for row in rows.order_by("due_at", "opened_at", "pk")[:MOST_ON_BOARD]:
        by_person[row.assignee_id or 0].append(row)
    members = set(Membership.objects.filter(team=team).values_list("staff_id", flat=True))
    people = dict(
        Staff.objects.filter(pk__in=members | by_person.keys(), active=True).order_by("name").values_list("pk", "name")
    )
    shift = reachable_ids(sorted(people), at=at)
    duty = {one.staff.pk for one in on_duty(team, at=at)}
    lanes = [_lane(pk, name, pk in shift, pk in duty, by_person[pk], at) for pk, name in people.items()]
    lanes.sort(key=lambda lane: (not lane.on_duty, not lane.on_shift, lane.name))
    nobodys = _lane(0, "", on_shift=True, duty=False, rows=by_person[0], at=at)
    every = [nobodys, *lanes]
    return Board(
        lanes=every,
        open=sum(map(len, by_person.values())),
        nobodys=len(by_person[0]),
        burning=sum(lane.burning for lane in every),
        late=sum(row.due_at is not None and row.due_at < at for found in by_person.values() for row in found),
    )


@transaction.atomic
def move_work(ticket: Ticket, *, to: Staff | None, by: Staff, at: datetime) -> None:
    """Give the ticket to this colleague, or back to the line. Raises Refused as assigning does."""
    if to is None:
        tickets.release(ticket, by=by, at=at)
    else:
        tickets.assign(ticket, to=to, by=by, at=at)


def share_out(team: Team, *, by: Staff, at: datetime) -> tuple[int, int]:
    """Give everything of the line that is nobody's to whom the rules choose; returns how many found somebody, of how many.

    Raises Refused when there are no rules. A ticket that somebody took meanwhile is left with them.
    """
    if routing.book_in_force() is None:
        raise Refused("dispatch.no_rules", _("No rule of routing is written yet."))
    rows = Ticket.objects.filter(line=team, assignee=None, state__in=sorted(states.WITH_US))
    nobodys = list(
        rows.select_related("line", "service", "contract_version__contract").order_by("due_at", "opened_at", "pk")[:200]
    )
    given = 0
    for ticket in nobodys:
        try:
            with transaction.atomic():
                placement = routing.place_by_rules(ticket, at=at, stays_with=team, by=by.actor)
        except Clash:
            continue
        given += placement is not None and placement.person_id is not None
    return given, len(nobodys)


def _lane(person: int, name: str, on_shift: bool, duty: bool, rows: list[Ticket], at: datetime) -> Lane:
    soon = at + timedelta(hours=DUE_SOON_HOURS)
    working = [row for row in rows if row.state in states.WITH_US]
    return Lane(
        person=person,
        name=name,
        on_shift=on_shift,
        on_duty=duty,
        load=len(working),
        waiting=len(rows) - len(working),
        burning=sum(row.due_at is not None and row.due_at <= soon for row in rows),
        more=max(0, len(rows) - MOST_CARDS),
        cards=[_card(row, at, soon) for row in rows[:MOST_CARDS]],
    )


def _card(row: Ticket, at: datetime, soon: datetime) -> Card:
    return Card(
        pk=row.pk,
        mark=row.mark,
        subject=row.subject,
        customer=row.organisation.name if row.organisation else row.requester.name,
        state=row.state,
        state_word=row.get_state_display(),
        priority=row.priority,
        priority_word=row.get_priority_display(),
        due_at=row.due_at,
        burns=row.due_at is not None and row.due_at <= soon,
        late=row.due_at is not None and row.due_at < at,
    )
