"""The page on which a working calendar is made or gets its next version, row by row; and what such a form would make."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.kernel.errors import Refused
from opora.desk.sla import actions
from opora.desk.sla.models import CalendarVersion, WorkingCalendar
from opora.desk.sla.queries import latest_version
from opora.desk.sla.rules import Fault, Faulty, read_calendar
from opora.desk.sla.words import say_fault
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.web.console.administration import hours
from opora.desk.web.signin.forms import zones

OFFICE = {
    "zone": "Europe/Moscow",
    "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ["09:00-18:00"]),
    "holidays": "RU",
}


class NameForm(forms.Form):
    """What a new calendar is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    name_ru = forms.CharField(label=gettext_lazy("Name in Russian"), max_length=80, required=False)
    slug = forms.SlugField(label=gettext_lazy("Short name in addresses"), max_length=40)


class WhyForm(forms.Form):
    """Why the hours change; and from which version they do."""

    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)
    version = forms.IntegerField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("sla:edit")
def new_calendar(request: StaffRequest) -> HttpResponse:
    """A new calendar, from the hours of an office on."""
    form = NameForm(request.POST or None)
    shown = hours.typed(request.POST) if request.method == "POST" else hours.of_terms(OFFICE, at=request.at)
    faults: list[Fault] = []
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                version = actions.make_calendar(
                    **form.cleaned_data, terms=_terms(shown), by=request.staff.actor, at=request.at
                )
        except Faulty as faulty:
            faults = faulty.faults
        except IntegrityError:
            form.add_error("slug", _("This short name is taken already."))
        else:
            messages.success(request, _("The calendar is made."))
            return HttpResponseRedirect(reverse("administration:calendar", args=[version.calendar.slug]))
    return _page(request, form, shown, faults)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("sla:edit")
def edit_hours(request: StaffRequest, slug: str) -> HttpResponse:
    """The next version of a calendar. Running promises keep the version they began under."""
    row = WorkingCalendar.objects.filter(slug=slug).first()
    if row is None:
        raise Http404
    newest = latest_version(row)
    form = WhyForm(request.POST or None, initial={"version": newest.number})
    shown = hours.typed(request.POST) if request.method == "POST" else hours.of_terms(newest.terms, at=request.at)
    faults: list[Fault] = []
    if request.method == "POST" and form.is_valid():
        try:
            version = _revise(request, row, newest, shown, form.cleaned_data)
        except Faulty as faulty:
            faults = faulty.faults
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            _say_revised(request, version, newest)
            return HttpResponseRedirect(reverse("administration:calendar", args=[slug]))
    return _page(request, form, shown, faults, row)


@require_POST
@for_staff("sla:edit")
def check_hours(request: StaffRequest) -> HttpResponse:
    """What the form would make as it stands: its faults, or the fortnight to come. Changes nothing."""
    return render(request, "console/administration/hours_checked.html", _checked(request, hours.typed(request.POST)))


def _revise(
    request: StaffRequest, row: WorkingCalendar, newest: CalendarVersion, shown: hours.Hours, said: dict[str, Any]
) -> CalendarVersion:
    if said["version"] != newest.number:
        words = _("Somebody has written version %(number)s meanwhile. Look at it, then begin again from there.")
        raise Refused("sla.newer_version", words % {"number": newest.number})
    terms = _terms(shown)
    return actions.revise_calendar(row, terms=terms, why=said["why"], by=request.staff.actor, at=request.at)


def _say_revised(request: StaffRequest, version: CalendarVersion, before: CalendarVersion) -> None:
    if version.pk == before.pk:
        messages.info(request, _("Nothing was changed: version %(number)s stands.") % {"number": version.number})
        return
    words = _(
        "Version %(number)s stands. Running promises keep the version they began under; so do contracts, until new terms name it."
    )
    messages.success(request, words % {"number": version.number})


def _terms(shown: hours.Hours) -> dict[str, Any]:
    """The terms that the form says. Raises Faulty for what only a form can have wrong."""
    terms, faults = hours.terms_of(shown)
    if faults:
        raise Faulty(faults)
    return terms


def _checked(request: StaffRequest, shown: hours.Hours, faults: list[Fault] | None = None) -> dict[str, Any]:
    if not faults:
        try:
            calendar = read_calendar(actions.lay_down_terms(_terms(shown), request.at))
        except Faulty as faulty:
            faults = faulty.faults
        else:
            ahead = hours.fortnight(calendar, at=request.at)
            return {"ahead": ahead, "weekly": hours.weekly(calendar), "always": calendar.is_always}
    said = [(hours.place_of(fault.where), say_fault(Fault("", fault.text, fault.facts))) for fault in faults]
    return {"faults": list(dict.fromkeys(said))}


def _page(
    request: StaffRequest,
    form: forms.Form,
    shown: hours.Hours,
    faults: list[Fault],
    row: WorkingCalendar | None = None,
) -> HttpResponse:
    page = reverse("administration:calendar", args=[row.slug]) if row else reverse("administration:calendars")
    context = rail.uncounted(request, current="calendars") | {
        "form": form,
        "hours": shown,
        "zones": zones(),
        "countries": hours.COUNTRIES,
        "subject": row,
        "back": page,
        **_checked(request, shown, faults),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "console/administration/hours.html", context, status=status)
