"""One connection per web process that hears the publisher and the other processes; reads each range of events once."""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from opora.config import database
from opora.config.live import rights
from opora.config.live.hub import Change
from opora.config.live.presence import CHANNEL as PRESENCE
from opora.desk.kernel import live
from opora.desk.kernel.live import Happened, Position

log = logging.getLogger("opora.live")


class Hearing:
    """A thread. `tell(changes)` and `hear(said)` are called in it; `contacts(topics)` says whose rights are to be asked."""

    def __init__(
        self,
        *,
        tell: Callable[[list[Change]], object],
        hear: Callable[[list[dict[str, Any]]], object],
        contacts: Callable[[frozenset[str]], set[int]],
    ) -> None:
        self._tell = tell
        self._hear = hear
        self._contacts = contacts
        self._last: Position | None = None
        self.listening = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def join(self) -> None:
        self._thread.join(5.0)

    def _run(self) -> None:
        from django.db import close_old_connections, connections

        while not self._stopping.is_set():
            try:
                with database.connect() as connection:
                    connection.execute(f"LISTEN {live.EVENTS_CHANNEL}")
                    connection.execute(f"LISTEN {PRESENCE}")
                    self._catch_up()
                    close_old_connections()
                    self.listening.set()
                    while not self._stopping.is_set():
                        for note in connection.notifies(timeout=0.5):
                            self._take(note.channel, note.payload)
                            close_old_connections()
            except Exception as error:
                self.listening.clear()
                live.heard.position = None
                log.warning("the live stream's connection broke off: %s", error)
                connections.close_all()
                self._stopping.wait(1.0)
        live.heard.position = None
        connections.close_all()

    def _take(self, channel: str, payload: str) -> None:
        told = json.loads(payload)
        if channel == PRESENCE:
            self._hear(told)
            return
        self._hand_on(Position(*told["after"]), Position(*told["upto"]))

    def _catch_up(self) -> None:
        """After a broken connection: what was published meanwhile."""
        upto = live.published()
        if self._last is not None and self._last < upto:
            self._hand_on(self._last, upto)
        self._last = live.heard.position = upto

    def _hand_on(self, after: Position, upto: Position) -> None:
        events = live.read_range(after, upto)
        self._last = live.heard.position = upto
        if changes := changes_of(events, self._contacts):
            self._tell(changes)


def changes_of(events: list[Happened], contacts: Callable[[frozenset[str]], set[int]]) -> list[Change]:
    """The events with their topics and, asked anew each time, the listening contacts that may see them."""
    topics = rights.topics_of(events)
    public = [event for event in events if event.name in rights.PUBLIC and event.subject[0] == "ticket"]
    watched = frozenset().union(*(topics[event.position.id] for event in public)) if public else frozenset()
    numbers = {event.subject[1] for event in public}
    seen = {contact: rights.visible_numbers(contact, numbers) for contact in contacts(watched)} if watched else {}
    return [
        Change(
            event,
            topics[event.position.id],
            frozenset(c for c, those in seen.items() if event.subject[1] in those),
        )
        for event in events
    ]
