"""Queues: a page of rows, rows asked for again by a live page, counts, saved views."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from opora.desk.channels.email import queries as email
from opora.desk.dispatch import actions as dispatch_actions
from opora.desk.dispatch import queries as dispatch
from opora.desk.dispatch import rules
from opora.desk.dispatch.models import SavedView
from opora.desk.kernel.errors import NotHere
from opora.desk.people import queries as people
from opora.desk.people.policies import may
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import filtering, rail, rows
from opora.desk.web.console.words import EMPTY, QUEUES

MOST_ROWS_AGAIN = 60


@require_GET
@for_staff("tickets:read")
def first_page(request: StaffRequest) -> HttpResponse:  # noqa: ARG001
    """Where a colleague begins: their own tickets."""
    return HttpResponseRedirect(reverse("console:queue", args=["mine"]))


@require_GET
@for_staff("tickets:read")
def queue(request: StaffRequest, name: str) -> HttpResponse:
    """A page of the queue. Raises NotHere for a queue that does not exist."""
    known_queue(name)
    filters = rules.read_filters(request.GET.dict())
    page = dispatch.queue(request.staff, name, at=request.at, filters=filters, mark=request.GET.get("mark", ""))
    context = rail.counted(request, current=name) | {
        "queue": name,
        "title": QUEUES[name][0],
        "rows": rows.rows(page.rows, at=request.at, queue=name),
        "empty": EMPTY[name],
        "filtered": bool(filters),
        "further": bool(request.GET.get("mark")),
        "later": filtering.address(name, filters, page.next_mark) if page.next_mark else "",
        "first": filtering.address(name, filters),
        "again": f"{reverse('console:rows', args=[name])}?{urlencode(filters.as_words())}",
        "may_bulk": may(request.staff, "tickets:bulk"),
        "chips": filtering.chips(name, filters),
        "chosen": filters.as_words(),
    }
    context["own_view"] = own_view(request, context["views"], name, filters)
    return render(request, "console/queue.html", context)


def own_view(
    request: StaffRequest, views: list[dispatch.View], name: str, filters: rules.Filters
) -> dispatch.View | None:
    """The colleague's own saved view that this page is, if it is one."""
    shown = (request.staff.pk, name, filters.as_words())
    return next((view for view in views if (view.staff, view.queue, view.filters) == shown), None)


@require_GET
@for_staff("tickets:read")
def queue_rows(request: StaffRequest, name: str) -> HttpResponse:
    """The rows with these numbers, as far as they still stand in the queue; for a page that heard they changed."""
    known_queue(name)
    numbers = [int(one) for one in request.GET.get("ids", "").split(",") if one.isdecimal() and len(one) < 19]
    filters = rules.read_filters(request.GET.dict())
    found = dispatch.queue_again(request.staff, name, numbers[:MOST_ROWS_AGAIN], at=request.at, filters=filters)
    shown = rows.rows(found, at=request.at, queue=name)
    return HttpResponse(f"<table><tbody>{shown}</tbody></table>")


@require_GET
@for_staff("tickets:read")
def filter_form(request: StaffRequest, name: str) -> HttpResponse:
    """The form of filters; asked for when it is first opened."""
    known_queue(name)
    filters = rules.read_filters(request.GET.dict())
    context = {"queue": name, "fields": filtering.fields(filters), "chosen": filters.as_words()}
    return render(request, "console/filter.html", context)


@require_GET
@for_staff("tickets:read")
def colleagues(request: StaffRequest) -> HttpResponse:
    """Colleagues as choices of a select; asked for when rows are first picked."""
    return render(request, "console/assignees.html", {"colleagues": people.colleague_names()})


@require_GET
@for_staff("tickets:read")
def notices(request: StaffRequest) -> HttpResponse:
    """What the colleague has not read yet, the newest first."""
    context = rail.uncounted(request, current="notices", about=f"staff:{request.staff.pk}")
    return render(
        request, "console/notices.html", context | {"notices": dispatch.unread_notices(request.staff, at=request.at)}
    )


@require_POST
@for_staff("tickets:read")
def read_notices(request: StaffRequest) -> HttpResponse:
    """All of them are read."""
    dispatch_actions.read_notices(request.staff, at=request.at)
    return HttpResponseRedirect(reverse("console:notices"))


@require_GET
@for_staff("tickets:read")
def menu(request: StaffRequest) -> HttpResponse:
    """The colleague's own menu; asked for when it is first opened. `set_look` checks where `back` leads."""
    return render(
        request,
        "console/menu.html",
        {"back": request.GET.get("back", ""), "has_ssh_keys": may(request.staff, "customers:touch")},
    )


@require_GET
@for_staff("tickets:read")
def counts(request: StaffRequest) -> JsonResponse:
    """The counts of the rail; alarms about mail only while there are any."""
    shown = rail.shown_counts(dispatch.counts(request.staff, at=request.at))
    alarms = len(email.alarms(at=request.at)) if may(request.staff, "mail:handle") else 0
    return JsonResponse(shown | {"alarms": str(alarms or "")})


@require_POST
@for_staff("tickets:read")
def save_view(request: StaffRequest) -> HttpResponse:
    """Keep the present filters under a name."""
    name = request.POST.get("queue", "")
    filters = rules.read_filters(request.POST.dict())
    dispatch_actions.save_view(
        staff=request.staff,
        name=request.POST.get("name", ""),
        queue=name,
        filters=filters,
        at=request.at,
        shared=request.POST.get("shared") == "yes",
    )
    messages.success(request, _("The view is kept; it stands in the rail."))
    return HttpResponseRedirect(filtering.address(name, filters))


@require_POST
@for_staff("tickets:read")
def forget_view(request: StaffRequest, number: int) -> HttpResponse:
    """Remove one's own saved view. Raises NotHere when there is none."""
    view = SavedView.objects.filter(pk=number, staff=request.staff).first()
    if view is None:
        raise NotHere
    dispatch_actions.forget_view(view, by=request.staff)
    return HttpResponseRedirect(reverse("console:queue", args=[view.queue]))


def known_queue(name: str) -> None:
    """Raises NotHere unless there is such a queue."""
    if name not in rules.QUEUES:
        raise NotHere
