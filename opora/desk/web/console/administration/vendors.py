"""Vendors: who they are, where they are written to, what they owe us."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.catalogue import vendors as actions
from opora.desk.catalogue.models import Vendor
from opora.desk.sla.models import WorkingCalendar
from opora.desk.sla.queries import latest_version
from opora.desk.sla.words import say_length
from opora.desk.tickets.definitions import PRIORITIES
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show

LANGUAGES = [("en", "English"), ("ru", "Русский")]


class VendorForm(DeedForm):
    """A new vendor."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    emails = forms.CharField(
        label=gettext_lazy("Addresses of its support"),
        help_text=gettext_lazy(
            "Parted by spaces; we write to the first. Letters from any of them belong to our cases."
        ),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language we write in"), choices=LANGUAGES)
    portal = forms.URLField(label=gettext_lazy("Its portal"), required=False, assume_scheme="https")
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class AddressesForm(DeedForm):
    """Other addresses."""

    emails = forms.CharField(label=gettext_lazy("Addresses of its support"))


class VendorTermsForm(DeedForm):
    """What the vendor owes us."""

    contract = forms.CharField(label=gettext_lazy("Number of the contract"), max_length=60)
    calendar: "forms.ModelChoiceField[WorkingCalendar]" = forms.ModelChoiceField(
        label=gettext_lazy("Calendar"), queryset=WorkingCalendar.objects.all()
    )
    low = forms.CharField(label=gettext_lazy("Answer, low priority"), initial="2d", max_length=20)
    medium = forms.CharField(label=gettext_lazy("Answer, medium priority"), initial="8h", max_length=20)
    high = forms.CharField(label=gettext_lazy("Answer, high priority"), initial="2h", max_length=20)
    chase_every = forms.CharField(label=gettext_lazy("Ask again after"), initial=actions.CHASE_EVERY, max_length=20)
    chase_most = forms.IntegerField(
        label=gettext_lazy("At most so many times"), initial=actions.CHASE_MOST, min_value=0, max_value=20
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )


class RetireForm(DeedForm):
    """A vendor we work with no more."""

    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


def _add(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    row = actions.add_vendor(**said | {"emails": _parted(said["emails"])}, by=request.staff.actor, at=request.at)
    return Done(
        _("The vendor is added. Write down next what it owes us."), reverse("administration:vendor", args=[row.pk])
    )


def _readdress(request: StaffRequest, vendor: Vendor, said: dict[str, Any]) -> Done:
    actions.change_vendor_addresses(vendor, emails=_parted(said["emails"]), by=request.staff.actor, at=request.at)
    return Done(_("The addresses are changed."))


def _agree(request: StaffRequest, vendor: Vendor, said: dict[str, Any]) -> Done:
    day = said["valid_from"]
    actions.agree_vendor_terms(
        vendor,
        contract=said["contract"],
        calendar_version=latest_version(said["calendar"]),
        targets={priority: said[priority] for priority in PRIORITIES},
        chase_every=said["chase_every"],
        chase_most=said["chase_most"],
        valid_from=datetime(day.year, day.month, day.day, tzinfo=UTC) if day else request.at,
        by=request.staff.actor,
        at=request.at,
    )
    return Done(_("New terms are written. Running cases keep those they began under."))


def _retire(request: StaffRequest, vendor: Vendor, said: dict[str, Any]) -> Done:
    actions.retire_vendor(vendor, why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("No new case is opened there; those that run go on."))


def _parted(words: str) -> list[str]:
    return words.replace(",", " ").replace(";", " ").split()


VENDORS = Page(
    "console/administration/vendors.html",
    "vendors",
    "vendors:edit",
    (Deed("vendor", gettext_lazy("Add a vendor"), VendorForm, _add),),
)
VENDOR = Page(
    "console/administration/vendor.html",
    "vendors",
    "vendors:edit",
    (
        Deed("terms", gettext_lazy("Write down what it owes us"), VendorTermsForm, _agree),
        Deed("addresses", gettext_lazy("Change its addresses"), AddressesForm, _readdress),
        Deed("retire", gettext_lazy("Retire the vendor"), RetireForm, _retire, lambda one: one.active, danger=True),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def vendors(request: StaffRequest) -> HttpResponse:
    """Every vendor by name."""
    return show(request, VENDORS, None, lambda: {"vendors": Vendor.objects.order_by("-active", "name")})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def vendor(request: StaffRequest, vendor: int) -> HttpResponse:
    """One vendor with the versions of its terms. Raises Http404."""
    row = Vendor.objects.filter(pk=vendor).first()
    if row is None:
        raise Http404
    return show(request, VENDOR, row, lambda: {"terms": [_shown(one) for one in _terms(row)]})


def _terms(row: Vendor) -> Any:
    return row.terms.select_related("calendar_version__calendar").order_by("-number")


def _shown(one: Any) -> dict[str, Any]:
    targets = [(PRIORITIES[code][0], say_length(one.targets[code])) for code in PRIORITIES]
    return {"row": one, "targets": targets, "chase_every": say_length(one.chase_every)}
