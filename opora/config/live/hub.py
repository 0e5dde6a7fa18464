"""Which tab listens to which topic, and the handing of changes to them. Lives in the event loop; asks no database."""

import asyncio
import json
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from opora.config.live.rights import PUBLIC, Person
from opora.desk.kernel.live import Happened

LONGEST_QUEUE = 200
RELOAD = b"event: reload\ndata: {}\n\n"


@dataclass(eq=False)
class Tab:
    """One open stream."""

    person: Person
    topics: frozenset[str]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE + 2))

    def push(self, piece: bytes) -> None:
        """Queue a piece; a tab that does not keep up is told to load its page anew."""
        if self.queue.qsize() >= LONGEST_QUEUE:
            while not self.queue.empty():
                self.queue.get_nowait()
            piece = RELOAD
        self.queue.put_nowait(piece)

    def end(self) -> None:
        """Close the stream after what is queued already; the browser comes back by itself."""
        self.queue.put_nowait(None)


@dataclass(frozen=True, slots=True)
class Change:
    """An event with its topics and the contacts that may hear of it."""

    event: Happened
    topics: frozenset[str]
    contacts: frozenset[int]


class Hub:
    """All tabs of this process."""

    def __init__(self) -> None:
        self.tabs: set[Tab] = set()
        self._by_topic: dict[str, set[Tab]] = defaultdict(set)

    def add(self, tab: Tab) -> None:
        self.tabs.add(tab)
        for topic in tab.topics:
            self._by_topic[topic].add(tab)

    def drop(self, tab: Tab) -> None:
        self.tabs.discard(tab)
        for topic in tab.topics:
            self._by_topic[topic].discard(tab)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def listening_contacts(self, topics: Iterable[str]) -> set[int]:
        """The contacts with a tab on one of these topics."""
        return {tab.person.id for tab in self._on(topics) if tab.person.kind == "contact"}

    def hand_out(self, changes: Iterable[Change]) -> None:
        """Give each change to every tab that listens to one of its topics and may hear of it."""
        for change in changes:
            for tab in self._on(change.topics):
                if piece := piece_for(tab.person, change):
                    tab.push(piece)

    def on_ticket(self, number: int) -> list[Tab]:
        """The tabs of colleagues that show this ticket."""
        return [tab for tab in self._by_topic.get(f"ticket:{number}", ()) if tab.person.kind == "staff"]

    def end(self) -> None:
        for tab in list(self.tabs):
            tab.end()

    def _on(self, topics: Iterable[str]) -> set[Tab]:
        found: set[Tab] = set()
        for topic in topics:
            found |= self._by_topic.get(topic, set())
        return found


def piece_for(person: Person, change: Change) -> bytes | None:
    """What this person's tab gets of a change: ids only; a contact learns only that the ticket changed in public."""
    event = change.event
    kind, number = event.subject
    what: dict[str, object] = {"ticket": number} if kind == "ticket" else {"subject": [kind, number]}
    if person.kind == "contact":
        if kind != "ticket" or event.name not in PUBLIC or person.id not in change.contacts:
            return None
    else:
        what |= {"name": event.name, "by": f"{event.actor[0]}:{event.actor[1]}", "topics": sorted(change.topics)}
    return f"id: {event.position}\nevent: change\ndata: {json.dumps(what, separators=(',', ':'))}\n\n".encode()
