"""The ticket page, its parts for a live page, drafts, and why a promise ends when it does."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from opora.desk.catalogue.vendors import vendors
from opora.desk.customers.models import Contract
from opora.desk.dispatch import actions as dispatch
from opora.desk.dispatch.rules import QUEUES
from opora.desk.kernel import asking
from opora.desk.kernel.errors import NotHere
from opora.desk.people import queries as people
from opora.desk.people.policies import may
from opora.desk.sla import queries as sla
from opora.desk.sla.models import Clock
from opora.desk.sla.words import say_length
from opora.desk.tickets import actions, definitions, handoffs, policies, queries, reading, rules, states
from opora.desk.tickets.lines import VENDOR, shares_of
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.story import story_of
from opora.desk.web.components import framed, marks
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import conversation, escalating, known, lines, rail
from opora.desk.web.console.telling import NOT_TOLD, link_words
from opora.desk.workroom import reading as at_work

PARTS: tuple[asking.Part[Any], ...] = (
    *conversation.PARTS,
    reading.PROMISED,
    reading.IN_COPY,
    reading.WRITES_FROM,
    reading.TERMS,
    reading.LINKED,
    reading.EARLIER,
    reading.DRAFTS,
    reading.PLANNED,
    at_work.AT_WORK,
)
"""What the page asks about its ticket, in one statement. A new thing on the page is a new part here."""
PROMISES = dict(Clock.Promise.choices)
CLOCK_STATES = dict(Clock.State.choices)


@require_GET
@for_staff("tickets:read")
def page(request: StaffRequest, number: int) -> HttpResponse:
    """The ticket with its conversation, composer and panel."""
    return shown(request, policies.door(request.staff, number))


@require_GET
@for_staff("tickets:read")
def fresh(request: StaffRequest, number: int) -> HttpResponse:
    """The parts that may have changed, for a page that heard so."""
    ticket = policies.door(request.staff, number)
    return render(request, "console/ticket_fresh.html", parts(request, ticket))


def shown(
    request: StaffRequest, ticket: Ticket, *, tried: dict[str, str] | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The whole page; `tried` brings back what was typed into a form that was refused, `refusal` says why."""
    everything, tried = parts(request, ticket), tried or {}
    drafts = everything["drafts"]
    if tried.get("verb") in ("reply", "note"):
        drafts[tried["verb"]] = tried.get("text", "")
    queue = request.GET.get("queue", "")
    context = rail.uncounted(request, current=queue, about=f"ticket:{ticket.pk},staff:{request.staff.pk}")
    context |= everything | {
        "composing": tried["verb"] if tried.get("verb") in ("reply", "note") else first_kind(request, ticket, drafts),
        "tried": tried,
        "refusal": refusal,
        **(dialog_words(request, ticket) if tried.get("verb", "reply") not in ("reply", "note") else {}),
        "back": reverse("console:queue", args=[queue if queue in QUEUES else "mine"]),
    }
    return render(request, "console/ticket.html", context, status=status)


def planned_line(planned: reading.Planned, request: StaffRequest) -> dict[str, Any]:
    """An answer that waits, with the seconds that are left."""
    left = max(0, round((planned.due_at - request.at).total_seconds()))
    return {
        "number": planned.number,
        "author": planned.author,
        "text": planned.text,
        "due_at": planned.due_at,
        "left": left,
    }


def first_kind(request: StaffRequest, ticket: Ticket, drafts: dict[str, str]) -> str:
    """Which face the composer shows first: the one with a draft, a note where no reply is possible."""
    if not may(request.staff, "tickets:reply") or ticket.state in states.ENDED:
        return "note"
    return "note" if drafts.get("note") and not drafts.get("reply") else "reply"


