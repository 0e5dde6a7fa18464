"""The catalogue: services the provider sells, in groups, each with the line that answers for it."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.catalogue import actions
from opora.desk.catalogue.models import Service, ServiceGroup
from opora.desk.catalogue.queries import services_on_sale
from opora.desk.people.models import Team
from opora.desk.tickets.definitions import PRIORITIES
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show


class GroupForm(DeedForm):
    """A new group."""

    name = forms.CharField(label=gettext_lazy("Name in English"), max_length=80)
    name_ru = forms.CharField(label=gettext_lazy("Name in Russian"), max_length=80, required=False)
    slug = forms.SlugField(label=gettext_lazy("Short name in addresses"), max_length=40)


class ServiceForm(GroupForm):
    """A new service."""

    group: "forms.ModelChoiceField[ServiceGroup]" = forms.ModelChoiceField(
        label=gettext_lazy("Group"), queryset=ServiceGroup.objects.all()
    )
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    line: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(
        label=gettext_lazy("Line that answers for it"), queryset=Team.objects.all(), required=False
    )
    field_order = ("group",)


class RetireForm(DeedForm):
    """A service that is sold no more."""

    service: "forms.ModelChoiceField[Service]" = forms.ModelChoiceField(
        label=gettext_lazy("Service"), queryset=services_on_sale()
    )
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class PriorityForm(DeedForm):
    """What a priority means for one service."""

    service: "forms.ModelChoiceField[Service]" = forms.ModelChoiceField(
        label=gettext_lazy("Service"), queryset=services_on_sale()
    )
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), choices=[(code, words[0]) for code, words in PRIORITIES.items()]
    )
    meaning = forms.CharField(
        label=gettext_lazy("Meaning in English"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Leave it empty to go back to the general meaning."),
    )
    meaning_ru = forms.CharField(label=gettext_lazy("Meaning in Russian"), max_length=300, required=False)
    example = forms.CharField(label=gettext_lazy("Example in English"), max_length=300, required=False)
    example_ru = forms.CharField(label=gettext_lazy("Example in Russian"), max_length=300, required=False)


def _define(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    actions.define_priority(**said, by=request.staff.actor, at=request.at)
    return Done(_("Customers and colleagues read it beside the choice from now on."))


def _add_group(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    actions.add_group(**said, by=request.staff.actor, at=request.at)
    return Done(_("The group is added."))


def _add_service(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    actions.add_service(**said, by=request.staff.actor, at=request.at)
    return Done(_("The service is added."))


def _retire(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    actions.retire_service(said["service"], why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("The service is offered no more; its tickets stay."))


CATALOGUE = Page(
    "console/administration/catalogue.html",
    "catalogue",
    "settings:edit",
    (
        Deed("service", gettext_lazy("Add a service"), ServiceForm, _add_service),
        Deed("group", gettext_lazy("Add a group"), GroupForm, _add_group),
        Deed("priority", gettext_lazy("Say what a priority means for a service"), PriorityForm, _define),
        Deed("retire", gettext_lazy("Retire a service"), RetireForm, _retire, danger=True),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def catalogue(request: StaffRequest) -> HttpResponse:
    """What is sold, and who answers for it."""
    return show(
        request, CATALOGUE, None, lambda: {"services": services_on_sale().prefetch_related("priority_meanings")}
    )
