"""A new request: the form, and what becomes of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from opora.desk.catalogue.queries import services_on_sale
from opora.desk.customers.queries import terms_in_force
from opora.desk.incidents.queries import public_now
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.tickets import states
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import portal_door
from opora.desk.tickets.queries import priorities_for
from opora.desk.web.components.doors import ContactRequest, for_contact
from opora.desk.web.portal import actions, forms, queries, uploads


@require_http_methods(["GET", "HEAD", "POST"])
@for_contact
def new_request(request: ContactRequest) -> HttpResponse:
    """The form; sent, it becomes a ticket once, however often the button was pressed."""
    after = _ended(request)
    if request.method != "POST":
        return _show(request, _form(request), after)
    form, found = _form(request), uploads.gather(request, request.contact)
    if not form.is_valid() or found.problems:
        return _show(request, form, after, found)
    try:
        ticket = _send(request, form, found, after)
    except Refused as refused:
        form.add_error(None, refused.message)
        return _show(request, form, after, found)
    messages.success(request, _("We have it: your request is %(mark)s.") % {"mark": ticket.mark})
    return HttpResponseRedirect(resolve_url("portal:request", ticket.pk) + "#sent")


@require_safe
@for_contact
def priorities(request: ContactRequest) -> HttpResponse:
    """The priorities in the words of the chosen service: asked for when another one is chosen."""
    form = forms.NewRequestForm(
        initial=forms.blank(about=request.GET.get("about", ""), priority=request.GET.get("priority", "")),
        **_choices(request),
    )
    return render(request, "portal/priorities.html", {"priorities": _cards(request, form)})


def _cards(request: ContactRequest, form: forms.NewRequestForm) -> list[forms.Card]:
    terms = terms_in_force(request.contact.organisation, at=request.at)
    return forms.priority_cards(form, terms, priorities_for(form.service_number))


def _choices(request: ContactRequest) -> dict[str, Any]:
    return {
        "systems": queries.systems_of(request.contact),
        "services": list(services_on_sale()),
        "colleagues": queries.colleagues_of(request.contact),
    }


def _send(request: ContactRequest, form: forms.NewRequestForm, found: uploads.Uploads, after: Ticket | None) -> Ticket:
    said = form.cleaned_data
    return actions.send_request(
        key=said["key"],
        by=request.contact,
        at=request.at,
        subject=said["subject"],
        text=said["text"],
        kind=said["kind"],
        priority=said["priority"],
        service=form.service,
        system=form.system,
        copy_to=form.in_copy,
        files=found.files,
        after=after,
    )


def _form(request: ContactRequest) -> forms.NewRequestForm:
    choices = _choices(request)
    if request.method == "POST":
        return forms.NewRequestForm(request.POST, **choices)
    return forms.NewRequestForm(initial=forms.blank(), **choices)


def _ended(request: HttpRequest) -> Ticket | None:
    """The ended request that this one goes on from (`?after=1042`), when the person may see it."""
    number = request.GET.get("after", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    try:
        ticket = portal_door(request.contact, int(number))  # type: ignore[attr-defined]
    except NotHere:
        return None
    return ticket if ticket.state in states.ENDED else None


def _show(
    request: ContactRequest,
    form: forms.NewRequestForm,
    after: Ticket | None,
    found: uploads.Uploads | None = None,
) -> HttpResponse:
    found = found or uploads.Uploads()
    context = {
        "form": form,
        "after": after,
        "kinds": forms.kind_cards(form),
        "known": public_now(),
        "priorities": _cards(request, form),
        "file_problems": found.problems,
        "kept": uploads.keep(found.files, request.contact, at=request.at),
    }
    return render(request, "portal/new.html", context, status=422 if request.method == "POST" else 200)
