"""Announcing what happened. The event and what must follow are written in the caller's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction

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


def announce_all(name: str, /, happenings: Iterable[Happening], *, by: Actor) -> list[Event]:
    """Write down many happenings of one name as `announce` does each, in a few statements; returns the events."""
    _require_transaction()
    events = Event.objects.bulk_create(
        Event(
            name=name,
            subject_kind=one.subject[0],
            subject_id=one.subject[1],
            actor_kind=(one.by or by).kind,
            actor_id=(one.by or by).id,
            actor_name=(one.by or by).name,
            at=one.at,
            why=one.why,
            facts=dict(one.facts),
        )
        for one in happenings
    )
    Delivery.objects.bulk_create(
        Delivery(event=event, listener=who, due_at=event.at) for event in events for who in listeners.names_for(name)
    )
    return events


def actor_of(event: Event) -> Actor:
    """Return who did it, as they were called then."""
    return Actor(cast("Kind", event.actor_kind), event.actor_id, event.actor_name)


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("announce() outside a transaction: the change and its event must stand together.")
