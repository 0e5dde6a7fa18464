"""Stints as a strip and as lines. The strip is a picture of the lines beside it; readers who cannot see it lose nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from opora.desk.people.models import Rotation, Staff
from opora.desk.people.rules import Stint
from opora.desk.web.components import marks
from opora.desk.web.console.duty.free_days import FreeDay


@dataclass(frozen=True, slots=True)
class Piece:
    """A stint as the pages show it; `x` and `width` in percent of the strip."""

    who: str
    initials: str
    tone: int
    gap: bool
    start: datetime
    end: datetime
    why: str
    x: str
    width: str
    middle: str
    wide: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """A rotation with its pieces between two moments, and the public holidays of its team."""

    rotation: Rotation
    pieces: list[Piece]
    holidays: Sequence[FreeDay] = ()


def strips(
    rosters: Sequence[tuple[Rotation, list[Stint]]],
    since: datetime,
    until: datetime,
    free: Mapping[int, Sequence[FreeDay]] = MappingProxyType({}),
) -> list[Strip]:
    """The rotations with their pieces; one statement for all names."""
    numbers = {n for _rotation, stints in rosters for one in stints for n in (one.person, one.instead_of) if n}
    names = dict(Staff.objects.filter(pk__in=numbers).values_list("pk", "name"))
    whole = (until - since).total_seconds()

    def piece(stint: Stint) -> Piece:
        who = names.get(stint.person or 0, "") or _("Nobody")
        x = (stint.start - since).total_seconds() / whole * 100
        width = (stint.end - stint.start).total_seconds() / whole * 100
        return Piece(
            who=who,
            initials=marks.initials(who) if stint.person else "!",
            tone=marks.tone(who),
            gap=stint.person is None,
            start=stint.start,
            end=stint.end,
            why=why_words(stint, names),
            x=f"{x:.3f}%",
            width=f"{max(width - 0.15, 0.1):.3f}%",
            middle=f"{x + width / 2:.3f}%",
            wide=width > 3.5,
        )

    return [
        Strip(rotation, [piece(stint) for stint in stints], free.get(rotation.team_id, ()))
        for rotation, stints in rosters
    ]


def why_words(stint: Stint, names: Mapping[int, str]) -> str:
    """Why this person, or why nobody, where it is not simply their turn."""
    whose: dict[str, Any] = {"name": names.get(stint.instead_of or 0, "")}
    said = {
        "override": _("instead of %(name)s") % whose if whose["name"] else _("in addition"),
        "swap": _("swapped with %(name)s") % whose,
        "absent": _("%(name)s is away") % whose,
        "nobody": _("the order is empty"),
    }
    return said.get(stint.why, "")
