"""Cases at vendors: the list with its clocks, one case with every word, and a new one from a ticket."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opora.desk.catalogue.models import Vendor
from opora.desk.catalogue.vendors import vendors
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.policies import may
from opora.desk.sla.queries import clocks_open_about
from opora.desk.tickets import policies as tickets
from opora.desk.tickets.models import MessageFile, NoteFile, Ticket
from opora.desk.vendors import actions, policies, queries
from opora.desk.vendors.models import VendorCase
from opora.desk.web.components import marks
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.components.files import taken_from
from opora.desk.web.console import rail
from opora.desk.web.console.conversation import as_markup
from opora.desk.web.console.views.acts import whole


@require_safe
@for_staff("tickets:read")
def cases(request: StaffRequest) -> HttpResponse:
    """Every case that is not settled."""
    found = queries.open_cases(request.staff)
    clocks = clocks_open_about("vendor_case", [case.pk for case in found])
    shown = [{"case": case, "left": _left(request, clocks.get(case.pk))} for case in found]
    return render(request, "console/vendor_cases.html", rail.uncounted(request, current="cases") | {"cases": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def new_case(request: StaffRequest) -> HttpResponse:
    """A new case for a ticket (`?ticket=1042`). Raises NotHere for a ticket that is not there."""
    ticket = tickets.door(request.staff, whole(request.GET.get("ticket")))
    refusal = ""
    if request.method == "POST":
        try:
            return _opened(request, ticket)
        except Refused as refused:
            refusal = refused.message
    context = rail.uncounted(request, current="cases") | {
        "ticket": ticket,
        "vendors": vendors(),
        "tried": request.POST,
        "refusal": refusal,
        "may_ask": may(request.staff, "vendors:ask"),
        "files": _offered(request, ticket),
    }
    return render(request, "console/vendor_case_new.html", context, status=422 if refusal else 200)


def _opened(request: StaffRequest, ticket: Ticket) -> HttpResponse:
    vendor = Vendor.objects.filter(pk=whole(request.POST.get("vendor"))).first()
    if vendor is None:
        raise Refused("vendors.unchosen", _("Choose the vendor."))
    said = {name: request.POST.get(name, "") for name in ("text", "subject", "number")}
    files = _chosen(request, ticket)
    case = actions.ask_vendor(ticket, vendor=vendor, by=request.staff, at=request.at, files=files, **said)
    messages.success(request, _("The letter to %(vendor)s is on its way.") % {"vendor": vendor})
    return HttpResponseRedirect(reverse("console:vendor_case", args=[case.pk]))


@require_safe
@for_staff("tickets:read")
def vendor_case(request: StaffRequest, case: int) -> HttpResponse:
    """One case with everything that was said."""
    return _shown(request, policies.case_door(request.staff, case))


@require_POST
@for_staff("tickets:work")
def case_act(request: StaffRequest, case: int, verb: str) -> HttpResponse:
    """Write, note what they said or their number, settle. Raises NotHere for another verb."""
    found = policies.case_door(request.staff, case)
    if verb not in VERBS:
        raise NotHere
    try:
        VERBS[verb](request, found)
    except Refused as refusal:
        return _shown(request, policies.case_door(request.staff, case), refusal.message)
    return HttpResponseRedirect(reverse("console:vendor_case", args=[found.pk]))


def _shown(request: StaffRequest, case: VendorCase, refusal: str = "") -> HttpResponse:
    clock = clocks_open_about("vendor_case", [case.pk]).get(case.pk)
    context = rail.uncounted(request, current="cases", about=f"ticket:{case.ticket_id}") | {
        "case": case,
        "words": [{"row": word, "text": as_markup(word.text)} for word in queries.words_of(case)],
        "left": _left(request, clock),
        "refusal": refusal,
        "tried": request.POST,
        "may_ask": may(request.staff, "vendors:ask"),
        "may_work": may(request.staff, "tickets:work"),
        "files": _offered(request, case.ticket),
    }
    return render(request, "console/vendor_case.html", context, status=422 if refusal else 200)


def _offered(request: StaffRequest, ticket: Ticket) -> list[dict[str, Any]]:
    """The ticket's files, each with its mark and whether it was chosen."""
    chosen = set(request.POST.getlist("enclose"))
    return [
        {"mark": mark, "file": file, "internal": mark.startswith("n"), "chosen": mark in chosen}
        for mark, file in queries.files_of(ticket).items()
    ]


def _chosen(request: StaffRequest, ticket: Ticket) -> list[MessageFile | NoteFile]:
    chosen = set(request.POST.getlist("enclose"))
    return [file for mark, file in queries.files_of(ticket).items() if mark in chosen]


def _left(request: StaffRequest, clock: Any) -> Any:
    return marks.time_left(clock.due_at, at=request.at, warn=clock.warn_at) if clock else ""


def _write(request: StaffRequest, case: VendorCase) -> None:
    files = _chosen(request, case.ticket)
    actions.write_to_vendor(case, text=request.POST.get("text", ""), by=request.staff, at=request.at, files=files)


def _hear(request: StaffRequest, case: VendorCase) -> None:
    text = request.POST.get("text", "")
    actions.vendor_answered(case, text=text, by=request.staff.actor, at=request.at, files=taken_from(request))


def _number(request: StaffRequest, case: VendorCase) -> None:
    actions.note_number(case, number=request.POST.get("number", ""), by=request.staff.actor, at=request.at)


def _settle(request: StaffRequest, case: VendorCase) -> None:
    actions.settle_case(case, by=request.staff.actor, at=request.at, why=request.POST.get("why", ""))


VERBS = {"hear": _hear, "number": _number, "settle": _settle, "write": _write}
