"""Filters of a queue: their form, and the chips that say which are on and take them off."""

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from opora.desk.customers.models import Organisation
from opora.desk.dispatch.rules import Filters
from opora.desk.people import queries as people
from opora.desk.tickets import definitions

TITLES: dict[str, str | Promise] = {
    "kind": _("Kind"),
    "priority": _("Priority"),
    "state": _("State"),
    "line": _("Line"),
    "assignee": _("Assignee"),
    "organisation": _("Organisation"),
    "channel": _("Came by"),
    "plan": _("Plan"),
    "tag": _("Tag"),
    "q": _("Words"),
}
PLANS = {"standard": _("Standard"), "premium": _("Premium")}


def address(name: str, filters: Filters, mark: str | None = "") -> str:
    """The address of the queue so filtered, from this mark on."""
    query = filters.as_words() | ({"mark": mark} if mark else {})
    return reverse("console:queue", args=[name]) + (f"?{urlencode(query)}" if query else "")


def chips(name: str, filters: Filters) -> list[dict[str, Any]]:
    """Which filters are on, and where each is off; asks for names only when one is by a number."""
    chosen = filters.as_words()
    return [
        {
            "title": TITLES.get(field, field),
            "value": _choices(field).get(value, value),
            "off": address(name, filters.without(field)),
        }
        for field, value in chosen.items()
    ]


def fields(filters: Filters) -> list[tuple[str, Any, list[tuple[str, Any]], str]]:
    """The selects of the form: name, title, choices and what is chosen."""
    chosen = filters.as_words()
    asked = ("priority", "state", "kind", "line", "assignee", "plan", "channel")
    return [(field, TITLES[field], list(_choices(field).items()), chosen.get(field, "")) for field in asked]


def _choices(field: str) -> dict[str, Any]:
    if field == "line":
        return {str(number): name for number, name in people.line_names()}
    if field == "assignee":
        return {str(number): name for number, name in people.colleague_names()}
    if field == "organisation":
        return {str(number): name for number, name in Organisation.objects.values_list("pk", "name")[:5000]}
    known: dict[str, dict[str, Any]] = {
        "kind": {code: said[0] for code, said in definitions.KINDS.items()},
        "priority": {code: said[0] for code, said in definitions.PRIORITIES.items()},
        "state": dict(definitions.STATES),
        "channel": dict(definitions.CHANNELS),
        "plan": dict(PLANS),
    }
    return known.get(field, {})
