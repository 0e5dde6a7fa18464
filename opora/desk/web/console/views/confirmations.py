"""A ticket's requests for confirmation: how they stand, asking, asking again, taking back. Translates; consent decides."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.consent import actions, policies, queries, states
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.consent.rules import ACTIONS, LEVELS, WATCHING, Named, Terms
from opora.desk.customers.models import Address, System
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import door
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.web.console.confirmation_words import ACTION_WORDS, LEVEL_WORDS, WATCHING_WORDS


class AskForm(forms.Form):
    """What is to be confirmed. Only reads and checks the shape; the rest is refused by the room, in words."""

    systems = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Where"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    what = forms.CharField(
        label=gettext_lazy("What exactly will be done"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )
    actions = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of action"),
        choices=[(code, ACTION_WORDS[code]) for code in ACTIONS],
        widget=forms.CheckboxSelectMultiple,
        initial=["look"],
    )
    level = forms.ChoiceField(
        label=gettext_lazy("Access"),
        choices=[(code, LEVEL_WORDS[code]) for code in LEVELS],
        widget=forms.RadioSelect,
        initial="look",
    )
    starts = forms.DateTimeField(
        label=gettext_lazy("From"),
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}),
    )
    ends = forms.DateTimeField(
        label=gettext_lazy("Until"),
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}),
    )
    engineers = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Who"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    watching = forms.ChoiceField(
        label=gettext_lazy("The customer’s watching"),
        choices=[(code, WATCHING_WORDS[code]) for code in WATCHING],
        initial="notify",
    )
    price = forms.CharField(label=gettext_lazy("Price, if any"), required=False, max_length=100)

    def __init__(self, *args: Any, systems: list[System], engineers: list[Staff], **more: Any) -> None:
        super().__init__(*args, **more | {"label_suffix": ""})
        self.fields["systems"].choices = [(one.pk, one.name) for one in systems]  # type: ignore[attr-defined]
        self.fields["engineers"].choices = [(one.pk, one.name) for one in engineers]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def confirmations(request: StaffRequest, number: int) -> HttpResponse:
    """The ticket's requests, and the form that asks for another."""
    ticket = door(request.staff, number)
    systems, engineers = _systems(ticket), _engineers()
    zone = _zone(ticket)
    form = AskForm(request.POST or None, initial=_first(request, zone), systems=systems, engineers=engineers)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.ask(
                ticket, terms=_terms(form, ticket, systems, engineers, zone), by=request.staff, at=request.at
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("%(mark)s went out to everybody who may confirm.") % {"mark": made.mark})
            return _back(number)
    context = rail.uncounted(request, current="") | {
        "ticket": ticket,
        "asked": [_shown(one, request.at) for one in queries.of_ticket(ticket.pk)],
        "form": form,
        "zone": zone.key,
        "may_ask": policies.may_ask(request.staff),
        "who": list(queries.who_may_confirm(ticket.organisation)) if ticket.organisation else [],
        "others": _others(ticket),
    }
    return render(request, "console/confirmations.html", context, status=422 if form.is_bound else 200)


@require_POST
@for_staff("consent:ask")
def again(request: StaffRequest, number: int, asked: int) -> HttpResponse:
    """Ask again, in the customer's window if it named one."""
    found = _found(request, number, asked)
    counter = found.answers.filter(kind="other_window").order_by("-id").first()
    starts, ends = found.asked_terms.starts, found.asked_terms.ends
    if counter is not None:
        starts, ends = (datetime.fromisoformat(counter.proof[name]) for name in ("starts", "ends"))
    return _try(
        request, number, lambda: actions.ask_again(found, starts=starts, ends=ends, by=request.staff, at=request.at)
    )


@require_POST
@for_staff("consent:ask")
def take_back(request: StaffRequest, number: int, asked: int) -> HttpResponse:
    """Our own request is taken back, with a reason the customer reads."""
    found = _found(request, number, asked)
    why = request.POST.get("why", "")
    return _try(request, number, lambda: actions.withdraw_by_desk(found, by=request.staff, why=why, at=request.at))


@require_POST
@for_staff("consent:ask")
def nominate(request: StaffRequest, number: int) -> HttpResponse:
    """Ask the customer's owner to let one more address confirm."""
    ticket = door(request.staff, number)
    address = Address.objects.filter(
        pk=request.POST.get("address") or 0, contact__organisation=ticket.organisation_id
    ).first()
    if address is None or ticket.organisation_id is None:
        raise NotHere
    why = request.POST.get("why", "")
    return _try(request, number, lambda: actions.nominate(address, by=request.staff, why=why, at=request.at))


def _try(request: StaffRequest, number: int, act: Any) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Done; the customer is told."))
    return _back(number)


def _back(number: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("console:confirmations", args=[number]))


def _found(request: StaffRequest, number: int, asked: int) -> ConfirmationRequest:
    ticket = door(request.staff, number)
    found = next((one for one in queries.of_ticket(ticket.pk) if one.pk == asked), None)
    if found is None:
        raise NotHere
    return found


def _terms(form: AskForm, ticket: Ticket, systems: list[System], engineers: list[Staff], zone: ZoneInfo) -> Terms:
    said = form.cleaned_data
    return Terms(
        ticket=ticket.mark,
        customer=ticket.organisation.name if ticket.organisation else "",
        systems=tuple(Named(one.pk, one.name) for one in systems if one.pk in said["systems"]),
        actions=tuple(code for code in ACTIONS if code in said["actions"]),
        what=said["what"].strip(),
        level=said["level"],
        starts=said["starts"].replace(tzinfo=zone),
        ends=said["ends"].replace(tzinfo=zone),
        zone=zone.key,
        engineers=tuple(Named(one.pk, one.name) for one in engineers if one.pk in said["engineers"]),
        watching=said["watching"],
        price=said["price"].strip(),
    )


def _shown(one: ConfirmationRequest, at: datetime) -> dict[str, Any]:
    return {
        "row": one,
        "answers": [
            (answer, policies.why_not_counted(answer.why_not) if answer.why_not else "") for answer in one.answers.all()
        ],
        "waits": one.state == states.ASKED,
        "stands": one.state == states.CONFIRMED,
        "open_now": one.state == states.CONFIRMED and one.asked_terms.starts <= at < one.asked_terms.ends,
        "again": one.state in {states.COUNTERED, states.EXPIRED, states.DECLINED},
    }


def _systems(ticket: Ticket) -> list[System]:
    if ticket.organisation_id is None:
        return []
    return list(System.objects.filter(organisation=ticket.organisation_id, retired_at=None).order_by("name"))


def _engineers() -> list[Staff]:
    return [one for one in Staff.objects.filter(active=True).order_by("name") if policies.may_touch(one)]


def _others(ticket: Ticket) -> list[Address]:
    if ticket.organisation_id is None:
        return []
    rows = Address.objects.filter(contact__organisation=ticket.organisation_id, contact__active=True, may_confirm=False)
    return list(rows.select_related("contact").order_by("email"))


def _zone(ticket: Ticket) -> ZoneInfo:
    return ZoneInfo(ticket.organisation.zone if ticket.organisation else "UTC")


def _first(request: StaffRequest, zone: ZoneInfo) -> dict[str, Any]:
    """The form's first values: from the next full hour for two hours, by whoever asks."""
    hour = (request.at.astimezone(zone) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return {
        "starts": hour.strftime("%Y-%m-%dT%H:%M"),
        "ends": (hour + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
        "engineers": [request.staff.pk],
    }
