"""Until when what may be used on a customer's systems; and what its contract owes when we fail."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.customers import actions
from opora.desk.customers.models import Contract, Organisation, System
from opora.desk.customers.queries import licences_of
from opora.desk.kernel.errors import Refused
from opora.desk.tickets.definitions import CAUSES
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show

CURRENCIES = [(one, one) for one in ("RUB", "EUR", "USD", "KZT", "BYN")]


class LicenceForm(DeedForm):
    """A licence date as we hold it."""

    system: "forms.ModelChoiceField[System]" = forms.ModelChoiceField(
        label=gettext_lazy("System"), queryset=System.objects.none()
    )
    product = forms.CharField(label=gettext_lazy("Product"), max_length=120)
    number = forms.CharField(label=gettext_lazy("Number"), max_length=120, required=False)
    valid_until = forms.DateField(label=gettext_lazy("Valid through"), widget=forms.DateInput(attrs={"type": "date"}))

    def prepare(self, subject: Any) -> None:
        """Only this customer's systems."""
        field = self.fields["system"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = subject.systems.filter(retired_at__isnull=True).order_by("name")


class CreditForm(DeedForm):
    """What a contract owes back."""

    contract: "forms.ModelChoiceField[Contract]" = forms.ModelChoiceField(
        label=gettext_lazy("Contract"), queryset=Contract.objects.none()
    )
    fee = forms.DecimalField(label=gettext_lazy("Monthly fee"), min_value=0, max_digits=12, decimal_places=2)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=CURRENCIES)
    missed = forms.IntegerField(
        label=gettext_lazy("Percent of the fee for each missed promise"), min_value=0, max_value=100
    )
    outage_hour = forms.IntegerField(
        label=gettext_lazy("Percent of the fee for each begun hour of a total outage"), min_value=0, max_value=100
    )
    cap = forms.IntegerField(label=gettext_lazy("At most so many percent"), min_value=1, max_value=100, initial=50)
    excused = forms.MultipleChoiceField(
        label=gettext_lazy("Causes whose hours are not paid for"),
        choices=list(CAUSES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=["customer_change"],
    )
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    def prepare(self, subject: Any) -> None:
        """Only contracts that stand."""
        field = self.fields["contract"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = subject.contracts.filter(ended_at__isnull=True)


def _note(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    actions.note_licence(**said, by=request.staff.actor, at=request.at)
    return Done(_("The date is noted. It suggests itself as the cause when something fails after it."))


def agree_credit(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    """New terms of the contract, like the last ones but for what is owed back. Raises Refused for nonsense."""
    last = said["contract"].versions.order_by("number").last()
    credit = {name: said[name] for name in ("currency", "missed", "outage_hour", "cap", "excused")}
    try:
        actions.revise_contract(
            said["contract"],
            targets=last.targets,
            calendar_version=last.calendar_version,
            warn_share=last.warn_share,
            valid_from=request.at,
            by=request.staff.actor,
            at=request.at,
            why=said["why"],
            credit={"fee": int(said["fee"] * 100), **credit},
        )
    except ValueError as error:
        raise Refused(
            "customers.credit_unread", _("Write a fee above zero and a limit of 1 to 100 percent.")
        ) from error
    return Done(_("New terms are written. Running tickets keep those they began under."))


CREDIT = Deed(
    "credit",
    gettext_lazy("Say what we owe when we fail"),
    CreditForm,
    agree_credit,
    lambda one: one.contracts.filter(ended_at__isnull=True).exists(),
)
LICENCES = Page(
    "console/administration/licences.html",
    "customers",
    "tickets:work",
    (Deed("licence", gettext_lazy("Note a licence date"), LicenceForm, _note),),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def licences(request: StaffRequest, organisation: int) -> HttpResponse:
    """The licence dates of one customer. Raises Http404."""
    row = Organisation.objects.filter(pk=organisation).first()
    if row is None:
        raise Http404
    return show(request, LICENCES, row, lambda: {"licences": licences_of(row.pk), "today": request.at.date()})
