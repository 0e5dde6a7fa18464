"""What a colleague does to a ticket: one verb, one action of the rooms. A refusal brings the page back as it was typed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from opora.desk.catalogue.models import Vendor
from opora.desk.channels.email import actions as email
from opora.desk.channels.email import limits
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Contact, Licence
from opora.desk.customers.queries import find_contact_by_email
from opora.desk.dispatch import escalations
from opora.desk.kernel.errors import Clash, NotHere, Refused
from opora.desk.people.models import Staff, Team
from opora.desk.people.policies import may
from opora.desk.tickets import actions, policies, rules
from opora.desk.tickets.models import Ticket
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.components.files import taken_from
from opora.desk.web.console.views.tickets import shown

MOST_AT_ONCE = 200


class ForgottenFile(Refused):
    """A question rather than a refusal: sending once more means that no file was meant."""


@require_POST
@for_staff("tickets:note")
def say(request: StaffRequest, number: int) -> HttpResponse:
    """A reply to the customer or an internal note. What was typed is never lost by a refusal."""
    ticket = policies.door(request.staff, number)
    text = request.POST.get("text", "")
    kind = "note" if request.POST.get("kind") == "note" else "reply"
    try:
        if kind == "note":
            actions.note(ticket, by=request.staff.actor, text=text, at=request.at, files=taken_from(request))
        else:
            answer(request, ticket, text)
    except Refused as refusal:
        asked = {"no_file_meant": "1"} if isinstance(refusal, ForgottenFile) else {}
        return again(
            request, number, refusal, {"verb": kind, "text": text, "later": request.POST.get("later", ""), **asked}
        )
    return HttpResponseRedirect(f"{home(request, ticket)}#end")


def answer(request: StaffRequest, ticket: Ticket, text: str) -> None:
    """A public reply, and what shall be of the ticket after it: now, in the seconds of undo, or at the moment chosen."""
    then, files = request.POST.get("then", ""), taken_from(request)
    if not files and rules.mentions_file(text) and "no_file_meant" not in request.POST:
        raise ForgottenFile(
            "console.forgotten_file",
            _("You write of a file, but none is attached. Attach it - or send once more, and it goes as it is."),
        )
    if due_at := moment_of(request):
        actions.plan_reply(ticket, by=request.staff, text=text, due_at=due_at, at=request.at, files=files, then=then)
        return
    if then == "wait":
        actions.reply_and_wait(ticket, by=request.staff, text=text, at=request.at, files=files)
    elif then == "resolve":
        actions.reply_and_resolve(ticket, by=request.staff, text=text, at=request.at, files=files)
    else:
        actions.reply(ticket, by=request.staff, text=text, at=request.at, files=files)


def moment_of(request: StaffRequest) -> datetime | None:
    """When the reply shall go: the moment chosen, in the colleague's zone; else after the seconds of undo; None = at once.

    Raises Refused for a moment that is none.
    """
    if chosen := request.POST.get("later", "").strip():
        try:
            return datetime.fromisoformat(chosen).replace(tzinfo=timezone.get_current_timezone())
        except ValueError as problem:
            raise Refused("console.no_moment", _("Choose a day and a time for sending.")) from problem
    undo = limits.in_force().undo_seconds
    return request.at + timedelta(seconds=undo) if undo else None


@require_POST
@for_staff("tickets:note")
def act(request: StaffRequest, number: int, verb: str) -> HttpResponse:
    """One verb of the table. Raises NotHere for a verb that is not in it."""
    ticket = policies.door(request.staff, number)
    if verb not in VERBS:
        raise NotHere
    try:
        leads_to = VERBS[verb](request, ticket)
    except Refused as refusal:
        return again(request, number, refusal, {**request.POST.dict(), "verb": verb})
    return HttpResponseRedirect(leads_to or home(request, ticket))


def again(request: StaffRequest, number: int, refusal: Refused, tried: dict[str, str]) -> HttpResponse:
    """The page as the ticket stands now, with the reason and with everything that was typed."""
    ticket = policies.door(request.staff, number)
    status = 409 if isinstance(refusal, Clash) else 422
    return shown(request, ticket, tried=tried, refusal=refusal.message, status=status)


def home(request: StaffRequest, ticket: Ticket) -> str:
    """The ticket's page, remembering the queue it was opened from."""
    queue = request.GET.get("queue", "")
    return reverse("console:ticket", args=[ticket.pk]) + (f"?queue={queue}" if queue.isalpha() else "")


def _take(request: StaffRequest, ticket: Ticket) -> None:
    actions.take(ticket, by=request.staff, at=request.at)


def _release(request: StaffRequest, ticket: Ticket) -> None:
    actions.release(ticket, by=request.staff, at=request.at)


