"""Re-pinning: running tickets under newer terms, asked for here, done by the worker piece by piece, its progress shown."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from opora.desk.customers.models import Contract, Organisation
from opora.desk.sla.models import WorkingCalendar
from opora.desk.sla.queries import latest_version
from opora.desk.tickets.actions import repin_calendar, repin_contract
from opora.desk.tickets.models import Repinning
from opora.desk.tickets.queries import repinnings, troubles_of
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, WhyForm


class RepinForm(DeedForm):
    """Which contract's running tickets go under its newest terms, and why."""

    contract: "forms.ModelChoiceField[Contract]" = forms.ModelChoiceField(
        label=gettext_lazy("Contract"), queryset=Contract.objects.none()
    )
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    def prepare(self, subject: Any) -> None:
        """Only this customer's contracts."""
        field = self.fields["contract"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = subject.contracts.all()


def _repin_contract(request: StaffRequest, _customer: Organisation, said: dict[str, Any]) -> Done:
    return _asked(repin_contract(said["contract"], by=request.staff.actor, at=request.at, why=said["why"]))


def _repin_calendar(request: StaffRequest, calendar: WorkingCalendar, said: dict[str, Any]) -> Done:
    version = latest_version(calendar)
    return _asked(repin_calendar(version, by=request.staff.actor, at=request.at, why=said["why"]))


def _asked(repinning: Repinning) -> Done:
    words = _("Asked for: %(total)s running tickets.") % {"total": repinning.total}
    return Done(words, address=reverse("administration:repinnings"))


OF_CONTRACT = Deed(
    "repin",
    gettext_lazy("Put running tickets under the newest terms"),
    RepinForm,
    _repin_contract,
    lambda one: one.contracts.exists(),
    danger=True,
)
OF_CALENDAR = Deed(
    "repin", gettext_lazy("Put running tickets under the newest version"), WhyForm, _repin_calendar, danger=True
)


@require_safe
@for_staff("sla:edit")
def show_repinnings(request: StaffRequest) -> HttpResponse:
    """The latest re-pinnings: how far each is, who asked and why, and what could not be done."""
    found = repinnings()
    rows = [{"row": row, "troubles": troubles_of(row)} for row in found]
    going = any(row.ended_at is None for row in found)
    context = rail.uncounted(request, current="calendars") | {"rows": rows, "going": going}
    answer = render(request, "console/administration/repinnings.html", context)
    if going:
        answer["Refresh"] = "3"
    return answer
