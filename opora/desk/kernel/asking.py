"""Several questions answered by one statement, which PostgreSQL keeps prepared.

A statement has a price of its own, in Python and in PostgreSQL, and planning it costs more than running it. So a page that
needs ten answers about one thing asks for them together: each room offers its questions as `Part`s, the page says which
ones it wants. Only for reading; changes nothing.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from psycopg.types.numeric import Int8

type Value = int | str | datetime | Sequence[str] | None
CARRIED = frozenset({int, str, bool, float, dict, list, datetime, NoneType})
"""What an answer may consist of: it travels as JSON, which knows nothing else."""


@dataclass(frozen=True, slots=True, eq=False)
class Part[Row: tuple[Any, ...]]:
    """One question: `shape`, a NamedTuple whose fields are the columns, and the SQL that gives rows of it, in order.

    The SQL names its values as `%(ticket)s`; a percent sign of its own is written twice. Raises TypeError for a shape with
    a field that JSON cannot carry.
    """

    shape: type[Row]
    sql: str
    moments: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        kinds = [_kinds(hint) for hint in get_type_hints(self.shape).values()]
        if not set().union(*kinds) <= CARRIED:
            raise TypeError(f"{self.shape.__name__} has a field that JSON cannot carry.")
        object.__setattr__(self, "moments", tuple(i for i, kind in enumerate(kinds) if datetime in kind))

    def rows(self, found: list[list[Any]] | None) -> list[Row]:
        """The rows as they came in JSON, in their shape."""
        if not found:
            return []
        for row in found:
            for place in self.moments:
                if row[place] is not None:
                    row[place] = datetime.fromisoformat(row[place])
        make: Any = self.shape
        return [make._make(row) for row in found]


class Answers:
    """What was found, by question."""

    def __init__(self, found: dict[Part[Any], list[Any]]) -> None:
        self._found = found

    def __getitem__[Row: tuple[Any, ...]](self, part: Part[Row]) -> list[Row]:
        rows: list[Row] = self._found[part]
        return rows


def together(*parts: Part[Any], **values: Value) -> Answers:
    """The answers to all the questions, by one statement; `values` are what their SQL names."""
    with cursor() as asked:
        asked.execute(_statement(parts), {name: sent(value) for name, value in values.items()})
        found = asked.fetchone()
    return Answers({part: part.rows(rows) for part, rows in zip(parts, found or (), strict=True)})


def cursor() -> CursorWrapper:
    """A cursor that sends values apart from the statement, so that the statement is planned once for a connection.

    Otherwise like Django's own: counted, logged, its errors translated.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    made: Any = cast(Any, ServerBindingCursor)(connection.connection)
    return connection.make_debug_cursor(made) if connection.queries_logged else connection.make_cursor(made)


def sent(value: Value) -> Any:
    """The value as it is sent. Numbers always as bigint: another type would be another statement to plan."""
    return Int8(value) if isinstance(value, int) and not isinstance(value, bool) else value


@functools.lru_cache(maxsize=64)
def _statement(parts: tuple[Part[Any], ...]) -> str:
    return "select " + ",\n".join(map(_column, parts))


def _column(part: Part[Any]) -> str:
    """All rows of the part as one JSON list of lists."""
    fields: Any = part.shape
    names = ", ".join(f'part."{name}"' for name in fields._fields)
    return f"(select json_agg(json_build_array({names})) from ({part.sql}) part)"  # noqa: S608  written here, all of it


def _kinds(hint: Any) -> set[Any]:
    """The types a field may have: `str | None` is two, `dict[str, Any]` is dict."""
    if isinstance(hint, UnionType):
        return set().union(*map(_kinds, get_args(hint)))
    return {get_origin(hint) or hint}
