"""Publishing what happened to whoever watches. It knows only events; who may see what is not asked here.

Writers only insert event rows. One publisher reads them behind a horizon of surely ended transactions, in the order
(transaction, id), so that a late commit is never jumped over, and sends one NOTIFY with the range per batch: a NOTIFY in
every transaction would cap the whole desk.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from opora.desk.kernel import clock

EVENTS_CHANNEL = "opora_events"
MARK = "published"
BATCH = 1000
LOOK_AT_BOOKMARK_EVERY = 5.0

_AFTER = "(tx, id) > (%s::text::xid8, %s)"
_ENDED = "tx < pg_snapshot_xmin(pg_current_snapshot())"
_NEXT = f"""
    WITH mark AS MATERIALIZED (
        SELECT (value->>'tx')::xid8 AS tx, (value->>'id')::bigint AS id FROM kernel_mark WHERE name = '{MARK}'
    )
    SELECT event.tx::text, event.id, (SELECT tx FROM mark)::text, (SELECT id FROM mark) FROM kernel_event event
    WHERE (event.tx, event.id) > ((SELECT tx FROM mark), (SELECT id FROM mark)) AND {_ENDED}
    ORDER BY event.tx, event.id LIMIT %s
"""  # noqa: S608
_FIELDS = "kernel_event.tx::text, id, name, subject_kind, subject_id, actor_kind, actor_id, facts"


class Position(NamedTuple):
    """A place in the order of events: the transaction's number and the event's id."""

    tx: int
    id: int

    def __str__(self) -> str:
        return f"{self.tx}.{self.id}"


def position_from(text: str) -> Position | None:
    """The position written as `tx.id`, None when it is not one."""
    tx, dot, number = text.strip().partition(".")
    if not dot or not all(part.isascii() and part.isdecimal() and len(part) <= 20 for part in (tx, number)):
        return None
    found = Position(int(tx), int(number))
    return found if found.tx < 2**64 and found.id < 2**63 else None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as watchers need it: ids only."""

    position: Position
    name: str
    subject: tuple[str, int]
    actor: tuple[str, int]
    facts: dict[str, Any]


class Publisher:
    """Tells the watchers, batch after batch. Only one process in the cluster may do this at a time."""

    def __init__(self) -> None:
        self._looked_at_bookmark = -LOOK_AT_BOOKMARK_EVERY

    def publish(self, at: datetime) -> int:
        """Tell of the next batch; returns how many events it held."""
        self._look_at_bookmark()
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, [BATCH])
            rows = cursor.fetchall()
        if not rows:
            return 0
        last, newest = (Position(int(rows[0][2]), int(rows[0][3])), Position(int(rows[-1][0]), rows[-1][1]))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            _remember(cursor, newest)
            cursor.execute("SELECT pg_notify(%s, %s)", [EVENTS_CHANNEL, json.dumps({"after": last, "upto": newest})])
        return len(rows)

    def _look_at_bookmark(self) -> None:
        """At the very first start, and in a database moved here from another server, go on at the newest event."""
        if clock.monotonic() - self._looked_at_bookmark < LOOK_AT_BOOKMARK_EVERY:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
            horizon = int(cursor.fetchone()[0])
            last = published()
            if last == (0, 0) or last.tx >= horizon:
                _remember(cursor, _newest_ended(cursor))
        self._looked_at_bookmark = clock.monotonic()


def read_range(after: Position, upto: Position, limit: int = BATCH) -> list[Happened]:
    """The events in (after, upto], in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_FIELDS} FROM kernel_event WHERE {_AFTER} AND (tx, id) <= (%s::text::xid8, %s) "  # noqa: S608
            "ORDER BY kernel_event.tx, id LIMIT %s",
            [str(after.tx), after.id, str(upto.tx), upto.id, limit],
        )
        return [_happened(row) for row in cursor.fetchall()]


def published() -> Position:
    """How far the publisher has told; what lies behind it may be read without gaps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT value->>'tx', value->>'id' FROM kernel_mark WHERE name = %s", [MARK])
        row = cursor.fetchone()
    return Position(int(row[0]), int(row[1])) if row else Position(0, 0)


class Heard:
    """How far this process has heard, for pages to say from where their stream goes on: whatever was published up to
    here was committed before, so a page that reads the database afterwards shows it. Knows nothing while nobody listens."""

    def __init__(self) -> None:
        self.position: Position | None = None

    def __str__(self) -> str:
        return str(self.position or "")


heard = Heard()


def tell(channel: str, messages: Iterable[dict[str, Any]]) -> None:
    """One NOTIFY for all these small messages, split where PostgreSQL's limit of 8000 bytes asks for it."""
    lines: list[str] = []
    with connection.cursor() as cursor:
        for message in messages:
            line = json.dumps(message, separators=(",", ":"))
            if lines and sum(map(len, lines)) + len(lines) + len(line) > 7800:
                cursor.execute("SELECT pg_notify(%s, %s)", [channel, "[" + ",".join(lines) + "]"])
                lines = []
            lines.append(line)
        if lines:
            cursor.execute("SELECT pg_notify(%s, %s)", [channel, "[" + ",".join(lines) + "]"])


def _newest_ended(cursor: Any) -> Position:
    cursor.execute(f"SELECT tx::text, id FROM kernel_event e WHERE {_ENDED} ORDER BY e.tx DESC, e.id DESC LIMIT 1")  # noqa: S608
    row = cursor.fetchone()
    return Position(int(row[0]), row[1]) if row else Position(1, 0)


def _remember(cursor: Any, position: Position) -> None:
    cursor.execute(
        "INSERT INTO kernel_mark (name, value) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [MARK, json.dumps({"tx": str(position.tx), "id": str(position.id)})],
    )


def _happened(row: tuple[Any, ...]) -> Happened:
    tx, number, name, kind, subject, actor_kind, actor, facts = row
    known = json.loads(facts) if isinstance(facts, str) else facts
    return Happened(Position(int(tx), number), name, (kind, subject), (actor_kind, actor), known)