def parts(request: StaffRequest, ticket: Ticket) -> dict[str, Any]:
    """Everything about the ticket that the page shows."""
    found = asking.together(*PARTS, **asked_with(request, ticket))
    clocks = found[reading.PROMISED]
    (terms,) = found[reading.TERMS]
    said = conversation.entries(ticket, found, request.staff)
    return {
        "ticket": ticket,
        "conversation": lines.as_markup(said),
        "handed": known.card(ticket, said),
        "escalating": escalating.of(found[reading.HAPPENED]),
        "state": marks.state(ticket.state, ticket.get_state_display()),
        "priority": marks.priority(ticket.priority, ticket.get_priority_display()),
        "clocks": [clock_line(clock, request) for clock in clocks],
        "next_clock": next((clock for clock in clocks if clock.is_open), None),
        "people": found[reading.IN_COPY],
        "terms": terms,
        "plan": Contract.Plan(terms.plan).label if terms.plan else "",
        "acts": reverse("console:ticket", args=[ticket.pk]) + "/",
        "addresses": found[reading.WRITES_FROM],
        "links": [linked(ticket, link) for link in found[reading.LINKED]],
        "earlier": found[reading.EARLIER],
        "planned": [planned_line(one, request) for one in found[reading.PLANNED]],
        "drafts": {draft.kind: draft.text for draft in found[reading.DRAFTS]},
        "moves": moves(ticket),
        "live": ticket.state in states.LIVE,
        "ended": ticket.state in states.ENDED,
        "may_reply": may(request.staff, "tickets:reply") and ticket.state not in states.ENDED,
        "may_work": may(request.staff, "tickets:work"),
        "may_call": may(request.staff, "calls:make"),
        "needs_cause": rules.needs_cause(ticket.kind, ticket.priority),
        "me": request.staff,
        "windows": at_work.shown(found[at_work.AT_WORK], at=request.at),
    }


def asked_with(request: StaffRequest, ticket: Ticket) -> dict[str, asking.Value]:
    """What the parts name in their SQL."""
    return reading.values(ticket) | {"reader": request.staff.pk, "untold": sorted(NOT_TOLD)}


def dialog_words(request: StaffRequest, ticket: Ticket) -> dict[str, Any]:
    """What the forms of rarer acts choose from."""
    return {
        "ticket": ticket,
        "may_work": may(request.staff, "tickets:work"),
        "said": asking.together(reading.PUBLIC_WORDS, **reading.values(ticket))[reading.PUBLIC_WORDS],
        "priorities": queries.priorities_for(ticket.service_id).items(),
        "kinds": definitions.KINDS.items(),
        "causes": definitions.CAUSES.items(),
        "known": handoffs.known_so_far(ticket),
        "needs_cause": (outage := rules.needs_cause(ticket.kind, ticket.priority)) and not ticket.cause,
        "may_name_cause": outage,
        **(cause_words(ticket) if outage else {}),
    }


def cause_words(ticket: Ticket) -> dict[str, Any]:
    """What the cause is chosen from: the finding there is, licences that had run out, vendors."""
    expired = queries.expired_licences(ticket)
    finding = queries.finding_of(ticket)
    suggested = "licence" if expired else ""
    return {
        "found_words": finding.words if finding else "",
        "found_evidence": finding.evidence if finding else "",
        "found_vendor": finding.vendor_id if finding else None,
        "expired": expired,
        "vendors": vendors(),
        "likely_cause": finding.cause if finding else suggested,
    }


def clock_line(clock: reading.Promised, request: StaffRequest) -> dict[str, Any]:
    """A promise as the panel shows it."""
    return {
        "number": clock.number,
        "promise": PROMISES.get(clock.promise, clock.promise),
        "open": clock.is_open,
        "state": clock.state,
        "state_words": CLOCK_STATES.get(clock.state, clock.state),
        "left": marks.time_left(clock.due_at, at=request.at, warn=clock.warn_at) if clock.is_open else "",
        "due": marks.exact_time(clock.due_at),
    }


def linked(ticket: Ticket, link: reading.Linked) -> dict[str, Any]:
    """A linked ticket from where we stand."""
    outward = link.ticket == ticket.pk
    number, subject = (link.other, link.other_subject) if outward else (link.ticket, link.subject)
    return {"number": number, "subject": subject, "kind": link_words(link.kind)}


