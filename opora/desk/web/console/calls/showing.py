"""What the pages show of a call: who it may be, how sure we are, what stands with us, what follows from the answers."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opora.desk.channels.phone import errands, queries, rules
from opora.desk.channels.phone.models import Call, CallerNote
from opora.desk.channels.phone.wording import HIT_WORDS, WORKS_WORDS
from opora.desk.consent.queries import of_ticket, who_may_confirm
from opora.desk.customers.models import Contact, Contract, Organisation
from opora.desk.customers.queries import terms_in_force
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.sla.queries import clocks_open_about
from opora.desk.tickets import definitions
from opora.desk.tickets.policies import visible_to
from opora.desk.web.components.doors import StaffRequest

HOW_WORDS = {
    "exact": gettext_lazy("One person we know has this number."),
    "shared": gettext_lazy("Several people share this number. Ask who speaks."),
    "maybe": gettext_lazy("Nobody has this number, but tickets name it. Perhaps it is one of these people."),
    "unknown": gettext_lazy("We do not know this number."),
}
HOW_NAMES = {
    "exact": gettext_lazy("known number"),
    "shared": gettext_lazy("shared number"),
    "maybe": gettext_lazy("maybe"),
    "unknown": gettext_lazy("unknown"),
}
LANGUAGES = {"ru": gettext_lazy("Russian"), "en": gettext_lazy("English")}


@dataclass(frozen=True, slots=True)
class Who:
    """The caller as far as the number tells, and whether it was proved."""

    found: queries.Caller
    contact: Contact | None
    organisation: Organisation | None
    name: str
    how: Any
    how_words: Any
    proved: bool


def who(call: Call) -> Who:
    """Who calls, or who is called."""
    number = call.called if call.outgoing else call.caller
    found = queries.who_calls(number)
    contact = call.contact or found.contact
    organisation = contact.organisation if contact else call.organisation or found.organisation
    written = call.called_written if call.outgoing else call.caller_written
    name = contact.name if contact else organisation.name if organisation else number or written
    return Who(
        found,
        contact,
        organisation,
        name or _("hidden number"),
        HOW_NAMES[found.how],
        HOW_WORDS[found.how],
        call.proved_id is not None and contact is not None and call.proved_id == contact.pk,
    )


def name_of(call: Call) -> str:
    """The other side of a call in a word: person, organisation, number."""
    if call.contact is not None:
        return call.contact.name
    if call.organisation is not None:
        return call.organisation.name
    number, written = (call.called, call.called_written) if call.outgoing else (call.caller, call.caller_written)
    return number or written or _("hidden number")


def caller(request: StaffRequest, call: Call) -> dict[str, Any]:
    """The panel about the caller."""
    known = who(call)
    terms = terms_in_force(known.organisation, at=request.at) if known.organisation else None
    note = CallerNote.objects.filter(contact=known.contact).select_related("by").first() if known.contact else None
    open_ones = queries.tickets_of([known.contact]) if known.contact else known.found.tickets
    shown = [one.pk for one in open_ones]
    tickets = list(visible_to(request.staff).filter(pk__in=shown).select_related("assignee").order_by("due_at", "-pk"))
    clocks = clocks_open_about("ticket", [one.pk for one in tickets])
    return {
        "call": call,
        "who": known,
        "plan": terms.contract.get_plan_display() if terms else "",
        "is_premium": terms is not None and terms.contract.plan == Contract.Plan.PREMIUM,
        "engineers": queries.engineers_of(known.organisation, at=request.at),
        "language": LANGUAGES.get(known.contact.language[:2], known.contact.language) if known.contact else "",
        "note": note,
        "tickets": [(one, clocks.get(one.pk)) for one in tickets],
        "telephone": errands.telephone_of(request.staff) if may(request.staff, "calls:make") else None,
        "phones": list(known.contact.phones.order_by("pk")) if known.contact else [],
    }


def reckoned(request: StaffRequest, call: Call, said: dict[str, str]) -> dict[str, Any]:
    """What follows from what is written down so far: kind, priority and why, and incidents that look alike."""
    found = rules.urgency(said.get("works", ""), said.get("hit", ""), losing=bool(said.get("losing")))
    words = said.get("happened", "")
    alike = queries.alike(words, queries.service_named(said.get("service", "")), at=request.at)
    why = [str(WORKS_WORDS[found.works])] if found else []
    if found and found.works != "all":
        why.append(_("hit: %(who)s") % {"who": HIT_WORDS[found.hit]})
    if found and found.raised:
        why.append(_("something is being lost right now"))
    return {
        "call": call,
        "urgency": found,
        "meaning": definitions.PRIORITIES[found.priority] if found else None,
        "kind": definitions.KINDS[found.kind][0] if found else "",
        "why": ", ".join(why),
        "alike": alike,
        "said": said,
    }


def form(call: Call, said: dict[str, str]) -> dict[str, Any]:
    """What the form offers to choose from."""
    known = who(call)
    organisation = known.organisation
    people = queries.people_of(organisation) or known.found.contacts
    chosen = said.get("contact") or (str(known.contact.pk) if known.contact else "")
    return {
        "people": people,
        "chosen": chosen,
        "systems": queries.systems_of(organisation),
        "scripts": queries.scripts(),
        "works": list(WORKS_WORDS.items()),
        "hit": list(HIT_WORDS.items()),
        "confirmers": list(who_may_confirm(organisation)) if organisation else [],
        "said": said,
    }


def standing(request: StaffRequest, call: Call) -> dict[str, Any]:
    """The ticket made of the call, and how the requests for confirmation stand."""
    row = queries.taking_down_of(call)
    ticket = row.ticket if row and row.ticket_id else call.ticket
    colleagues = Staff.objects.filter(active=True).order_by("name") if ticket else Staff.objects.none()
    return {
        "call": call,
        "ticket": ticket,
        "requests": [(one, one.answers.all()) for one in of_ticket(ticket.pk)] if ticket else [],
        "engineers_to_hand": [one for one in colleagues if may(one, "tickets:work") and one.pk != request.staff.pk],
    }
