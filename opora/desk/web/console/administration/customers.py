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
from opora.desk.consent import actions as consent
from opora.desk.customers import actions
from opora.desk.customers.models import Address, Contact, ContactRole, Contract, Organisation
from opora.desk.customers.queries import may_somebody_confirm, terms_in_force
from opora.desk.sla.models import WorkingCalendar
from opora.desk.sla.queries import latest_version
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration import promising, repinning
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, WhyForm, show
from opora.desk.web.console.administration.engineers import ENGINEERS
from opora.desk.web.console.administration.licences import CREDIT
from opora.desk.web.signin import actions as signin
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


class ContactForm(DeedForm):
    """A new person of the customer's."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    phone = forms.RegexField(
        r"^\+[1-9][0-9]{6,14}$",
        label=gettext_lazy("Phone"),
        required=False,
        help_text=gettext_lazy("With country: +74951234567"),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=ContactRole.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    may_confirm = forms.BooleanField(
        label=gettext_lazy("Letters from this address may confirm work on the customer's systems"), required=False
    )


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
    """New terms of a contract that stands."""

    contract: "forms.ModelChoiceField[Contract]" = forms.ModelChoiceField(
        label=gettext_lazy("Contract"), queryset=Contract.objects.none()
    )
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)
    field_order = ("contract", "calendar", "low", "medium", "high")

    def prepare(self, subject: Any) -> None:
        """Only this customer's contracts; number and plan stay."""
        del self.fields["number"], self.fields["plan"]
        _choose(self, "contract", subject.contracts.filter(ended_at__isnull=True))


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


class _OfContact(DeedForm):
    contact: "forms.ModelChoiceField[Contact]" = forms.ModelChoiceField(
        label=gettext_lazy("Person"), queryset=Contact.objects.none()
    )

    def prepare(self, subject: Any) -> None:
        """Only this customer's active people."""
        _choose(self, "contact", subject.contacts.filter(active=True))


class AddressForm(_OfContact):
    """One more address of a person."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)


class ContactRolesForm(_OfContact):
    """Other roles of a person."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=ContactRole.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class UnlockForm(_OfContact):
    """Somebody who guessed a password too often."""

    def prepare(self, subject: Any) -> None:
        """Only people who have an account."""
        _choose(self, "contact", subject.contacts.filter(active=True, account__isnull=False))


class RetireForm(_OfContact):
    """Somebody who no longer speaks for the customer."""

    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class _OfAddress(WhyForm):
    address: "forms.ModelChoiceField[Address]" = forms.ModelChoiceField(
        label=gettext_lazy("Address"), queryset=Address.objects.none()
    )
    field_order = ("address", "why")
    confirming = False

    def prepare(self, subject: Any) -> None:
        """Only this customer's addresses that may, or may not, confirm now."""
        super().prepare(subject)
        _choose(self, "address", _addresses(subject, may_confirm=self.confirming))


class AllowForm(_OfAddress):
    """An address that may confirm from now on."""


class WithdrawForm(_OfAddress):
    """An address that may no longer confirm."""

    confirming = True


class BouncedForm(DeedForm):
    """An address from which letters came back."""

    address: "forms.ModelChoiceField[Address]" = forms.ModelChoiceField(
        label=gettext_lazy("Address"), queryset=Address.objects.none()
    )

    def prepare(self, subject: Organisation) -> None:
        """Only the customer's own bounced addresses."""
        _choose(self, "address", _bounced(subject))


def _bounced(organisation: Organisation) -> Any:
    return Address.objects.filter(contact__organisation=organisation, bounced_at__isnull=False)


