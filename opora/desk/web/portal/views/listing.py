"""My requests: the first page a customer sees."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from opora.desk.customers.policies import sees_colleagues_requests
from opora.desk.tickets.models import Ticket
from opora.desk.web.components.doors import ContactRequest, for_contact
from opora.desk.web.portal import plain, queries

LONGEST_QUERY = 200


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The root leads everybody to where they work: colleagues to the console, customers to their requests."""
    staff = getattr(request, "staff", None)
    return HttpResponseRedirect("/desk/" if staff is not None else resolve_url("portal:requests"))


@require_safe
@for_contact
def requests(request: ContactRequest) -> HttpResponse:
    """The person's requests: live or ended, everybody's or only one's own, found by words, a page at a time."""
    asked = _asked(request)
    page = queries.requests_of(request.contact, asked)
    context = {
        "asked": asked,
        "rows": [_row(request, ticket) for ticket in page.rows],
        "later": _address(asked, page.next_mark) if page.next_mark else "",
        "earlier": _address(asked, "") if asked.mark else "",
        "colleagues": sees_colleagues_requests(request.contact),
        "topics": queries.live_topics(request.contact),
        "zone": plain.zone_in_words(request.at),
    }
    return render(request, "portal/requests.html", context)


@require_safe
@for_contact
def rows(request: ContactRequest) -> HttpResponse:
    """Single rows anew, for a list that is open: `?ids=1042,1043`. What is not this person's is simply not among them."""
    numbers = [int(word) for word in request.GET.get("ids", "").split(",")[: queries.PAGE] if _is_number(word)]
    found = queries.rows_by_number(request.contact, numbers)
    return render(request, "portal/rows.html", {"rows": [_row(request, ticket) for ticket in found]})


def _asked(request: ContactRequest) -> queries.Asked:
    return queries.Asked(
        tab="ended" if request.GET.get("tab") == "ended" else "live",
        whose="mine" if request.GET.get("whose") == "mine" else "all",
        words=request.GET.get("q", "").strip()[:LONGEST_QUERY],
        mark=request.GET.get("after", ""),
    )


def _address(asked: queries.Asked, mark: str) -> str:
    said = {"tab": asked.tab if asked.tab == "ended" else "", "whose": asked.whose if asked.whose == "mine" else ""}
    said |= {"q": asked.words, "after": mark}
    query = urlencode({name: value for name, value in said.items() if value})
    return resolve_url("portal:requests") + (f"?{query}" if query else "")


def _row(request: ContactRequest, ticket: Ticket) -> dict[str, object]:
    return {
        "ticket": ticket,
        "state": plain.state_of(ticket, request.contact, at=request.at),
        "by": "" if ticket.requester_id == request.contact.pk else ticket.requester.name,
        "about": ticket.system or ticket.service or "",
    }


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 19
