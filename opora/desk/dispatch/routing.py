"""Placing tickets by the rules of the book in force, and keeping why. Decisions themselves are `rules.routing`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from opora.desk.customers.models import Organisation
from opora.desk.dispatch import actions, events
from opora.desk.dispatch.models import OwnEngineer, Placement, RuleBook
from opora.desk.dispatch.rules import Candidate, Decision, Rule, RuleFault, decide, read_rules, write_rule
from opora.desk.kernel.actions import SYSTEM, Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff, Team
from opora.desk.people.policies import may
from opora.desk.people.queries import reachable_ids
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import states
from opora.desk.tickets.models import Ticket


@transaction.atomic
def write_rules(rules: Sequence[Rule], *, by: Staff, at: datetime, why: str) -> RuleBook:
    """The rules from now on, in this order; the books before stay. Raises Refused, naming the rule that is wrong."""
    if not may(by, "routing:edit"):
        raise Refused("dispatch.may_not_route", _("Only those who lead the support write its rules."))
    written = [write_rule(rule) for rule in rules]
    try:
        read_rules(written)
    except RuleFault as fault:
        raise Refused(
            "dispatch.bad_rule",
            _("Rule %(number)s: the part “%(part)s” is missing or wrong.")
            % {"number": fault.number, "part": fault.part},
        ) from fault
    known = set(Team.objects.values_list("slug", flat=True))
    for rule in rules:
        if rule.line not in known:
            raise Refused("dispatch.unknown_line", _("There is no line “%(line)s”.") % {"line": rule.line})
    last = RuleBook.objects.select_for_update().order_by("-number").first()
    book = RuleBook.objects.create(
        number=last.number + 1 if last else 1, rules=written, why=why[:300], made_by=by, made_at=at
    )
    announce(events.RULES_WRITTEN, subject=("rule_book", book.pk), by=by.actor, at=at, why=why, number=book.number)
    return book


@transaction.atomic
def name_engineers(
    organisation: Organisation, *, engineer: Staff | None, stands_in: Staff | None, by: Staff, at: datetime
) -> None:
    """The customer's own engineer and who stands in; nobody takes a name away.

    Raises Refused for who may not change customers, and for the same one twice.
    """
    if not may(by, "customers:edit"):
        raise Refused("dispatch.may_not_name", _("Only those who keep the customers name their engineers."))
    if engineer is not None and engineer == stands_in:
        raise Refused("dispatch.same_engineer", _("Somebody else must stand in."))
    for staff, place in ((engineer, False), (stands_in, True)):
        OwnEngineer.objects.filter(organisation=organisation, stands_in=place).delete()
        if staff is not None:
            OwnEngineer.objects.create(organisation=organisation, staff=staff, stands_in=place)
    announce(
        events.ENGINEERS_NAMED,
        subject=("organisation", organisation.pk),
        by=by.actor,
        at=at,
        engineer=engineer.pk if engineer else None,
        stands_in=stands_in.pk if stands_in else None,
    )


def receive_opened(event: Event, at: datetime) -> None:
    """Reaction: a new ticket finds its line and its person, then those people learn of it.

    Where a colleague already sent it on, that stands, however late this is told.
    """
    ticket = _fresh(event)
    if ticket is not None and not event.facts.get("automatic") and not ticket.handoffs.exists():
        place_by_rules(ticket, at=at)
    actions.notice_opened(event, at)


def receive_changed(event: Event, at: datetime) -> None:
    """Reaction: another priority, while nobody has the ticket and nobody sent it on: the rules are asked again."""
    ticket = _fresh(event)
    if ticket is not None and ticket.state == states.NEW and not ticket.handoffs.exists():
        place_by_rules(ticket, at=at)


def receive_handed_over(event: Event, at: datetime) -> None:
    """Reaction: a ticket that was handed over finds its person within the line, then they learn of it."""
    ticket = _fresh(event)
    if ticket is not None and ticket.line is not None:
        place_by_rules(ticket, at=at, stays_with=ticket.line)
    actions.notice_handed_over(event, at)


@transaction.atomic
def place_by_rules(
    ticket: Ticket, *, at: datetime, stays_with: Team | None = None, by: Actor = SYSTEM
) -> Placement | None:
    """Put the ticket where the book says, and keep why; None when there is no book, no rule fits, or it has somebody."""
    book = book_in_force()
    if book is None or ticket.assignee_id is not None or ticket.state not in states.LIVE:
        return None
    rules = read_rules(book.rules)
    lines = {team.slug: team for team in Team.objects.filter(slug__in={rule.line for rule in rules})}
    # One decision at a time: of two tickets at once, the second sees whom the first was given to.
    list(RuleBook.objects.select_for_update().filter(pk=book.pk))
    decision = decide(
        rules,
        facts_of(ticket),
        candidates(lines.values(), ticket.organisation_id, at=at),
        stays_with=stays_with.slug if stays_with else "",
    )
    if decision.rule is None:
        return None
    line = lines[decision.rule.line]
    person = Staff.objects.filter(pk=decision.person).first() if decision.person else None
    placement = Placement.objects.create(
        ticket=ticket,
        at=at,
        by=Placement.By.RULES,
        book=book,
        place=decision.place,
        line=line,
        person=person,
        skill=decision.rule.skill,
        reasons=as_kept(decision),
    )
    tickets.place(ticket, line=line, person=person, by=by, at=at, why=decision.rule.name)
    return placement


def try_out(facts: Mapping[str, str], *, at: datetime, organisation_id: int | None = None) -> Decision:
    """Where a ticket with these facts would go now, and to whom; nothing is written."""
    book = book_in_force()
    if book is None:
        return Decision()
    rules = read_rules(book.rules)
    lines = list(Team.objects.filter(slug__in={rule.line for rule in rules}))
    return decide(rules, facts, candidates(lines, organisation_id, at=at))


def book_in_force() -> RuleBook | None:
    """The newest book."""
    return RuleBook.objects.order_by("-number").first()


def placements_of(ticket: Ticket) -> list[Placement]:
    """Why the ticket came where it is, the newest first."""
    rows = Placement.objects.filter(ticket=ticket).select_related("book", "line", "person")
    return list(rows.order_by("-pk"))


def facts_of(ticket: Ticket) -> dict[str, str]:
    """What rules may ask about."""
    plan = ticket.contract_version.contract.plan if ticket.contract_version else ""
    return {
        "service": ticket.service.slug if ticket.service else "",
        "plan": plan,
        "priority": ticket.priority,
        "kind": ticket.kind,
        "channel": ticket.channel,
        "language": ticket.language,
        "customer": str(ticket.organisation_id or ""),
    }


def candidates(
    lines: "Sequence[Team] | Any", organisation_id: int | None, *, at: datetime
) -> dict[str, list[Candidate]]:
    """The people of each line as a decision sees them now; five statements however many there are."""
    found: dict[str, list[Candidate]] = {}
    teams = {team.pk: team.slug for team in lines}
    rows = list(
        Staff.objects.filter(membership__team__in=teams, active=True)
        .order_by("name", "pk")
        .values_list("pk", "name", "skills", "languages", "membership__team_id")
    )
    people = sorted({row[0] for row in rows})
    shift = reachable_ids(people, at=at)
    working = Q(assignee__in=people, state__in=sorted(states.WITH_US))
    load = dict(Ticket.objects.filter(working).values_list("assignee").annotate(number=Count("pk")))
    last = dict(Placement.objects.filter(person__in=people).values_list("person").annotate(latest=Max("at")))
    own = {
        staff: 2 if stands_in else 1
        for staff, stands_in in OwnEngineer.objects.filter(organisation=organisation_id).values_list(
            "staff_id", "stands_in"
        )
    }
    for pk, name, skills, languages, team in rows:
        found.setdefault(teams[team], []).append(
            Candidate(
                pk,
                name,
                pk in shift,
                load.get(pk, 0),
                frozenset(skills),
                frozenset(languages),
                last.get(pk),
                own.get(pk, 0),
            )
        )
    return found


def as_kept(decision: Decision) -> dict[str, Any]:
    """The decision with its reasons as a placement keeps it: the rule as it was, whatever becomes of the book."""
    return {
        "rule": write_rule(decision.rule) if decision.rule else None,
        "considered": [
            asdict(one) | {"last": one.last.isoformat() if one.last else None} for one in decision.considered
        ],
        "passed": [asdict(one) for one in decision.passed],
    }


def _fresh(event: Event) -> Ticket | None:
    rows = Ticket.objects.select_related("line", "service", "contract_version__contract")
    return rows.filter(pk=event.subject_id).first() if event.subject_kind == "ticket" else None
