"""Customers: sign up, people and addresses, who may confirm, contracts in versions, systems."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.catalogue.models import Service
from opora.desk.catalogue.queries import services_on_sale
from opora.desk.customers import actions
from opora.desk.customers.models import ContactRole, Contract, Organisation
from opora.desk.customers.queries import terms_in_force
from opora.desk.sla.models import WorkingCalendar
from opora.desk.sla.queries import latest_version
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration import promising, repinning
from opora.desk.web.console.administration.customer_people import (
    ADD_ADDRESS,
    ADD_PERSON,
    ALLOW,
    CHANGE_ROLES,
    RETIRE,
    UNLOCK,
    WITHDRAW,
    WORKS_AGAIN,
    choose,
)
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show
from opora.desk.web.console.administration.engineers import ENGINEERS
from opora.desk.web.console.administration.licences import CREDIT
from opora.desk.web.signin.forms import zones

PAGE = 50
LANGUAGES = [("ru", "Русский"), ("en", "English")]
PRIORITIES = ("low", "medium", "high")


class SignUpForm(DeedForm):
    """A new customer."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones, initial="Europe/Moscow")
    domains = forms.CharField(
        label=gettext_lazy("Mail domains"),
        required=False,
        help_text=gettext_lazy("Parted by spaces. Strangers who write from them belong to this customer."),
    )

    def clean_domains(self) -> list[str]:
        """The domains one by one."""
        return str(self.cleaned_data["domains"]).lower().replace(",", " ").split()


class ContractForm(promising.PromisesForm):
    """A new contract: plan, calendar and what is promised per priority."""

    number = forms.CharField(label=gettext_lazy("Number"), max_length=40)
    plan = forms.ChoiceField(label=gettext_lazy("Plan"), choices=Contract.Plan.choices)
    calendar: "forms.ModelChoiceField[WorkingCalendar]" = forms.ModelChoiceField(
        label=gettext_lazy("Calendar"), queryset=WorkingCalendar.objects.all()
    )
    low = forms.CharField(label=gettext_lazy("First reply, low priority"), initial="8h", max_length=20)
    medium = forms.CharField(label=gettext_lazy("First reply, medium priority"), initial="4h", max_length=20)
    high = forms.CharField(label=gettext_lazy("First reply, high priority"), initial="1h", max_length=20)
    warn_share = forms.IntegerField(
        label=gettext_lazy("Warn us after so many percent"), initial=75, min_value=1, max_value=99
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    field_order: tuple[str, ...] = ("number", "plan", "calendar", "low", "medium", "high")


class TermsForm(ContractForm):
    """New terms of a contract that stands: what is left empty stays as it is, a dash withdraws a promise."""

    contract: "forms.ModelChoiceField[Contract]" = forms.ModelChoiceField(
        label=gettext_lazy("Contract"), queryset=Contract.objects.none()
    )
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)
    field_order = ("contract", "calendar", "low", "medium", "high")

    def prepare(self, subject: Any) -> None:
        """Only this customer's contracts; number and plan stay."""
        del self.fields["number"], self.fields["plan"]
        running = subject.contracts.filter(ended_at__isnull=True)
        choose(self, "contract", running)
        for name in ("calendar", "low", "medium", "high", "warn_share"):
            self.fields[name].required, self.fields[name].initial = False, None
        self.fields["calendar"].empty_label = _("as it stands")  # type: ignore[attr-defined]
        self.fields["low"].help_text = _("What you leave empty stays as it is; a dash (—) withdraws the promise.")
        self.fields["holds"].choices = [  # type: ignore[attr-defined]
            *self.fields["holds"].choices,  # type: ignore[attr-defined]
            (promising.NEVER, _("never")),
        ]
        standing = [one.versions.order_by("number").last() for one in running[:2]]
        if len(standing) == 1 and standing[0] is not None:
            promising.show_standing(self, standing[0])


