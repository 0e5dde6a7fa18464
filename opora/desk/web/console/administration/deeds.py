"""A page of deeds: each a small form with one button behind it, tried when it is sent, shown again with its faults.

Knows no room; the pages beside it say which deeds there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models.fields import BLANK_CHOICE_LABEL
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Refused
from opora.desk.people.policies import may
from opora.desk.sla.rules import Faulty
from opora.desk.sla.words import say_fault
from opora.desk.web.components.doors import StaffRequest
from opora.desk.web.console import rail


class DeedForm(forms.Form):
    """A form that knows what it is about."""

    def __init__(self, content: Any, *, subject: Any, prefix: str, files: Any = None) -> None:
        super().__init__(content, files, prefix=prefix)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.empty_label == BLANK_CHOICE_LABEL:
                field.empty_label = _("choose")  # Django's own words are in English only
        self.prepare(subject)

    def prepare(self, subject: Any) -> None:
        """Fit the fields to the subject."""


class WhyForm(DeedForm):
    """Only a reason."""

    why = forms.CharField(max_length=500)

    def prepare(self, subject: Any) -> None:
        """Say what the field is for."""
        self.fields["why"].label = _("Reason")


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a deed: words for the reader, a page to go to, a secret to show once."""

    words: str
    address: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be done to the subject of a page."""

    name: str
    title: Any
    form: type[DeedForm]
    do: Callable[[StaffRequest, Any, dict[str, Any]], Done]
    fits: Callable[[Any], bool] = lambda _subject: True
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A deed with its form as it stands now; open when it was just tried."""

    deed: Deed
    form: DeedForm
    open: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of deeds is made of."""

    template: str
    current: str
    act: str
    deeds: Sequence[Deed]


def show(request: StaffRequest, page: Page, subject: Any, known: Callable[[], dict[str, Any]]) -> HttpResponse:
    """The page; after a deed that was done, the page anew. Raises PermissionDenied for a deed without the right.

    `known` is asked after the deed, so that the page shows what came of it.
    """
    permitted = may(request.staff, page.act)
    if request.method == "POST" and not permitted:
        raise PermissionDenied
    offers: list[Offer] = []
    secret = ""
    for deed in page.deeds if permitted else ():
        if not deed.fits(subject):
            continue
        tried = request.method == "POST" and request.POST.get("deed") == deed.name
        said, files = (request.POST, request.FILES) if tried else (None, None)
        form = deed.form(said, subject=subject, prefix=deed.name, files=files)
        done = _try(request, deed, subject, form) if tried and form.is_valid() else None
        if done is not None:
            messages.success(request, done.words)
            if not done.secret:
                return HttpResponseRedirect(done.address or request.get_full_path())
            secret, form = done.secret, deed.form(None, subject=subject, prefix=deed.name)
        offers.append(Offer(deed, form, open=(tried and done is None) or request.GET.get("edit", "") != ""))
    context = rail.uncounted(request, current=page.current) | known()
    context |= {"offers": offers, "secret": secret, "subject": subject}
    return render(
        request,
        page.template,
        context,
        status=422 if request.method == "POST" and any(offer.open for offer in offers) else 200,
    )


def _try(request: StaffRequest, deed: Deed, subject: Any, form: DeedForm) -> Done | None:
    try:
        with transaction.atomic():
            return deed.do(request, subject, form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    except Faulty as faulty:
        for fault in faulty.faults:
            form.add_error(None, say_fault(fault))
    except IntegrityError:
        form.add_error(None, _("This is taken already: an address, a number or a short name belongs to one only."))
    return None
