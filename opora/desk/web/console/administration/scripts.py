"""Scripts of the contact centre: what to ask about which topic, in both languages."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.channels.phone import actions, queries
from opora.desk.channels.phone.models import Script
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show

FIELDS = ("title", "title_ru", "questions", "questions_ru", "active")


class ScriptForm(DeedForm):
    """A topic and its questions."""

    title = forms.CharField(label=gettext_lazy("Topic, in English"), max_length=80)
    title_ru = forms.CharField(label=gettext_lazy("Topic, in Russian"), max_length=80, required=False)
    questions = forms.CharField(
        label=gettext_lazy("Questions in English, one a line"), widget=forms.Textarea(attrs={"rows": 5})
    )
    questions_ru = forms.CharField(
        label=gettext_lazy("Questions in Russian, one a line"), widget=forms.Textarea(attrs={"rows": 5}), required=False
    )
    active = forms.BooleanField(label=gettext_lazy("in use"), required=False, initial=True)

    def prepare(self, subject: Script | None) -> None:
        """Begin with what it says now."""
        if subject is not None:
            self.initial = {name: getattr(subject, name) for name in FIELDS}


def _write(request: StaffRequest, row: Script | None, said: dict[str, Any]) -> Done:
    actions.write_script(row, **said, by=request.staff, at=request.at)
    return Done(_("Operators see it from the next call on."))


ALL = Page(
    "console/administration/scripts.html",
    "scripts",
    "calls:script",
    (Deed("write", gettext_lazy("Write a script"), ScriptForm, _write),),
)
ONE = Page(
    "console/administration/script.html",
    "scripts",
    "calls:script",
    (Deed("write", gettext_lazy("Change it"), ScriptForm, _write),),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("calls:script")
def scripts(request: StaffRequest) -> HttpResponse:
    """All scripts."""
    return show(request, ALL, None, lambda: {"scripts": queries.every_script()})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("calls:script")
def script(request: StaffRequest, number: int) -> HttpResponse:
    """One script. Raises NotHere."""
    return show(request, ONE, queries.script(number), lambda: {"one": queries.script(number)})
