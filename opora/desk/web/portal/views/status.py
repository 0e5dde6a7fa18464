"""The public status: what goes on, what is planned, what was; for everybody, signed in or not. Names no customer."""

from datetime import datetime
from typing import cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opora.desk.incidents import actions, queries
from opora.desk.incidents.models import IncidentUpdate, MassIncident, PlannedWork
from opora.desk.incidents.tokens import CONFIRM, LEAVE, read_token
from opora.desk.kernel.errors import Refused
from opora.desk.web.components.doors import DeskRequest


class AddressForm(forms.Form):
    """The address that wants to read the status."""

    email = forms.EmailField(max_length=254)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """The page."""
    at = cast(DeskRequest, request).at
    works = queries.works_ahead(at=at)
    context = {
        "now": [_told(one) for one in queries.public_now()],
        "running": [work for work in works if work.starts_at <= at],
        "planned": [work for work in works if work.starts_at > at],
        "past": [_told(one) for one in queries.public_past(at=at)],
        "behind": queries.works_behind(at=at),
    }
    return render(request, "portal/status.html", context)


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The same as an Atom feed (RFC 4287), in the language of the page."""
    at = cast(DeskRequest, request).at
    page = request.build_absolute_uri(resolve_url("portal:status"))
    atom = Atom1Feed(
        title=_("Status of our services"),
        link=page,
        description="",
        language=get_language(),
        feed_url=request.build_absolute_uri(resolve_url("portal:status_feed")),
    )
    for moment, key, title, text in _news(at)[:100]:
        atom.add_item(title, f"{page}#{key}", text, unique_id=f"{page}#{key}", pubdate=moment, updateddate=moment)
    answer = HttpResponse(content_type=f"{Atom1Feed.content_type}")
    atom.write(answer, "utf-8")
    return answer


@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask an address whether it wants the status. The answer is the same whoever asks about whom."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This is no e-mail address. Look at it once more."))
        return HttpResponseRedirect(resolve_url("portal:status") + "#subscribe")
    language, at = get_language() or "en", cast(DeskRequest, request).at
    try:
        actions.ask_subscription(email=form.cleaned_data["email"], language=language, at=at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Look into your mailbox: there is a letter with a link to say yes."))
    return HttpResponseRedirect(resolve_url("portal:status") + "#subscribe")


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The address says yes by a button, for programs open links by themselves. Raises Http404 for a word that is not ours."""
    number = read_token(CONFIRM, token)
    if number is None:
        raise Http404
    done = request.method == "POST" and actions.confirm_subscription(number, at=cast(DeskRequest, request).at)
    return render(request, "portal/status_confirm.html", {"done": done})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """The address leaves: by the button, or by its mail program's one click (RFC 8058). Raises Http404 as `confirm`."""
    number = read_token(LEAVE, token)
    if number is None:
        raise Http404
    if request.method == "POST":
        actions.end_subscription(number)
    return render(request, "portal/status_leave.html", {"done": request.method == "POST"})


def _told(incident: MassIncident) -> dict[str, object]:
    """An incident with its updates, the newest first."""
    return {"row": incident, "updates": sorted(incident.updates.all(), key=lambda one: one.pk, reverse=True)}


def _news(at: datetime) -> list[tuple[datetime, str, str, str]]:
    found = [_update(incident, one) for incident in _incidents(at) for one in incident.updates.all()]
    found += [_work(work) for work in [*queries.works_ahead(at=at), *queries.works_behind(at=at)]]
    return sorted(found, key=lambda one: (one[0], one[1]), reverse=True)


def _incidents(at: datetime) -> list[MassIncident]:
    return [*queries.public_now(), *queries.public_past(at=at)]


def _update(incident: MassIncident, one: IncidentUpdate) -> tuple[datetime, str, str, str]:
    return one.at, f"update-{one.pk}", f"{one.get_stage_display()}: {incident}", str(one)


def _work(work: PlannedWork) -> tuple[datetime, str, str, str]:
    return work.planned_at, f"work-{work.pk}", f"{work.get_state_display()}: {work}", work.words