def _assign(request: StaffRequest, ticket: Ticket) -> None:
    actions.assign(ticket, to=chosen_staff(request.POST), by=request.staff, at=request.at)


def _hand(request: StaffRequest, ticket: Ticket) -> None:
    line = Team.objects.filter(pk=whole(request.POST.get("line"))).first()
    if line is None:
        raise Refused("console.no_line", _("Choose the line that goes on."))
    actions.hand_over(ticket, to=line, known=known_of(request.POST), by=request.staff, at=request.at)


def _priority(request: StaffRequest, ticket: Ticket) -> None:
    to, why = request.POST.get("priority", ""), request.POST.get("why", "")
    actions.change_priority(ticket, to=to, by=request.staff, at=request.at, why=why)


def _kind(request: StaffRequest, ticket: Ticket) -> None:
    actions.change_kind(ticket, to=request.POST.get("kind", ""), by=request.staff, at=request.at)


def _subject(request: StaffRequest, ticket: Ticket) -> None:
    actions.change_subject(ticket, to=request.POST.get("subject", ""), by=request.staff, at=request.at)


def _resume(request: StaffRequest, ticket: Ticket) -> None:
    actions.resume(ticket, by=request.staff, at=request.at)


def _wait_for_customer(request: StaffRequest, ticket: Ticket) -> None:
    actions.wait_for_customer(ticket, by=request.staff, at=request.at)


def _wait_for_vendor(request: StaffRequest, ticket: Ticket) -> None:
    actions.wait_for_vendor(ticket, by=request.staff, at=request.at, why=request.POST.get("why", ""))


def _resolve(request: StaffRequest, ticket: Ticket) -> None:
    known = known_of(request.POST) if "asked" in request.POST else None
    actions.resolve(ticket, by=request.staff, at=request.at, found=_found(request), known=known)


def _name_cause(request: StaffRequest, ticket: Ticket) -> None:
    found = _found(request)
    if found is None:
        raise Refused("tickets.unknown_cause", _("There is no such cause. Choose one of the list."))
    actions.name_cause(ticket, found=found, by=request.staff, at=request.at)


def _found(request: StaffRequest) -> actions.Cause | None:
    """The cause as the form names it; None when it names none."""
    asked = request.POST
    if not asked.get("cause"):
        return None
    return actions.Cause(
        asked["cause"],
        words=asked.get("cause_words", ""),
        evidence=asked.get("evidence", ""),
        licence=Licence.objects.filter(pk=whole(asked.get("licence"))).first(),
        vendor=Vendor.objects.filter(pk=whole(asked.get("vendor")), active=True).first(),
    )


