"""Putting running tickets under newer terms: the one way a revised contract or calendar reaches what is already promised.

Asked for by somebody, with a reason, and written on every ticket and clock. Singly, or many piece by piece: each piece is a
short transaction, so that the desk stays usable, and what was done stays done when the worker is killed.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from opora.desk.customers.actions import revise_contract
from opora.desk.customers.models import Contract, ContractVersion
from opora.desk.kernel.actions import Actor, Happening, announce, announce_all
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.sla import actions as sla
from opora.desk.sla import states as clock_states
from opora.desk.sla.models import CalendarVersion, Clock, Turn
from opora.desk.sla.rules import Turn as Line
from opora.desk.sla.rules.course import COURSE, Going, Verb, What, decide
from opora.desk.tickets import events, promises, states
from opora.desk.tickets.models import Repin, Repinning, Ticket

RUNNING = sorted(states.LIVE | {states.RESOLVED})
_WANTED = ("state", "priority", "channel", "opened_at", "confirmed_at", "last_staff_at", "contract_version")


@transaction.atomic
def repin_ticket(ticket: Ticket, *, to: ContractVersion, by: Actor, at: datetime, why: str) -> None:
    """Put one ticket under other terms: its clocks are reckoned anew from their original start, pauses carried.

    Raises Refused without a reason, for an ended ticket, and for the terms of somebody else.
    """
    if not why.strip():
        raise Refused("tickets.why_missing", _("Write the reason; it stays with the promises."))
    if ticket.state in states.ENDED:
        raise Refused("tickets.ended", _("This ticket has ended."))
    if to.contract.organisation_id != ticket.organisation_id:
        raise Refused("tickets.foreign_terms", _("These terms are another customer's."))
    old = ticket.contract_version_id
    if old == to.pk:
        return
    compare_and_set(ticket, {"contract_version": old}, contract_version=to)
    promises.follow(ticket, What.REPINNED, by=by, at=at, why=why)
    announce(events.REPINNED, subject=("ticket", ticket.pk), by=by, at=at, why=why, old=old, new=to.pk)


@transaction.atomic
def repin_contract(contract: Contract, *, by: Actor, at: datetime, why: str) -> Repinning:
    """Ask that every running ticket of the contract goes under its newest terms; `repin_some` does it, piece by piece."""
    return _ask([contract.versions.latest("number")], by=by, at=at, why=why)


@transaction.atomic
def repin_calendar(version: CalendarVersion, *, by: Actor, at: datetime, why: str) -> Repinning:
    """Ask that every contract made by this calendar, and its running tickets, go by this version of it.

    A contract whose newest terms stand on an older version gets new terms, the same but for the calendar.
    """
    newest = ContractVersion.objects.order_by("contract", "-number").distinct("contract").select_related("contract")
    wanted = [one for one in newest if one.calendar_version.calendar_id == version.calendar_id]
    renewed = [_renewed(one, version, by=by, at=at, why=why) for one in wanted]
    return _ask(renewed, by=by, at=at, why=why)


def repin_some(*, at: datetime, limit: int = 250) -> int:
    """Do the next piece of the oldest re-pinning; return how many tickets were dealt with, none when nothing waits."""
    repinning = Repinning.objects.filter(ended_at__isnull=True).order_by("pk").first()
    if repinning is None:
        return 0
    by = Actor(repinning.actor_kind, repinning.actor_id, repinning.actor_name)  # type: ignore[arg-type]
    with transaction.atomic():
        waiting = Repin.objects.filter(repinning=repinning, done_at__isnull=True).order_by("pk")
        some = list(waiting.select_for_update(skip_locked=True)[:limit])
        trouble = _repin(some, by, at, repinning.why)
        _mark_done(repinning, some, trouble, at)
    return len(some)


def _ask(versions: Sequence[ContractVersion], *, by: Actor, at: datetime, why: str) -> Repinning:
    if not why.strip():
        raise Refused("tickets.why_missing", _("Write the reason; it stays with the promises."))
    repinning = Repinning.objects.create(
        why=why.strip(), actor_kind=by.kind, actor_id=by.id, actor_name=by.name, asked_at=at, total=0
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tickets_repin (repinning_id, ticket_id, to_id, trouble)
            SELECT %s, ticket.id, wanted.id, ''
            FROM customers_contractversion wanted
            JOIN customers_contractversion older ON older.contract_id = wanted.contract_id AND older.id <> wanted.id
            JOIN tickets_ticket ticket ON ticket.contract_version_id = older.id
            WHERE wanted.id = ANY(%s) AND ticket.state = ANY(%s) ORDER BY ticket.id
            """,
            [repinning.pk, [version.pk for version in versions], RUNNING],
        )
        total = cursor.rowcount
    compare_and_set(repinning, {"total": 0}, total=total, ended_at=None if total else at)
    about = ("repinning", repinning.pk)
    announce(events.REPINNING_ASKED, subject=about, by=by, at=at, why=why, total=total, to=[one.pk for one in versions])
    return repinning


def _renewed(terms: ContractVersion, version: CalendarVersion, *, by: Actor, at: datetime, why: str) -> ContractVersion:
    if terms.calendar_version_id == version.pk:
        return terms
    return revise_contract(
        terms.contract,
        targets=terms.targets,
        calendar_version=version,
        valid_from=max(at, terms.valid_from),
        warn_share=terms.warn_share,
        warn_before=terms.warn_before,
        by=by,
        at=at,
        why=why,
    )


