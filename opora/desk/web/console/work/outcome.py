"""What came of the work, written by engineers: summary, estimate of a repair, hours."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opora.desk.customers.models import System
from opora.desk.kernel.errors import Refused
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import door
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.work import windows
from opora.desk.workroom import actions, policies


@require_POST
@for_staff("customers:touch")
def summarise(request: StaffRequest, agreement: int) -> HttpResponse:
    """Keep the engineer's summary; the customer reads it."""
    found = policies.agreement_door(request.staff, agreement)
    text = request.POST.get("text", "")
    return _try(
        request,
        found.ticket,
        lambda: actions.summarise(found, by=request.staff, text=text, at=request.at),
        _("Kept; the customer can read it."),
    )


@require_POST
@for_staff("customers:touch")
def estimate(request: StaffRequest, agreement: int) -> HttpResponse:
    """Offer a repair: a request for confirmation with the estimate in its text goes out."""
    found = policies.agreement_door(request.staff, agreement)
    said = request.POST
    zone = ZoneInfo(found.request.asked_terms.zone)

    def offer() -> None:
        actions.estimate(
            found,
            minutes=_whole(said.get("minutes", "")),
            price=said.get("price", ""),
            what=said.get("what", ""),
            starts=_moment(said.get("starts", ""), zone),
            ends=_moment(said.get("ends", ""), zone),
            by=request.staff,
            at=request.at,
        )

    return _try(request, found.ticket, offer, _("The estimate went out; confirmed, it is the written order."))


@require_POST
@for_staff("customers:touch")
def book(request: StaffRequest, number: int) -> HttpResponse:
    """Book time worked on the customer's side."""
    ticket = door(request.staff, number)
    said = request.POST
    system = System.objects.filter(pk=_whole(said.get("system", "")) or 0, organisation=ticket.organisation_id).first()

    def keep() -> None:
        if system is None:
            raise Refused("workroom.no_system", _("Choose the system the time was spent on."))
        actions.book_time(
            ticket,
            system=system,
            began=_moment(said.get("began", ""), ZoneInfo(request.reader.zone)),
            minutes=_whole(said.get("minutes", "")),
            words=said.get("words", ""),
            by=request.staff,
            at=request.at,
        )

    return _try(request, ticket, keep, _("Booked; the customer sees it."))


def _try(request: StaffRequest, ticket: Ticket, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        return windows.shown(request, ticket, refusal=refused.message, tried=request.POST.dict())
    messages.success(request, done)
    return HttpResponseRedirect(reverse("work:windows", args=[ticket.pk]))


def _whole(written: str) -> int:
    clean = written.strip()
    return int(clean) if clean.isascii() and clean.isdigit() and len(clean) < 8 else 0


def _moment(written: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone)
    except ValueError:
        raise Refused("workroom.no_moment", _("Name the day and the time.")) from None
