"""Announcing what happened. The event and what must follow are written in the caller's transaction."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import connection, transaction

from opora.desk.kernel import listeners
from opora.desk.kernel.actors import SYSTEM, Actor, Kind
from opora.desk.kernel.models import Delivery, Event

__all__ = ["SYSTEM", "Actor", "Happening", "actor_of", "announce", "announce_all"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One of many alike: what it happened to, when, its facts, and who did it where that differs from the others."""

    subject: tuple[str, int]
    at: datetime
    facts: Mapping[str, object]
    by: Actor | None = None
    why: str = ""


def announce(
    name: str, /, *, subject: tuple[str, int], by: Actor, at: datetime, why: str = "", **facts: object
) -> Event:
    """Write down that `name` happened to `subject` and queue it for every listener; returns the event.

    Must run inside the transaction of the change itself, so that neither stands without the other.
    """
    _require_transaction()
    event = Event.objects.create(
        name=name,
        subject_kind=subject[0],
        subject_id=subject[1],
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        at=at,
        why=why,
        facts=facts,
    )
    waiting = [Delivery(event=event, listener=who, due_at=at) for who in listeners.names_for(name)]
    if waiting:
        Delivery.objects.bulk_create(waiting)
    return event


def announce_all(name: str, /, happenings: Iterable[Happening], *, by: Actor) -> None:
    """Write down many happenings of one name as `announce` does each, in their order and in one statement."""
    _require_transaction()
    rows = [_row(one, one.by or by) for one in happenings]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_ALL, [name, json.dumps(rows), listeners.names_for(name)])


def _row(one: Happening, by: Actor) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "kind": one.subject[0],
        "subject": one.subject[1],
        "actor": by.kind,
        "actor_id": by.id,
        "actor_name": by.name,
        "why": one.why,
        "facts": dict(one.facts),
    }


# As one document: building a model of each row, and dumping each value by itself, cost four times as much.
_WRITE_ALL = """
    WITH written AS (
        INSERT INTO kernel_event (name, at, subject_kind, subject_id, actor_kind, actor_id, actor_name, why, facts)
        SELECT %s, at, kind, subject, actor, actor_id, actor_name, why, facts
        FROM ROWS FROM (json_to_recordset(%s) AS (at timestamptz, kind text, subject bigint, actor text, actor_id bigint,
                        actor_name text, why text, facts jsonb)) WITH ORDINALITY
        ORDER BY ordinality
        RETURNING id, at
    )
    INSERT INTO kernel_delivery (event_id, listener, due_at, tries, error)
    SELECT written.id, told.listener, written.at, 0, ''
    FROM written, unnest(%s::text[]) WITH ORDINALITY AS told (listener, place) ORDER BY written.id, told.place
    """


def actor_of(event: Event) -> Actor:
    """Return who did it, as they were called then."""
    return Actor(cast("Kind", event.actor_kind), event.actor_id, event.actor_name)


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("announce() outside a transaction: the change and its event must stand together.")
