"""Full-text search over subjects, words, notes, people and numbers; people by the beginning of what is typed."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from opora.desk.customers import queries as customers
from opora.desk.dispatch import queries as dispatch
from opora.desk.tickets import rules
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail, rows

MOST = 50


@require_GET
@for_staff("tickets:read")
def search(request: StaffRequest) -> HttpResponse:
    """What holds the words, the newest first; a bare number leads to its ticket at once."""
    asked = request.GET.get("q", "").strip()[:200]
    mark = request.GET.get("mark", "")
    page = dispatch.found(request.staff, asked, limit=MOST, mark=mark) if asked else dispatch.Page([], None)
    if len(page.rows) == 1 and rules.number_in(asked) is not None:
        return HttpResponseRedirect(reverse("console:ticket", args=[page.rows[0].pk]))
    context = rail.uncounted(request, current="search", about="desk") | {
        "asked": asked,
        "rows": rows.rows(page.rows, at=request.at, queue="all"),
        "first": address(asked),
        "further": bool(mark),
        "later": address(asked, page.next_mark) if page.next_mark else "",
    }
    return render(request, "console/search.html", context)


def address(asked: str, mark: str = "") -> str:
    """The page of what holds these words, from the mark on."""
    return f"{reverse('console:search')}?{urlencode({'q': asked} | ({'mark': mark} if mark else {}))}"


@require_GET
@for_staff("tickets:read")
def people(request: StaffRequest) -> JsonResponse:
    """Customers' people whose name or address begins so, for a form that asks who it is."""
    found = customers.find_people(request.GET.get("q", ""))
    return JsonResponse(
        {"people": [{"email": email, "name": name, "organisation": customer} for email, name, customer in found]}
    )
