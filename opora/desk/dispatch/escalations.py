"""Escalation by time: a case begins, steps tell people, and it goes on until somebody says "I have it".

A sweep may run twice, or in two places: a step is taken by compare-and-set on round and step, and told once. Nobody is
told in vain: a step that finds nobody tells the leads, and the head of support.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.dispatch import actions, events, states
from opora.desk.dispatch.models import Escalation, EscalationPolicy, EscalationTerms, Notice
from opora.desk.dispatch.rules import Policy, PolicyFault, Step, following, moment_of, read_policy, write_policy
from opora.desk.kernel.actions import SYSTEM, Actor, Happening, announce, announce_all
from opora.desk.kernel.errors import Clash, Refused
from opora.desk.kernel.models import Event
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.people.queries import heads, leads_of, on_duty, who_is_reachable
from opora.desk.tickets import states as ticket_states
from opora.desk.tickets.models import Ticket

OPEN = (states.RUNNING, states.EXHAUSTED)
log = logging.getLogger(__name__)


@transaction.atomic
def write_terms(name: str, policy: Policy, *, by: Staff, at: datetime) -> EscalationTerms:
    """What the policy of this name says from now on; running cases keep what they began under. Raises Refused."""
    if not may(by, "routing:edit"):
        raise Refused("dispatch.may_not_escalate", _("Only those who lead the support write its escalations."))
    if not name.strip():
        raise Refused("dispatch.policy_without_name", _("Give the escalation a name."))
    written = write_policy(policy)
    try:
        read_policy(written)
    except PolicyFault as fault:
        raise Refused("dispatch.bad_policy", _("The part “%(part)s” is missing or wrong.") % {"part": fault}) from fault
    row, _new = EscalationPolicy.objects.get_or_create(name=name.strip()[:80], defaults={"made_at": at})
    EscalationPolicy.objects.filter(pk=row.pk).update(retired_at=None)
    last = row.versions.order_by("-number").first()
    return EscalationTerms.objects.create(
        policy=row, number=last.number + 1 if last else 1, terms=written, made_by=by, made_at=at
    )


def retire(policy: EscalationPolicy, *, by: Staff, at: datetime) -> None:
    """No case begins under it any more; running ones go on. Raises Refused for who may not."""
    if not may(by, "routing:edit"):
        raise Refused("dispatch.may_not_escalate", _("Only those who lead the support write its escalations."))
    EscalationPolicy.objects.filter(pk=policy.pk, retired_at=None).update(retired_at=at)


def policies_in_force() -> list[EscalationTerms]:
    """The newest version of every policy that is not retired."""
    rows = EscalationTerms.objects.filter(policy__retired_at=None).select_related("policy")
    newest = rows.order_by("policy__name", "policy_id", "-number").distinct("policy__name", "policy_id")
    return list(newest)


def begin_high(event: Event, at: datetime) -> None:
    """Reaction: a ticket is of high priority, from the beginning or by a change."""
    high = [ticket for _event, ticket in _live([event]) if ticket.priority == "high"]
    if not event.facts.get("automatic"):
        _begin([(ticket, "high", "") for ticket in high], at)


def begin_clocks(heard: Sequence[Event], at: datetime) -> None:
    """Reaction: promises run out soon, or were missed."""
    pressing = [
        (ticket, "missed" if event.name.endswith("missed") else "warned", str(event.facts.get("promise", "")))
        for event, ticket in _live(heard)
    ]
    _begin(pressing, at)


def follow_ticket(event: Event, at: datetime) -> None:
    """Reaction: the ticket ended, or is no longer of high priority: what was told about that ends."""
    ticket = Ticket.objects.filter(pk=event.subject_id).first() if event.subject_kind == "ticket" else None
    if ticket is None:
        return
    ended = ticket.state not in ticket_states.LIVE
    rows = Escalation.objects.filter(ticket=ticket, state__in=OPEN)
    for row in rows if ended else rows.filter(why="high") if ticket.priority != "high" else rows.none():
        _end(row, at)


def follow_clock(event: Event, at: datetime) -> None:
    """Reaction: the promise was kept, answered late or given up: nobody needs to be told of it any more."""
    promise = str(event.facts.get("promise", ""))
    if event.subject_kind != "ticket" or not promise:
        return
    for row in Escalation.objects.filter(ticket_id=event.subject_id, state__in=OPEN, promise=promise):
        _end(row, at)


def follow_assigned(event: Event, at: datetime) -> None:
    """Reaction: whoever takes the ticket themselves has it."""
    if event.actor_kind == "staff" and event.actor_id == event.facts.get("new"):
        staff = Staff.objects.filter(pk=event.actor_id).first()
        ticket = Ticket.objects.filter(pk=event.subject_id).first()
        if staff is not None and ticket is not None and may(staff, "tickets:work"):
            acknowledge(ticket, by=staff, at=at)


@transaction.atomic
def acknowledge(ticket: Ticket, *, by: Staff, at: datetime) -> int:
    """ "I have it": nobody else is told any more. Returns how many cases that ended; none twice. Raises Refused."""
    if not may(by, "tickets:work"):
        raise Refused("tickets.may_not_work", _("Your role does not work tickets; leave a note for the engineers."))
    done = 0
    for row in Escalation.objects.select_for_update().filter(ticket=ticket, state__in=OPEN):
        move(row, to=states.ACKNOWLEDGED, table=states.ESCALATIONS, next_at=None, acknowledged_by=by, ended_at=at)
        _tell_of(row, events.ESCALATION_ACKNOWLEDGED, by=by.actor, at=at)
        done += 1
    return done


def sweep(*, at: datetime, limit: int = 100) -> int:
    """Take every step that is due, the oldest first; returns how many. Several sweeps at once tell everything once.

    A case whose step fails is logged and left as it is; it does not stop the others.
    """
    with transaction.atomic():
        due = Escalation.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
            "ticket__line", "ticket__assignee", "terms__policy"
        )
        rows = list(due.filter(next_at__lte=at).order_by("next_at", "pk")[:limit])
        return sum(_take_alone(row, at) for row in rows)


def running_of(tickets: Iterable[int] | None = None) -> list[Escalation]:
    """Cases nobody has answered yet, the oldest first; those of these tickets, or all."""
    rows = Escalation.objects.filter(state__in=OPEN).select_related("ticket", "terms__policy")
    if tickets is not None:
        rows = rows.filter(ticket__in=list(tickets))
    return list(rows.order_by("began_at", "pk"))


@transaction.atomic
def _begin(pressing: Sequence[tuple[Ticket, str, str]], at: datetime) -> None:
    """Begin a case of every policy that fits, for each ticket with what presses and the promise it is about; none twice."""
    in_force = [(terms, read_policy(terms.terms)) for terms in policies_in_force()]
    going = Escalation.objects.filter(ticket__in=[ticket for ticket, _why, _promise in pressing], state__in=OPEN)
    open_already = set(going.values_list("ticket_id", "terms__policy_id")) if pressing and in_force else set()
    rows = []
    for ticket, why, promise in pressing:
        for terms, policy in in_force:
            fits = policy.trigger == why and (not policy.priorities or ticket.priority in policy.priorities)
            if fits and (ticket.pk, terms.policy_id) not in open_already:
                open_already.add((ticket.pk, terms.policy_id))
                next_at = moment_of(policy, at, 0, 0)
                rows.append(
                    Escalation(ticket=ticket, terms=terms, why=why, promise=promise, began_at=at, next_at=next_at)
                )
    Escalation.objects.bulk_create(rows)
    announce_all(events.ESCALATION_BEGAN, [_happening(row, at) for row in rows], by=SYSTEM)


def _take_alone(row: Escalation, at: datetime) -> int:
    try:
        with transaction.atomic():
            return _take_step(row, at)
    except Exception:
        log.exception("A step of escalation %s could not be taken.", row.pk)
    return 0


def _take_step(row: Escalation, at: datetime) -> int:
    """Move on to the step after this one, if this one is still to be taken; then tell its people."""
    policy = read_policy(row.terms.terms)
    number, place = row.round, row.step
    coming = following(policy, number, place)
    seen = {"state": states.RUNNING, "round": number, "step": place}
    try:
        if coming is None:
            compare_and_set(row, seen, state=states.EXHAUSTED, next_at=None)
        else:
            next_at = moment_of(policy, row.began_at, *coming)
            compare_and_set(row, seen, round=coming[0], step=coming[1], next_at=next_at)
    except Clash:
        return 0
    told, found = people_of(policy.steps[place], row.ticket, at=at)
    event = announce(
        events.ESCALATED,
        subject=("ticket", row.ticket_id),
        by=SYSTEM,
        at=at,
        escalation=row.pk,
        policy=row.terms.policy.name,
        round=number,
        step=place,
        told=[one.pk for one in told],
        names=[one.name for one in told],
        to=policy.steps[place].to,
        found=found,
    )
    actions.tell([one.pk for one in told], row.ticket, Notice.Kind.ESCALATED, event, at)
    if coming is None:
        _tell_of(row, events.ESCALATION_EXHAUSTED, by=SYSTEM, at=at)
    return 1


def people_of(step: Step, ticket: Ticket, *, at: datetime) -> tuple[list[Staff], bool]:
    """Whom the step tells now, and whether it found whom it names; where it finds nobody, the leads and the heads."""
    named = _named(step, ticket, at)
    if named:
        return named, True
    leads = leads_of(ticket.line) if ticket.line else []
    return list({one.pk: one for one in [*leads, *heads()]}.values()), False


def _named(step: Step, ticket: Ticket, at: datetime) -> list[Staff]:
    if step.to == "assignee":
        return [ticket.assignee] if ticket.assignee is not None and ticket.assignee.active else []
    if step.to == "person":
        return list(Staff.objects.filter(pk=int(step.who), active=True)) if step.who.isdecimal() else []
    if step.to == "role":
        return who_is_reachable(Staff.objects.filter(roles__contains=[step.who], active=True).order_by("pk"), at=at)
    if ticket.line is None:
        return []
    if step.to == "leads":
        return leads_of(ticket.line)
    if step.to == "on_duty":
        return [one.staff for one in on_duty(ticket.line, at=at)]
    return who_is_reachable(Staff.objects.filter(membership__team=ticket.line, active=True).order_by("pk"), at=at)


def _end(row: Escalation, at: datetime) -> None:
    with transaction.atomic():
        try:
            move(row, to=states.ENDED, table=states.ESCALATIONS, next_at=None, ended_at=at)
        except Clash:
            return
        _tell_of(row, events.ESCALATION_ENDED, by=SYSTEM, at=at)


def _tell_of(row: Escalation, name: str, *, by: Actor, at: datetime) -> None:
    announce_all(name, [_happening(row, at)], by=by)


def _happening(row: Escalation, at: datetime) -> Happening:
    facts = {"escalation": row.pk, "policy": row.terms.policy.name, "trigger": row.why}
    return Happening(("ticket", row.ticket_id), at, facts)


def _live(heard: Sequence[Event]) -> list[tuple[Event, Ticket]]:
    """The events about tickets that still live, each with its ticket."""
    about = [event for event in heard if event.subject_kind == "ticket"]
    rows = Ticket.objects.filter(state__in=sorted(ticket_states.LIVE))
    tickets = rows.in_bulk({event.subject_id for event in about})
    return [(event, tickets[event.subject_id]) for event in about if event.subject_id in tickets]