def moves(ticket: Ticket) -> dict[str, bool]:
    """Which states can be reached from here, by name."""
    return dict.fromkeys(states.TABLE.get(ticket.state, ()), True)


@require_GET
@for_staff("tickets:read")
def choices(request: StaffRequest, number: int) -> HttpResponse:
    """Colleagues and lines to choose from; asked for when a menu first opens."""
    ticket = policies.door(request.staff, number)
    if "lines" in request.GET:
        return render(request, "console/lines.html", {"ways": known.ways_from(ticket)})
    context = {"ticket": ticket, "colleagues": people.colleagues(), "me": request.staff}
    return render(request, "console/colleagues.html", context)


@require_GET
@for_staff("tickets:read")
def dialogs(request: StaffRequest, number: int) -> HttpResponse:
    """The forms of rarer acts; asked for when one is first opened."""
    ticket = policies.door(request.staff, number)
    return render(request, "console/ticket_dialogs.html", dialog_words(request, ticket))


@require_POST
@for_staff("tickets:note")
def draft(request: StaffRequest, number: int) -> HttpResponse:
    """Keep words not yet said."""
    ticket = policies.door(request.staff, number)
    kind = "note" if request.POST.get("kind") == "note" else "reply"
    actions.keep_draft(ticket, by=request.staff, kind=kind, text=request.POST.get("text", ""), at=request.at)
    return HttpResponse(status=204)


@require_POST
@for_staff("tickets:read")
def seen(request: StaffRequest, number: int) -> HttpResponse:
    """The page was looked at: its notices are read."""
    ticket = policies.door(request.staff, number)
    dispatch.read_notices(request.staff, at=request.at, ticket=ticket)
    return HttpResponse(status=204)


@require_GET
@for_staff("tickets:read")
def formatted(request: StaffRequest, number: int, message: int) -> HttpResponse:
    """A letter as its sender made it. Raises NotHere for a message of another ticket, or one without HTML."""
    found = queries.formatted_message(policies.door(request.staff, number), message)
    return framed.answer(request, found, reader=request.reader, where=request.path)


@require_GET
@for_staff("tickets:read")
def promise(request: StaffRequest, number: int, clock: int) -> HttpResponse:
    """Why this moment: the promise, step by step. Raises NotHere for a clock of another ticket."""
    ticket, found = _promise(request, number, clock)
    context = rail.uncounted(request) | {
        "ticket": ticket,
        "clock": found,
        "explanation": sla.explain_clock(found, zone=request.reader.zone),
        "shares": _shares(found, request),
    }
    return render(request, "console/promise.html", context)


def _shares(clock: Clock, request: StaffRequest) -> list[tuple[str, str, int]]:
    """Who had it while its time ran: name, how long, and whole percent; only where more than one did."""
    held = shares_of(clock, at=request.at)
    total = sum(held.values())
    said = [
        (_("a vendor") if name == VENDOR else name, say_length(held[name]), held[name] * 100 // total) for name in held
    ]
    return said if len(said) > 1 else []


@require_GET
@for_staff("tickets:read")
def promise_facts(request: StaffRequest, number: int, clock: int) -> HttpResponse:
    """The same as data: the ledger and all that is derived from it. Raises NotHere for a clock of another ticket."""
    _ticket, found = _promise(request, number, clock)
    return JsonResponse(sla.explain_clock(found).as_facts())


@require_GET
@for_staff("tickets:read")
def replay(request: StaffRequest, number: int) -> HttpResponse:
    """The ticket as a replay file for `opora sla replay`. Raises NotHere where nothing was promised."""
    told = story_of(policies.door(request.staff, number), until=request.at)
    if told is None:
        raise NotHere
    answer = JsonResponse(told, json_dumps_params={"indent": 1, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="T-{number}-replay.json"'
    return answer


def _promise(request: StaffRequest, number: int, clock: int) -> tuple[Ticket, Clock]:
    ticket = policies.door(request.staff, number)
    found = next((one for one in queries.promises_of(ticket) if one.pk == clock), None)
    if found is None:
        raise NotHere
    return ticket, found
