"""Next for me."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opora.desk.dispatch import pulling
from opora.desk.web.components.doors import StaffRequest, for_staff


@require_POST
@for_staff("tickets:bulk")
def pull(request: StaffRequest) -> HttpResponse:
    """Take the most urgent ticket that fits and open it; say so when there is none."""
    ticket = pulling.pull_next(request.staff, at=request.at)
    if ticket is None:
        messages.info(request, _("Nothing waits in your lines that you could take."))
        return HttpResponseRedirect(reverse("console:queue", args=["mine"]))
    return HttpResponseRedirect(reverse("console:ticket", args=[ticket.pk]) + "?queue=mine")
