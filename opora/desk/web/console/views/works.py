"""Planned works: what is to come, and a new one."""

from datetime import datetime
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

from opora.desk.catalogue.models import Service
from opora.desk.catalogue.queries import services_on_sale
from opora.desk.incidents import actions, queries
from opora.desk.incidents.models import PlannedWork
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.policies import may
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail


class WorkForm(forms.Form):
    """A window, what is done in it, and what it means, in both languages."""

    title = forms.CharField(label=gettext_lazy("In a few words, in English"), max_length=200)
    title_ru = forms.CharField(label=gettext_lazy("The same in Russian"), max_length=200)
    starts_at = forms.DateTimeField(
        label=gettext_lazy("Starts"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Ends"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    services: "forms.ModelMultipleChoiceField[Service]" = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Affected services"), queryset=services_on_sale(), widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=gettext_lazy("What it means for customers, in English"), widget=forms.Textarea(attrs={"rows": 3})
    )
    text_ru = forms.CharField(label=gettext_lazy("The same in Russian"), widget=forms.Textarea(attrs={"rows": 3}))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def works(request: StaffRequest) -> HttpResponse:
    """What is to come; a new work is told to everybody at once."""
    form = WorkForm(request.POST or None, label_suffix="")
    permitted = may(request.staff, "tickets:work")
    if request.method == "POST" and permitted and form.is_valid():
        try:
            actions.plan_work(**_said(request, form.cleaned_data), by=request.staff, at=request.at)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The work stands on the status page; subscribers are being told."))
            return HttpResponseRedirect(reverse("console:works"))
    context = rail.uncounted(request, current="works") | {
        "works": queries.works_ahead(at=request.at),
        "form": form,
        "may_work": permitted,
    }
    return render(request, "console/works.html", context, status=422 if form.errors else 200)


@require_POST
@for_staff("tickets:work")
def cancel(request: StaffRequest, work: int) -> HttpResponse:
    """It will not take place. Raises NotHere."""
    row = PlannedWork.objects.filter(pk=work).first()
    if row is None:
        raise NotHere
    try:
        actions.cancel_work(row, by=request.staff, at=request.at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("console:works"))


def _said(request: StaffRequest, said: dict[str, Any]) -> dict[str, Any]:
    """The form's words, its moments read in the colleague's own zone."""
    return said | {name: _in_zone(said[name], request.reader.zone) for name in ("starts_at", "ends_at")}


def _in_zone(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=ZoneInfo(zone))
