"""Moving a row from one state to another: only by the table, and only if it still is where we saw it."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Clash, Refused

Table = Mapping[str, frozenset[str]]


def move(row: models.Model, *, to: str, table: Table, **also: Any) -> str:
    """Set `row.state` to `to` (and the fields in `also`) if the row still has the state we hold; returns the old one.

    Raises Refused when the table has no such move, Clash when another was quicker. The row in hand is updated.
    """
    old: str = row.state  # type: ignore[attr-defined]
    if to not in table.get(old, frozenset()):
        raise Refused("kernel.illegal_move", _("This cannot go from “%(old)s” to “%(to)s”.") % {"old": old, "to": to})
    compare_and_set(row, {"state": old}, state=to, **also)
    return old


def compare_and_set(row: models.Model, expected: Mapping[str, Any], **new: Any) -> None:
    """Write `new` if the row still matches `expected`; exactly one row must change. Raises Clash otherwise."""
    changed = type(row)._base_manager.filter(pk=row.pk, **expected).update(**new)
    if changed != 1:
        raise Clash(_("Somebody else changed this a moment ago. Reload and look again."))
    for name, value in new.items():
        setattr(row, name, value)
