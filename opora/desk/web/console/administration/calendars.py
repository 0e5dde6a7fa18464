"""Working calendars and their versions; for the advanced, their terms as JSON. The form of hours is `editing_hours`."""

import json
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.people.policies import may
from opora.desk.sla import actions
from opora.desk.sla.models import WorkingCalendar
from opora.desk.sla.queries import latest_version
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration import hours, repinning
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show

DAYS = ("mon", "tue", "wed", "thu", "fri")
EXAMPLE = json.dumps(
    {"zone": "Europe/Moscow", "week": dict.fromkeys(DAYS, ["09:00-13:00", "14:00-18:00"]), "holidays": "RU"}, indent=2
)


class TermsForm(DeedForm):
    """The terms of a calendar as JSON."""

    terms = forms.CharField(
        label=gettext_lazy("Terms (JSON)"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
        help_text=gettext_lazy("Zone, week, dates with hours of their own, a country's official holidays."),
    )

    def prepare(self, subject: Any) -> None:
        """Begin with the present terms, or with an example."""
        present = latest_version(subject).terms if subject else None
        self.initial["terms"] = json.dumps(present, indent=2, ensure_ascii=False) if present else EXAMPLE


class MakeForm(TermsForm):
    """A new calendar."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    name_ru = forms.CharField(label=gettext_lazy("Name in Russian"), max_length=80, required=False)
    slug = forms.SlugField(label=gettext_lazy("Short name in addresses"), max_length=40)
    field_order = ("name", "name_ru", "slug", "terms")


class ReviseForm(TermsForm):
    """The next version."""

    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


def _make(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    version = actions.make_calendar(**said, by=request.staff.actor, at=request.at)
    address = reverse("administration:calendar", args=[version.calendar.slug])
    return Done(_("The calendar is made."), address=address)


def _revise(request: StaffRequest, calendar: WorkingCalendar, said: dict[str, Any]) -> Done:
    version = actions.revise_calendar(calendar, **said, by=request.staff.actor, at=request.at)
    words = _(
        "Version %(number)s stands. Running promises keep the version they began under; so do contracts, until new terms name it."
    )
    return Done(words % {"number": version.number})


CALENDARS = Page(
    "console/administration/calendars.html",
    "calendars",
    "sla:edit",
    (Deed("make", gettext_lazy("Advanced: make a calendar from JSON"), MakeForm, _make),),
)
CALENDAR = Page(
    "console/administration/calendar.html",
    "calendars",
    "sla:edit",
    (
        Deed("revise", gettext_lazy("Advanced: write the next version as JSON"), ReviseForm, _revise),
        repinning.OF_CALENDAR,
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def calendars(request: StaffRequest) -> HttpResponse:
    """All calendars with their newest version."""
    rows = [{"row": row, "newest": latest_version(row)} for row in WorkingCalendar.objects.order_by("name")]
    may_edit = may(request.staff, "sla:edit")
    return show(request, CALENDARS, None, lambda: {"rows": rows, "may_edit": may_edit})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def calendar(request: StaffRequest, slug: str) -> HttpResponse:
    """One calendar: the week, the dates, the versions."""
    row = WorkingCalendar.objects.filter(slug=slug).first()
    if row is None:
        raise Http404
    newest = latest_version(row)
    known = {
        "newest": newest,
        "hours": hours.of_terms(newest.terms, at=request.at),
        "may_edit": may(request.staff, "sla:edit"),
        "versions": row.versions.order_by("-number"),
        "back": reverse("administration:calendars"),
    }
    return show(request, CALENDAR, row, lambda: known)
