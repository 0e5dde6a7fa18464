"""The hub: hands every session's frames to whoever watches it, and what these want back to the session.

Runs in the gateway's own loop; the engineer is always served first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from opora.gateway import clock
from opora.gateway.apart import Callers
from opora.gateway.lines import bound
from opora.gateway.live.feed import Facts, Feed
from opora.gateway.live.finding import Finding, Found
from opora.gateway.live.past import Past
from opora.gateway.live.typing import Terminal
from opora.gateway.live.viewer import Connection

LOOK_EVERY = 5.0
LAST_WORDS = 1.0
"""Seconds for what is still under way to callers when the hub closes."""
KEPT_AFTER = 60.0
"""Seconds for which an ended session can still be seen here, by those who lag behind or come back."""


class Hub:
    """All sessions of this process that can be watched."""

    def __init__(self, journals: Path, *, most_viewers: int = 200) -> None:
        """Take the folder of journals. `terminal` may be set when there is somebody who opens sessions for browsers."""
        self.terminal: Terminal | None = None
        self.most_viewers = most_viewers
        self.connections: set[Connection] = set()
        self.journals = journals
        self._feeds: dict[str, Feed] = {}
        self._server: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None
        self._finding = Finding(journals, self._found)

    async def serve(self, path: Path, callers: Callers | None = None) -> None:
        """Listen at the live socket, to the desk alone where that is another user."""
        loop = asyncio.get_running_loop()
        listening = bound(path, callers.group if callers else None)
        self._server = await loop.create_unix_server(lambda: Connection(self, callers), sock=listening)
        self._looking = loop.create_task(self._look())
        await self._finding.start()

    async def close(self) -> None:
        """Take no more callers, and let those here go."""
        if self._server is not None:
            self._server.close()
        if self._looking is not None:
            self._looking.cancel()
        await self._finding.stop()
        for connection in tuple(self.connections):
            connection.transport.close()
        end = clock.monotonic() + LAST_WORDS
        while self.connections and clock.monotonic() < end:
            await asyncio.sleep(0.01)
        for connection in tuple(self.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    def feed(self, session: str) -> Feed | None:
        """Return the feed of a session, None if it is not here."""
        return self._feeds.get(session)

    def begin(self, session: str, facts: Callable[[], Facts]) -> None:
        """A session begins, before its first frame; `facts` tells at any time how it stands."""
        self._feeds[session] = Feed(session, facts, Past(self.journals, bytes.fromhex(session)), self._finding.look)

    def changed(self, session: str) -> None:
        """Its facts changed."""
        if feed := self._feeds.get(session):
            feed.tell_state()

    def publish(self, session: str, frame: bytes) -> None:
        """A frame may be shown."""
        if feed := self._feeds.get(session):
            feed.publish(frame)

    def head(self, session: str, note: str) -> None:
        """The ledger signed how far the record has come."""
        if feed := self._feeds.get(session):
            feed.signed(_frames_of(note), note)

    def finish(self, session: str, reason: str) -> None:
        """The session is over."""
        if feed := self._feeds.get(session):
            feed.finish(reason)
            asyncio.get_running_loop().call_later(KEPT_AFTER, self._feeds.pop, session, None)

    async def orders(self, session: str) -> AsyncIterator[Facts]:
        """What those who watch want, until the session is over: pause, resume, stop, question, viewer."""
        feed = self._feeds[session]
        while (order := await feed.orders.get()) is not None:
            yield order

    def viewers(self, session: str) -> list[Facts]:
        """Who watches now: id, name, kind, visible, beat (seconds of the monotonic clock)."""
        feed = self._feeds.get(session)
        seers = feed.seers if feed else ()
        return [{**seer.who, "visible": seer.visible, "beat": seer.beat} for seer in seers]

    def _found(self, session: str, found: Found) -> None:
        if feed := self._feeds.get(session):
            feed.found(found)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = clock.monotonic()
            for connection in tuple(self.connections):
                connection.look(now)


def _frames_of(note: str) -> int:
    """How many frames a signed head covers: its third line (docs/evidence.md, "Signed heads")."""
    lines = note.split("\n")
    return int(lines[2]) if len(lines) > 2 and lines[2].isdecimal() else 0
