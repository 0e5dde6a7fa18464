"""Queues: a page of rows, rows asked for again by a live page, counts, saved views."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from opora.desk.dispatch import actions as dispatch_actions
from opora.desk.dispatch import queries as dispatch
from opora.desk.dispatch import rules
from opora.desk.dispatch.models import SavedView
from opora.desk.kernel.errors import NotHere
from opora.desk.people import queries as people
from opora.desk.people.policies import may
from opora.desk.tickets import definitions
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail, rows
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
        "later": address(name, filters, page.next_mark) if page.next_mark else "",
        "first": address(name, filters),
        "again": f"{reverse('console:rows', args=[name])}?{urlencode(filters.as_words())}",
        "may_bulk": may(request.staff, "tickets:bulk"),
        **filter_choices(name, filters),
    }
    return render(request, "console/queue.html", context)


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
def counts(request: StaffRequest) -> JsonResponse:
    """The counts of the rail."""
    return JsonResponse(rail.shown_counts(dispatch.counts(request.staff, at=request.at)))


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
    return HttpResponseRedirect(address(name, filters))


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


def address(name: str, filters: rules.Filters, mark: str | None = "") -> str:
    """The address of the queue so filtered, from this mark on."""
    query = filters.as_words() | ({"mark": mark} if mark else {})
    return reverse("console:queue", args=[name]) + (f"?{urlencode(query)}" if query else "")


def filter_choices(name: str, filters: rules.Filters) -> dict[str, Any]:
    """What can be filtered by, what is, and how to take each filter off."""
    chosen = filters.as_words()
    lines, colleagues = people.line_names(), people.colleague_names()
    named: dict[str, dict[str, Any]] = {
        "kind": {code: said[0] for code, said in definitions.KINDS.items()},
        "priority": {code: said[0] for code, said in definitions.PRIORITIES.items()},
        "state": dict(definitions.STATES),
        "line": {str(number): said for number, said in lines},
        "assignee": {str(number): said for number, said in colleagues},
    }
    titles = {
        "kind": _("Kind"),
        "priority": _("Priority"),
        "state": _("State"),
        "line": _("Line"),
        "assignee": _("Assignee"),
        "tag": _("Tag"),
        "q": _("Words"),
    }
    chips = [
        {
            "title": titles.get(field, field),
            "value": named.get(field, {}).get(value, value),
            "off": address(name, filters.without(field)),
        }
        for field, value in chosen.items()
    ]
    fields = [(field, titles[field], options(choices, chosen.get(field, ""))) for field, choices in named.items()]
    return {"chips": chips, "fields": fields, "chosen": chosen, "colleagues": options(named["assignee"], "")}


def options(choices: Mapping[str, Any], chosen: str) -> SafeString:
    """The options of a select, made in code: a template spends as much on forty of them as on all the rest."""
    return mark_safe(
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(label)}</option>'
            for value, label in choices.items()
        )
    )