class SystemForm(DeedForm):
    """A system of the customer's."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    service: "forms.ModelChoiceField[Service]" = forms.ModelChoiceField(
        label=gettext_lazy("Service"), queryset=services_on_sale()
    )
    addresses = forms.CharField(
        label=gettext_lazy("Host names and addresses"), required=False, help_text=gettext_lazy("Parted by spaces.")
    )
    accepted = forms.BooleanField(label=gettext_lazy("Accepted into support"), required=False)


def _terms(request: StaffRequest, said: dict[str, Any]) -> dict[str, Any]:
    more = promising.promised(said)
    return _valid(request, said) | {
        **more,
        "targets": {"first_reply": {priority: said[priority] for priority in PRIORITIES}, **more["targets"]},
        "calendar_version": latest_version(said["calendar"]),
        "warn_share": said["warn_share"],
    }


def _valid(request: StaffRequest, said: dict[str, Any]) -> dict[str, Any]:
    day = said["valid_from"]
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else request.at
    return {"valid_from": since, "by": request.staff.actor, "at": request.at}


def _sign_up(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    row = actions.sign_up(**said, by=request.staff.actor, at=request.at)
    address = reverse("administration:customer", args=[row.pk])
    return Done(_("“%(name)s” is a customer now. Add its people next.") % {"name": row.name}, address=address)


def _sign_contract(request: StaffRequest, customer: Organisation, said: dict[str, Any]) -> Done:
    terms = _terms(request, said)
    actions.sign_contract(organisation=customer, number=said["number"], plan=said["plan"], **terms)
    return Done(_("The contract is signed."))


def _revise(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    last = said["contract"].versions.latest("number")
    terms = promising.revised(last, said) | _valid(request, said)
    actions.revise_contract(said["contract"], why=said["why"], **terms)
    return Done(_("New terms are written. Running tickets keep those they began under."))


def _register(request: StaffRequest, customer: Organisation, said: dict[str, Any]) -> Done:
    actions.register_system(
        organisation=customer,
        service=said["service"],
        name=said["name"],
        addresses=said["addresses"].replace(",", " ").split(),
        accepted_at=request.at if said["accepted"] else None,
        by=request.staff.actor,
        at=request.at,
    )
    return Done(_("The system is registered."))


CUSTOMERS = Page(
    "console/administration/customers.html",
    "customers",
    "customers:edit",
    (Deed("customer", gettext_lazy("Sign up a customer"), SignUpForm, _sign_up),),
)
CUSTOMER = Page(
    "console/administration/customer.html",
    "customers",
    "customers:edit",
    (
        ADD_PERSON,
        ADD_ADDRESS,
        CHANGE_ROLES,
        ALLOW,
        Deed("contract", gettext_lazy("Sign a contract"), ContractForm, _sign_contract),
        Deed("terms", gettext_lazy("Write new terms"), TermsForm, _revise, lambda one: one.contracts.exists()),
        repinning.OF_CONTRACT,
        CREDIT,
        ENGINEERS,
        Deed("system", gettext_lazy("Register a system"), SystemForm, _register),
        WITHDRAW,
        WORKS_AGAIN,
        UNLOCK,
        RETIRE,
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def customers(request: StaffRequest) -> HttpResponse:
    """Customers by name, a page at a time; narrowed by words of the name."""
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    rows = Organisation.objects.filter(name__icontains=asked) if asked else Organisation.objects.all()
    last = _last_seen(request.GET.get("after", ""))
    if last is not None:
        rows = rows.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    found = list(rows.order_by("name", "pk")[: PAGE + 1])
    known = {"rows": found[:PAGE], "asked": asked, "after": found[PAGE - 1].pk if len(found) > PAGE else ""}
    return show(request, CUSTOMERS, None, lambda: known)


def _last_seen(number: str) -> Organisation | None:
    if not number.isdecimal() or len(number) > 18:
        return None
    return Organisation.objects.filter(pk=int(number)).first()


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def customer(request: StaffRequest, organisation: int) -> HttpResponse:
    """One customer: people, contracts with their versions, systems."""
    row = Organisation.objects.filter(pk=organisation).first()
    if row is None:
        raise Http404
    labels = dict(ContactRole.choices)
    people = row.contacts.prefetch_related("addresses", "phones").order_by("-active", "name")
    known = {
        "people": [{"row": one, "roles": [labels[ContactRole(role)] for role in one.roles]} for one in people],
        "contracts": row.contracts.prefetch_related("versions__calendar_version__calendar").order_by("pk"),
        "in_force": terms_in_force(row, at=request.at),
        "systems": row.systems.select_related("service").filter(retired_at__isnull=True).order_by("name"),
        "back": reverse("administration:customers"),
    }
    return show(request, CUSTOMER, row, lambda: known)
