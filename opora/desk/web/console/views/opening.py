"""A new ticket by a colleague: for a caller at the phone, or of our own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from opora.desk.catalogue.models import Service
from opora.desk.catalogue.queries import services_on_sale
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Contact
from opora.desk.customers.queries import find_contact_by_email
from opora.desk.kernel.errors import Refused
from opora.desk.tickets import actions, definitions, rules
from opora.desk.tickets.queries import priorities_for
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.components.files import taken_from
from opora.desk.web.console import rail
from opora.desk.web.console.views.acts import whole


class OpeningForm(forms.Form):
    """What a new ticket needs."""

    email = forms.EmailField(label=gettext_lazy("The customer's address"), max_length=254)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Only for somebody who is not known yet."),
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=rules.LONGEST_SUBJECT)
    text = forms.CharField(label=gettext_lazy("In the customer's words"), widget=forms.Textarea(attrs={"rows": 8}))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[(code, said[0]) for code, said in definitions.KINDS.items()]
    )
    priority = forms.ChoiceField(choices=[(code, code) for code in definitions.PRIORITIES], initial="low")
    channel = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[("phone", definitions.CHANNELS["phone"]), ("staff", definitions.CHANNELS["staff"])],
    )
    service: "forms.ModelChoiceField[Service]" = forms.ModelChoiceField(
        label=gettext_lazy("Service"), queryset=services_on_sale(), required=False, empty_label="—"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs.update({"list": "people", "data-people": reverse("console:people")})
        self.fields["email"].widget.attrs.update({"autocomplete": "off", "autofocus": True})
        self.fields["service"].widget.attrs |= {
            "hx-get": reverse("console:priorities"),
            "hx-trigger": "change",
            "hx-target": "#priorities",
            "hx-swap": "outerHTML",
            "hx-include": "[name=priority]:checked",
        }


@require_http_methods(["GET", "POST"])
@for_staff("tickets:open")
def new(request: StaffRequest) -> HttpResponse:
    """The form, and what comes of it."""
    form = OpeningForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return opened(request, form)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    context = rail.uncounted(request, current="new") | {"form": form} | _meanings(form["service"].value(), form)
    return render(request, "console/new.html", context, status=422 if form.errors else 200)


@require_safe
@for_staff("tickets:open")
def priorities(request: StaffRequest) -> HttpResponse:
    """The priorities in the words of the chosen service: asked for when another one is chosen."""
    form = OpeningForm(initial={"priority": request.GET.get("priority", "low")})
    return render(request, "console/priorities.html", _meanings(request.GET.get("service"), form))


def _meanings(service: Any, form: OpeningForm) -> dict[str, Any]:
    number = whole(str(service or ""))
    return {"priorities": priorities_for(number or None).items(), "chosen": form["priority"].value()}


def opened(request: StaffRequest, form: OpeningForm) -> HttpResponse:
    """The ticket's page after it was opened."""
    said = form.cleaned_data
    ticket = actions.open_ticket(
        requester=requester(request, said["email"], said["name"]),
        subject=said["subject"],
        text=said["text"],
        kind=said["kind"],
        priority=said["priority"],
        channel=said["channel"],
        service=said["service"],
        files=taken_from(request),
        by=request.staff.actor,
        at=request.at,
    )
    messages.success(request, _("%(mark)s is open.") % {"mark": ticket.mark})
    return HttpResponseRedirect(reverse("console:ticket", args=[ticket.pk]))


def requester(request: StaffRequest, email: str, name: str) -> Contact:
    """The person behind the address; somebody new is written down without an organisation."""
    known = find_contact_by_email(email)
    if known is not None:
        return known
    by, at = request.staff.actor, request.at
    name = name.strip() or email.partition("@")[0]
    return customers.add_contact(organisation=None, name=name, emails=[email], by=by, at=at)
