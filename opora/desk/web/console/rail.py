"""The left rail: queues with live counts, saved views, the way to letters that need a person."""

from dataclasses import dataclass
from typing import Any

from django.middleware.csrf import get_token
from django.urls import reverse

from opora.desk.dispatch import queries as dispatch
from opora.desk.people.models import Role
from opora.desk.people.policies import may
from opora.desk.web.components.doors import StaffRequest
from opora.desk.web.console.words import QUEUES


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the rail."""

    name: str
    label: Any
    icon: str
    address: str
    count: str
    here: bool
    pressing: bool = False


def counted(request: StaffRequest, *, current: str = "") -> dict[str, Any]:
    """The rail with its counts: one statement. For queue pages, where the counts are what one came for."""
    beside = dispatch.rail(request.staff, at=request.at)
    return rail(request, current=current, counts=shown_counts(beside.counts)) | {
        "views": beside.views,
        "topics": topics(request, beside.teams),
    }


def uncounted(request: StaffRequest, *, current: str = "", about: str = "") -> dict[str, Any]:
    """The rail without a statement; the page asks for the counts once it stands."""
    return rail(request, current=current, counts={}) | {"topics": about, "late_counts": True}


def rail(request: StaffRequest, *, current: str, counts: dict[str, str]) -> dict[str, Any]:
    """What the rail's template needs."""
    links = [
        Link(
            name,
            label,
            icon,
            reverse("console:queue", args=[name]),
            counts.get(name, ""),
            name == current,
            name == "due" and counts.get(name, "") not in ("", "0"),
        )
        for name, (label, icon) in QUEUES.items()
    ]
    return {
        "rail": links,
        "staff": request.staff,
        "handles_mail": may(request.staff, "mail:handle"),
        "sees_routing": may(request.staff, "routing:see"),
        "may_open": may(request.staff, "tickets:open"),
        "may_set": may(request.staff, "settings:edit"),
        "may_hire": may(request.staff, "people:edit"),
        "takes_calls": may(request.staff, "calls:take"),
        "hears_calls": may(request.staff, "calls:make"),
        "is_operator": Role.OPERATOR in request.staff.roles,
        "may_script": may(request.staff, "calls:script"),
        "current": current,
        "csrf_token": get_token(request),
    }


def shown_counts(counts: dict[str, int]) -> dict[str, str]:
    """Counts as they are shown: 12, or 1000+ where counting stopped."""
    cap = dispatch.COUNT_CAP
    return {name: f"{cap}+" if count >= cap else str(count) for name, count in counts.items()}


def topics(request: StaffRequest, teams: list[int]) -> str:
    """What a queue page listens to: everything on the desk, for every queue may gain or lose a row."""
    return ",".join(["desk", f"staff:{request.staff.pk}", *(f"line:{team}" for team in teams)])
