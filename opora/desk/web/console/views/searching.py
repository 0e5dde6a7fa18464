"""Full-text search over subjects, words, notes, people and numbers; people by the beginning of what is typed."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from opora.desk.customers import queries as customers
from opora.desk.tickets import queries, rules
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail, rows

MOST = 50


@require_GET
@for_staff("tickets:read")
def search(request: StaffRequest) -> HttpResponse:
    """What holds the words, the latest first; a bare number leads to its ticket at once."""
    asked = request.GET.get("q", "").strip()[:200]
    found = []
    if asked:
        rows_found = queries.find_for_staff(request.staff, asked)
        rows_found = rows_found.select_related("organisation", "requester", "assignee", "line")
        found = list(rows_found.order_by("-changed_at", "-pk")[: MOST + 1])
        if len(found) == 1 and rules.number_in(asked) is not None:
            return HttpResponseRedirect(reverse("console:ticket", args=[found[0].pk]))
    context = rail.uncounted(request, current="search", about="desk") | {
        "asked": asked,
        "rows": rows.rows(found[:MOST], at=request.at, queue="all"),
        "more": len(found) > MOST,
        "most": MOST,
    }
    return render(request, "console/search.html", context)


@require_GET
@for_staff("tickets:read")
def people(request: StaffRequest) -> JsonResponse:
    """Customers' people whose name or address begins so, for a form that asks who it is."""
    found = customers.find_people(request.GET.get("q", ""))
    return JsonResponse(
        {"people": [{"email": email, "name": name, "organisation": customer} for email, name, customer in found]}
    )
