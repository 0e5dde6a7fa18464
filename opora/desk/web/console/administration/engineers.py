"""A customer's own engineer and who stands in, on the customer's page."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opora.desk.customers.models import Organisation
from opora.desk.dispatch import routing
from opora.desk.dispatch.models import OwnEngineer
from opora.desk.people.models import Staff
from opora.desk.web.components.doors import StaffRequest
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done


def _colleague(label: Any) -> "forms.ModelChoiceField[Staff]":
    rows = Staff.objects.filter(active=True).order_by("name")
    return forms.ModelChoiceField(label=label, queryset=rows, required=False, empty_label=gettext_lazy("nobody"))


class EngineersForm(DeedForm):
    """Who it is now, to be changed."""

    engineer = _colleague(gettext_lazy("Own engineer"))
    stands_in = _colleague(gettext_lazy("Stands in"))

    def prepare(self, subject: Any) -> None:
        """Begin with those named now."""
        for one in OwnEngineer.objects.filter(organisation=subject):
            self.initial["stands_in" if one.stands_in else "engineer"] = one.staff_id


def _name(request: StaffRequest, organisation: Organisation, said: dict[str, Any]) -> Done:
    routing.name_engineers(organisation, **said, by=request.staff, at=request.at)
    return Done(_("Routing knows them by name from now on."))


ENGINEERS = Deed("engineers", gettext_lazy("Name the own engineer"), EngineersForm, _name)
