"""What an operator does with a call besides writing it down: prove, note, hand on, call back; calling, and pausing."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from opora.desk.channels.phone import actions, errands, queries
from opora.desk.channels.phone.models import Call
from opora.desk.customers.models import Contact
from opora.desk.kernel.errors import Clash, NotHere, Refused
from opora.desk.people.models import Staff
from opora.desk.tickets.policies import door
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.views.acts import back, whole


@require_POST
@for_staff("calls:take")
def act(request: StaffRequest, call: int, verb: str) -> HttpResponse:
    """One of the table's verbs. Raises NotHere for any other."""
    found = queries.find(call)
    if verb not in VERBS:
        raise NotHere
    try:
        VERBS[verb](request, found)
    except Refused as refused:
        messages.error(request, refused.message)
    return HttpResponseRedirect(reverse("calls:call", args=[call]))


@require_POST
@for_staff("calls:take")
def call_back(request: StaffRequest, task: int, verb: str) -> HttpResponse:
    """Somebody called back, or nobody needs to."""
    row = queries.call_back(task)
    note = request.POST.get("note", "")
    try:
        if verb == "done":
            actions.call_back_done(row, by=request.staff, at=request.at, note=note)
        elif verb == "drop":
            actions.drop_call_back(row, by=request.staff, at=request.at, note=note)
        else:
            raise NotHere
    except (Refused, Clash) as refused:
        messages.error(request, getattr(refused, "message", _("Somebody was quicker.")))
    return HttpResponseRedirect(reverse("calls:desk"))


@require_POST
@for_staff("calls:make")
def make_call(request: StaffRequest) -> HttpResponse:
    """Ring at my telephone, then at the number; for a ticket, only one the colleague may see."""
    ticket = door(request.staff, number) if (number := whole(request.POST.get("ticket"))) else None
    contact = Contact.objects.filter(pk=whole(request.POST.get("contact"))).first()
    try:
        errands.click_to_call(
            number=request.POST.get("number", ""), by=request.staff, at=request.at, ticket=ticket, contact=contact
        )
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Your telephone rings first; pick it up."))
    return HttpResponseRedirect(back(request))


@require_POST
@for_staff("calls:take")
def pause(request: StaffRequest) -> HttpResponse:
    """Leave the operator out of the queues, or take it in again. Raises NotHere for any other wish."""
    if (wish := request.POST.get("do")) not in ("pause", "return"):
        raise NotHere
    try:
        errands.pause(on=wish == "pause", by=request.staff, at=request.at)
    except Refused as refused:
        messages.error(request, refused.message)
    return HttpResponseRedirect(reverse("calls:desk"))


@require_GET
@for_staff("calls:make")
def phones_of_ticket(request: StaffRequest, number: int) -> HttpResponse:
    """The numbers behind a ticket and the calls about it; asked for when the menu first opens."""
    ticket = door(request.staff, number)
    context = {
        "ticket": ticket,
        "phones": list(ticket.requester.phones.order_by("pk")),
        "calls": queries.calls_of_ticket(ticket.pk),
        "telephone": errands.telephone_of(request.staff),
    }
    return render(request, "console/calls/phones.html", context)


def _pin(request: StaffRequest, call: Call) -> None:
    right = actions.prove_caller(
        _person(request, call), pin=request.POST.get("pin", ""), by=request.staff, at=request.at, call=call
    )
    if right:
        messages.success(request, _("The PIN is right: this is the person."))
    else:
        messages.error(request, _("The PIN is wrong, or none was made. Call back on a number we have instead."))


def _called_back(request: StaffRequest, call: Call) -> None:
    actions.prove_by_call_back(call, contact=_person(request, call), by=request.staff, at=request.at)
    messages.success(request, _("We called the person back: it is believed."))


def _note(request: StaffRequest, call: Call) -> None:
    actions.note_caller(_person(request, call), text=request.POST.get("text", ""), by=request.staff, at=request.at)


def _hand(request: StaffRequest, call: Call) -> None:
    if call.ticket is None:
        raise Refused("phone.no_ticket", _("Write it down first; the engineer needs the ticket."))
    to = Staff.objects.filter(pk=whole(request.POST.get("to")), active=True).first()
    if to is None:
        raise Refused("phone.nobody", _("Choose an engineer."))
    actions.hand_to_engineer(
        call, ticket=call.ticket, to=to, by=request.staff, words=request.POST.get("words", ""), at=request.at
    )
    messages.success(request, _("%(name)s reads what the caller wants.") % {"name": to.name})


def _person(request: StaffRequest, call: Call) -> Contact:
    """The person named in the form, else the one the call knows; only one whom this number or its customer can mean."""
    chosen = queries.contact_named(request.POST.get("contact", "")) or call.contact
    found = queries.who_calls(call.called if call.outgoing else call.caller)
    organisation = call.organisation or found.organisation
    likely = chosen is not None and (
        chosen.pk == call.contact_id
        or chosen in found.contacts
        or (organisation is not None and chosen.organisation_id == organisation.pk)
    )
    if chosen is None or not likely:
        raise Refused("phone.nobody", _("Choose who speaks."))
    return chosen


VERBS: dict[str, Callable[[StaffRequest, Call], None]] = {
    "pin": _pin,
    "called-back": _called_back,
    "note": _note,
    "hand": _hand,
}
