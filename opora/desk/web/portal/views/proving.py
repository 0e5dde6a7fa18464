"""The proof of promises for a period: a page, a sheet and a paper. It does not exist for those who are not owners."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from opora.desk.customers.models import Organisation
from opora.desk.customers.policies import names_people
from opora.desk.customers.queries import terms_in_force
from opora.desk.kernel.errors import NotHere
from opora.desk.web.components.doors import ContactRequest, for_contact
from opora.desk.web.portal import plain
from opora.desk.web.portal.proof.rows import Proof, proof

LONGEST = timedelta(days=366)
SHOWN = 200


class PeriodForm(forms.Form):
    """From which day until which, both included."""

    since = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, date]:
        """Days in their order, not more than a year apart."""
        said: dict[str, date] = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day stands before the first."))
        elif since and until and until - since > LONGEST:
            self.add_error("until", _("Choose a year at most."))
        return said


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in the reader's zone, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """When the first day begins."""
        return datetime.combine(self.first, time.min, get_current_timezone())

    @property
    def until(self) -> datetime:
        """When the day after the last begins."""
        return datetime.combine(self.last + timedelta(days=1), time.min, get_current_timezone())

    def __str__(self) -> str:
        first, last = f"{plain.say_day(self.first)} {self.first.year}", f"{plain.say_day(self.last)} {self.last.year}"
        return f"{first} – {last}"


@require_safe
@for_contact
def promises(request: ContactRequest) -> HttpResponse:
    """The page: the sums, the promises, and the two files."""
    organisation = _owned(request)
    form, period = _asked(request)
    found = proof(organisation, period.since, period.until, at=request.at) if period else None
    days = urlencode({"since": period.first.isoformat(), "until": period.last.isoformat()}) if period else ""
    context = {
        "organisation": organisation,
        "form": form,
        "proof": found,
        "shown": found.rows[:SHOWN] if found else [],
        "more": len(found.rows) - SHOWN if found else 0,
        "csv": f"{reverse('portal:promises_csv')}?{days}",
        "pdf": f"{reverse('portal:promises_pdf')}?{days}",
    }
    return render(request, "portal/promises.html", context, status=200 if period else 422)


@require_safe
@for_contact
def promises_csv(request: ContactRequest) -> HttpResponse:
    """The same as a sheet."""
    from opora.desk.web.portal.proof.sheet import as_csv

    organisation, period, found = _proved(request)
    return _file(as_csv(found), "text/csv; charset=utf-8", _name(organisation, period, "csv"))


@require_safe
@for_contact
def promises_pdf(request: ContactRequest) -> HttpResponse:
    """The same on paper."""
    from opora.desk.web.portal.proof.paper import Heading, as_pdf

    organisation, period, found = _proved(request)
    terms = terms_in_force(organisation, at=request.at)
    contract = _("Contract %(number)s.") % {"number": terms.contract.number} if terms else ""
    heading = Heading(organisation.name, str(period), contract, request.at, request.reader.language)
    return _file(as_pdf(found, heading), "application/pdf", _name(organisation, period, "pdf"))


def _owned(request: ContactRequest) -> Organisation:
    """The owner's own organisation; there is no way to name another. Raises NotHere for everybody else."""
    if request.contact.organisation is None or not names_people(request.contact):
        raise NotHere
    return request.contact.organisation


def _asked(request: ContactRequest) -> tuple[PeriodForm, Period | None]:
    """The form and its period: this month so far when none was asked for, None when it cannot be read."""
    today = request.at.astimezone(get_current_timezone()).date()
    unasked = not request.GET.keys() & {"since", "until"}
    asked = {"since": today.replace(day=1), "until": today} if unasked else request.GET
    form = PeriodForm(asked, label_suffix="")
    return form, Period(form.cleaned_data["since"], form.cleaned_data["until"]) if form.is_valid() else None


def _proved(request: ContactRequest) -> tuple[Organisation, Period, Proof]:
    organisation = _owned(request)
    period = _asked(request)[1]
    if period is None:
        raise NotHere
    return organisation, period, proof(organisation, period.since, period.until, at=request.at)


def _name(organisation: Organisation, period: Period, ending: str) -> str:
    return f"promises-{organisation.pk}-{period.first.isoformat()}-{period.last.isoformat()}.{ending}"


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
