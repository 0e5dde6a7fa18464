"""The support PIN: what a person says on the phone so that we know who speaks. Shown once, when it is made."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from opora.desk.channels.phone.actions import PIN_TRIES, make_pin
from opora.desk.channels.phone.queries import pin_of
from opora.desk.web.components.doors import ContactRequest, for_contact


@require_http_methods(["GET", "HEAD", "POST"])
@for_contact
def support_pin(request: ContactRequest) -> HttpResponse:
    """Whether there is one and since when; a new one is made by the button, and the old one is worth nothing then."""
    made = make_pin(request.contact, by=request.contact.actor, at=request.at) if request.method == "POST" else ""
    kept = pin_of(request.contact)
    context = {"made": made, "kept": kept, "spent": kept is not None and kept.failures >= PIN_TRIES}
    return render(request, "portal/support_pin.html", context)
