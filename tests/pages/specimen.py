"""A page with every shared part on it, served in tests only."""

from datetime import timedelta
from pathlib import Path

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from opora.desk.kernel.errors import NotHere, Refused

PLACE = Path(__file__).parent / "templates"


class SpecimenForm(forms.Form):
    """One field of each sort."""

    subject = forms.CharField(help_text="In a few words.")
    text = forms.CharField(widget=forms.Textarea)
    kind = forms.ChoiceField(choices=[("a", "One"), ("b", "Two")])


def show(request: HttpRequest, name: str) -> HttpResponse:
    """The specimen of that name."""
    template = engines["django"].from_string((PLACE / f"{name}.html").read_text(encoding="utf-8"))
    at = request.at
    moments = {"late": at - timedelta(minutes=7), "soon": at + timedelta(minutes=12), "calm": at + timedelta(hours=5)}
    return HttpResponse(template.render({"form": SpecimenForm({}), "moments": moments}, request))


def closed(request: HttpRequest) -> HttpResponse:
    """A closed door."""
    raise NotHere("tickets.ticket")


def refusing(request: HttpRequest) -> HttpResponse:
    """A rule that says no."""
    raise Refused("tickets.closed", "This ticket is closed. Open a new one.")


def breaking(request: HttpRequest) -> HttpResponse:
    """A bug."""
    raise ZeroDivisionError


def piece(request: HttpRequest) -> HttpResponse:
    """What htmx swaps in."""
    return HttpResponse("<p id='swapped'>Swapped in</p>")


urlpatterns = [
    path("", include("opora.desk.web.components.urls")),
    path("specimen/<slug:name>", show),
    path("closed", closed),
    path("refusing", refusing),
    path("breaking", breaking),
    path("piece", piece, name="piece"),
]
handler404 = "opora.desk.web.components.errors.not_found"
handler500 = "opora.desk.web.components.errors.broken"