def _reopen(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    actions.reopen(ticket, by=request.staff.actor, at=request.at, why=request.POST.get("why", ""))


def _close(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    actions.close(ticket, by=request.staff.actor, at=request.at)


def _tag(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    actions.tag(ticket, word=request.POST.get("tag", ""), by=request.staff.actor, at=request.at)


def _untag(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    actions.untag(ticket, word=request.POST.get("tag", ""), by=request.staff.actor, at=request.at)


def _add_participant(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    contact = find_contact_by_email(request.POST.get("email", ""))
    if contact is None:
        raise Refused(
            "console.no_contact", _("Nobody is known by this address. Check it, or let them write to us first.")
        )
    actions.add_participant(ticket, contact=contact, by=request.staff.actor, at=request.at)


def _remove_participant(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    contact = Contact.objects.filter(pk=whole(request.POST.get("contact")), copied_in__ticket=ticket).first()
    if contact is not None:
        actions.remove_participant(ticket, contact=contact, by=request.staff.actor, at=request.at)


def _link(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    kind = request.POST.get("kind", "related")
    kind = kind if kind in ("duplicate", "related", "parent") else "related"
    actions.link(ticket, other=named_ticket(request), kind=kind, by=request.staff.actor, at=request.at)


def _unlink(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    actions.unlink(ticket, other=named_ticket(request), by=request.staff.actor, at=request.at)


def _merge(request: StaffRequest, ticket: Ticket) -> str:
    into = named_ticket(request)
    actions.merge(ticket, into=into, by=request.staff, at=request.at, why=request.POST.get("why", ""))
    return reverse("console:ticket", args=[into.pk])


def _split(request: StaffRequest, ticket: Ticket) -> str:
    numbers = [whole(one) for one in request.POST.getlist("messages")]
    picked = list(ticket.messages.filter(pk__in=numbers).order_by("at", "pk"))
    subject = request.POST.get("subject", "")
    new = actions.split(ticket, messages=picked, subject=subject, by=request.staff, at=request.at)
    return reverse("console:ticket", args=[new.pk])


def _admit(request: StaffRequest, ticket: Ticket) -> str:
    into = named_ticket(request)
    actions.admit(ticket, into=into, by=request.staff, at=request.at)
    return reverse("console:ticket", args=[into.pk])


def _take_back(request: StaffRequest, ticket: Ticket) -> None:
    planned = ticket.planned_replies.filter(pk=whole(request.POST.get("planned"))).first()
    if planned is None:
        raise NotHere
    actions.take_back(planned, by=request.staff, at=request.at)


def _call_spam(request: StaffRequest, ticket: Ticket) -> str:
    email.call_spam(ticket, by=request.staff, at=request.at)
    messages.success(request, _("The letter is on the shelf for spam; the filter learns it."))
    return reverse("console:queue", args=["line"])


def _clear_bounce(request: StaffRequest, ticket: Ticket) -> None:
    permit_work(request.staff)
    for address in ticket.requester.addresses.filter(email=request.POST.get("email", "")):
        customers.clear_bounce(address, by=request.staff.actor, at=request.at)


def _acknowledge(request: StaffRequest, ticket: Ticket) -> None:
    escalations.acknowledge(ticket, by=request.staff, at=request.at)


VERBS: dict[str, Callable[[StaffRequest, Ticket], str | None]] = {
    "acknowledge": _acknowledge,
    "add-participant": _add_participant,
    "admit": _admit,
    "call-spam": _call_spam,
    "clear-bounce": _clear_bounce,
    "assign": _assign,
    "cause": _name_cause,
    "close": _close,
    "hand": _hand,
    "kind": _kind,
    "link": _link,
    "merge": _merge,
    "priority": _priority,
    "release": _release,
    "remove-participant": _remove_participant,
    "reopen": _reopen,
    "resolve": _resolve,
    "resume": _resume,
    "split": _split,
    "subject": _subject,
    "tag": _tag,
    "take": _take,
    "take-back": _take_back,
    "unlink": _unlink,
    "untag": _untag,
    "wait_for_customer": _wait_for_customer,
    "wait_for_vendor": _wait_for_vendor,
}


@require_POST
@for_staff("tickets:bulk")
def bulk(request: StaffRequest) -> HttpResponse:
    """One change to many tickets: each by its own door and its own action; what was refused is said, the rest is done."""
    numbers = sorted({whole(one) for one in request.POST.getlist("numbers")})[:MOST_AT_ONCE]
    done, refused = 0, []
    for number in numbers:
        try:
            done += change_one(request, policies.door(request.staff, number))
        except Refused as refusal:
            refused.append(f"T-{number}: {refusal.message}")
        except NotHere:
            continue
    if done:
        said = ngettext("%(count)d ticket changed.", "%(count)d tickets changed.", done) % {"count": done}
        messages.success(request, said)
    for line in refused[:5]:
        messages.error(request, line)
    return HttpResponseRedirect(back(request))


def change_one(request: StaffRequest, ticket: Ticket) -> int:
    """The chosen changes to one ticket; 1 when there was something to do."""
    asked = request.POST
    if asked.get("verb") == "take":
        actions.take(ticket, by=request.staff, at=request.at)
        return 1
    did = 0
    if asked.get("assignee"):
        actions.assign(ticket, to=chosen_staff(asked), by=request.staff, at=request.at)
        did = 1
    if asked.get("tag", "").strip():
        actions.tag(ticket, word=asked["tag"], by=request.staff.actor, at=request.at)
        did = 1
    if asked.get("state") in ("resume", "wait_for_customer", "wait_for_vendor", "resolve"):
        VERBS[asked["state"]](request, ticket)
        did = 1
    return did


def permit_work(staff: Staff) -> None:
    """Raises Refused for roles that do not work tickets."""
    if not may(staff, "tickets:work"):
        raise Refused("tickets.may_not_work", _("Your role does not work tickets; leave a note for the engineers."))


def chosen_staff(asked: QueryDict) -> Staff:
    """The colleague of the form. Raises Refused when there is none."""
    staff = Staff.objects.filter(pk=whole(asked.get("assignee")), active=True).first()
    if staff is None:
        raise Refused("console.no_colleague", _("Choose a colleague of the list."))
    return staff


def named_ticket(request: StaffRequest) -> Ticket:
    """The other ticket that the form names by number, behind its door. Raises Refused when there is none."""
    number = rules.number_in(request.POST.get("other", ""))
    try:
        return policies.door(request.staff, number or 0)
    except NotHere as problem:
        raise Refused("console.no_such_ticket", _("There is no ticket of that number.")) from problem


def known_of(asked: QueryDict) -> rules.Known:
    """The three parts of a hand-off's note as they were typed."""
    return rules.Known(asked.get("asked", ""), asked.get("tried", ""), asked.get("suspected", ""))


def whole(text: str | None) -> int:
    """The number in a form field, 0 for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def back(request: StaffRequest) -> str:
    """The page of ours the form came from."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else reverse("console:first")