def _clear_bounce(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.clear_bounce(said["address"], by=request.staff.actor, at=request.at)
    return Done(_("Letters go to this address from now on."))


def _choose(form: forms.Form, name: str, rows: Any) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = rows


def _addresses(organisation: Organisation, *, may_confirm: bool) -> Any:
    return Address.objects.filter(contact__organisation=organisation, contact__active=True, may_confirm=may_confirm)


def _terms(request: StaffRequest, said: dict[str, Any]) -> dict[str, Any]:
    day = said["valid_from"]
    more = promising.promised(said)
    return {
        **more,
        "targets": {"first_reply": {priority: said[priority] for priority in PRIORITIES}, **more["targets"]},
        "calendar_version": latest_version(said["calendar"]),
        "warn_share": said["warn_share"],
        "valid_from": datetime(day.year, day.month, day.day, tzinfo=UTC) if day else request.at,
        "by": request.staff.actor,
        "at": request.at,
    }


def _sign_up(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    row = actions.sign_up(**said, by=request.staff.actor, at=request.at)
    address = reverse("administration:customer", args=[row.pk])
    return Done(_("“%(name)s” is a customer now. Add its people next.") % {"name": row.name}, address=address)


def _add_contact(request: StaffRequest, customer: Organisation, said: dict[str, Any]) -> Done:
    first = not may_somebody_confirm(customer)
    contact = actions.add_contact(
        organisation=customer,
        name=said["name"],
        emails=[said["email"]],
        phones=[said["phone"]] if said["phone"] else [],
        roles=said["roles"],
        may_confirm=said["may_confirm"] and first,
        by=request.staff.actor,
        at=request.at,
    )
    if said["may_confirm"] and not first:
        why = _("Named when the person was added.")
        consent.nominate(contact.addresses.get(), by=request.staff, why=why, at=request.at)
        return Done(
            _("%(name)s can write to us. Whether the address may confirm, the owner decides.") % {"name": contact.name}
        )
    return Done(_("%(name)s can write to us and sign in by a code.") % {"name": contact.name})


def _add_address(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.add_address(said["contact"], email=said["email"], by=request.staff.actor, at=request.at)
    return Done(_("The address is added. It may not confirm work until you allow it."))


def _change_roles(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.change_contact_roles(said["contact"], roles=said["roles"], by=request.staff.actor, at=request.at)
    return Done(_("The roles are changed."))


def _allow(request: StaffRequest, customer: Organisation, said: dict[str, Any]) -> Done:
    if may_somebody_confirm(customer):
        consent.nominate(said["address"], by=request.staff, why=said["why"], at=request.at)
        return Done(
            _("%(email)s is nominated; the customer's owner decides in the portal.") % {"email": said["address"].email}
        )
    actions.allow_confirming(said["address"], why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("Letters from %(email)s may confirm work now.") % {"email": said["address"].email})


def _withdraw(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.withdraw_confirming(said["address"], why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("Letters from %(email)s confirm nothing any more.") % {"email": said["address"].email})


def _unlock(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    signin.unlock(said["contact"].account, by=request.staff.actor, at=request.at)
    return Done(_("%(name)s may try to sign in again at once.") % {"name": said["contact"].name})


def _retire(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.retire_contact(said["contact"], why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("%(name)s no longer speaks for this customer.") % {"name": said["contact"].name})


def _sign_contract(request: StaffRequest, customer: Organisation, said: dict[str, Any]) -> Done:
    terms = _terms(request, said)
    actions.sign_contract(organisation=customer, number=said["number"], plan=said["plan"], **terms)
    return Done(_("The contract is signed."))


def _revise(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.revise_contract(said["contract"], why=said["why"], **_terms(request, said))
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


def _has_people(customer: Organisation) -> bool:
    return customer.contacts.filter(active=True).exists()


def _has_accounts(customer: Organisation) -> bool:
    return customer.contacts.filter(active=True, account__isnull=False).exists()


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
        Deed("contact", gettext_lazy("Add a person"), ContactForm, _add_contact),
        Deed("address", gettext_lazy("Add an address"), AddressForm, _add_address, _has_people),
        Deed("roles", gettext_lazy("Change a person's roles"), ContactRolesForm, _change_roles, _has_people),
        Deed(
            "allow",
            gettext_lazy("Allow an address to confirm work"),
            AllowForm,
            _allow,
            lambda one: _addresses(one, may_confirm=False).exists(),
        ),
        Deed("contract", gettext_lazy("Sign a contract"), ContractForm, _sign_contract),
        Deed("terms", gettext_lazy("Write new terms"), TermsForm, _revise, lambda one: one.contracts.exists()),
        repinning.OF_CONTRACT,
        CREDIT,
        ENGINEERS,
        Deed("system", gettext_lazy("Register a system"), SystemForm, _register),
        Deed(
            "withdraw",
            gettext_lazy("Withdraw the right to confirm"),
            WithdrawForm,
            _withdraw,
            lambda one: _addresses(one, may_confirm=True).exists(),
            danger=True,
        ),
        Deed(
            "bounced",
            gettext_lazy("An address works again"),
            BouncedForm,
            _clear_bounce,
            lambda one: _bounced(one).exists(),
        ),
        Deed("unlock", gettext_lazy("Unlock the sign-in"), UnlockForm, _unlock, _has_accounts),
        Deed("retire", gettext_lazy("A person left"), RetireForm, _retire, _has_people, danger=True),
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