def _repin(some: Sequence[Repin], by: Actor, at: datetime, why: str) -> dict[int, str]:
    """Re-pin these, together where nothing has to be judged, singly where it has; return what went wrong, by ticket."""
    keys = [one.ticket_id for one in some]
    rows = Ticket.objects.filter(pk__in=keys).order_by("pk").only(*_WANTED).select_for_update(of=("self",))
    tickets = {ticket.pk: ticket for ticket in rows}
    clocks = _clocks(keys)
    ledgers = _ledgers([clock.pk for mine in clocks.values() for clock in mine.values()])
    versions = ContractVersion.objects.select_related("calendar_version", "contract").in_bulk(
        {one.to_id for one in some}
    )
    together: list[tuple[Ticket, ContractVersion, list[sla.Planned]]] = []
    trouble: dict[int, str] = {}
    for one in some:
        ticket = tickets[one.ticket_id]
        if ticket.state in states.ENDED or ticket.contract_version_id == one.to_id:
            continue
        to = versions[one.to_id]
        planned = _plan(ticket, to, clocks[ticket.pk], ledgers, at)
        if planned is None:
            trouble |= _singly(one.ticket_id, to, by, at, why)
        else:
            together.append((ticket, to, planned))
    sla.repin_clocks([planned for _ticket, _to, mine in together for planned in mine], by=by, at=at, why=why)
    _write_tickets(together, clocks, by, at, why)
    return trouble


def _plan(
    ticket: Ticket, to: ContractVersion, clocks: Mapping[str, Clock], ledgers: Mapping[int, list[Line]], at: datetime
) -> list[sla.Planned] | None:
    going = {
        promise: Going(clock.target_seconds, "" if ledgers[clock.pk][-1].counts else ledgers[clock.pk][-1].why)
        for promise, clock in clocks.items()
        if clock.is_open
    }
    done = {promise for promise, clock in clocks.items() if clock.stopped_at and clock.cancelled_at is None}
    planned = []
    for step in decide(What.REPINNED, promises.standing_of(ticket), to.agreement, going, done, at):
        if step.verb is not Verb.RETARGET:
            return None
        clock, terms = clocks[step.promise], to.terms_for(step.target)
        if clock.state not in clock_states.GOING:
            continue
        if clock.calendar_version_id == to.calendar_version_id and clock.terms == terms:
            continue
        one = sla.plan_repin(clock, ledgers[clock.pk], terms, to.calendar_version, at)
        if one is None:
            return None
        planned.append(one)
    return planned


def _singly(number: int, to: ContractVersion, by: Actor, at: datetime, why: str) -> dict[int, str]:
    try:
        with transaction.atomic():
            repin_ticket(Ticket.objects.get(pk=number), to=to, by=by, at=at, why=why)
    except Exception as error:  # one that cannot be re-pinned is told of, and does not stop the others
        return {number: f"{type(error).__name__}: {error}"[:500]}
    return {}


def _write_tickets(
    together: Sequence[tuple[Ticket, ContractVersion, list[sla.Planned]]],
    clocks: Mapping[int, Mapping[str, Clock]],
    by: Actor,
    at: datetime,
    why: str,
) -> None:
    if not together:
        return
    rows = [
        {"id": ticket.pk, "terms": to.pk, "due": None if due is None else due.isoformat()}
        for ticket, to, _ in together
        for due in [promises.earliest([one for one in clocks[ticket.pk].values() if one.is_open])]
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tickets_ticket SET contract_version_id = new.terms, due_at = new.due
            FROM json_to_recordset(%s) AS new (id bigint, terms bigint, due timestamptz)
            WHERE tickets_ticket.id = new.id
            """,
            [json.dumps(rows)],
        )
    happenings = [
        Happening(("ticket", ticket.pk), at, {"old": ticket.contract_version_id, "new": to.pk}, why=why)
        for ticket, to, _ in together
    ]
    announce_all(events.REPINNED, happenings, by=by)


def _mark_done(repinning: Repinning, some: Sequence[Repin], trouble: Mapping[int, str], at: datetime) -> None:
    Repin.objects.filter(pk__in=[one.pk for one in some]).update(done_at=at)
    for ticket, words in trouble.items():
        Repin.objects.filter(repinning=repinning, ticket=ticket).update(trouble=words)
    Repinning.objects.filter(pk=repinning.pk).update(done=F("done") + len(some))
    whole: QuerySet[Repinning] = Repinning.objects.filter(pk=repinning.pk, ended_at=None, done=F("total"))
    if whole.update(ended_at=at):
        by = Actor(repinning.actor_kind, repinning.actor_id, repinning.actor_name)  # type: ignore[arg-type]
        announce(events.REPINNING_DONE, subject=("repinning", repinning.pk), by=by, at=at, why=repinning.why)


def _clocks(tickets: Sequence[int]) -> dict[int, dict[str, Clock]]:
    """The last clock of each promise of each of these tickets, held."""
    found: dict[int, dict[str, Clock]] = defaultdict(dict)
    rows = Clock.objects.filter(about_kind="ticket", about_id__in=tickets, promise__in=COURSE)
    for clock in rows.order_by("pk").select_for_update(of=("self",)):
        found[clock.about_id][clock.promise] = clock
    return found


def _ledgers(clocks: Sequence[int]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    rows = Turn.objects.filter(clock__in=clocks).order_by("pk").values_list("clock_id", "at", "counts", "why")
    for clock, at, counts, why in rows:
        found[clock].append(Line(at, counts, why))
    return found
