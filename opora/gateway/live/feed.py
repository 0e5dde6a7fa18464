"""One session as it is watched: the newest frames in memory, and everybody who sees it, each at a pace of his own.

Nobody has a queue: whoever lags is served from where he stands, out of memory or out of the journal. So whoever works is
never slowed, nothing is dropped, and nothing comes twice.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from opora.gateway import clock
from opora.gateway.live.finding import Found
from opora.gateway.live.messages import packed, told
from opora.gateway.live.past import Past

Facts = dict[str, Any]

MEMORY = 512 << 10
"""Bytes of the newest frames that are kept at hand."""
WORTH_A_LOOK = 128 << 10
LARGEST_BATCH = 64 << 10
PAUSE = 0.004
"""Seconds between two rounds to the viewers; the first frame after a silence goes at once."""


class Seer(Protocol):
    """A viewer as the feed knows him."""

    who: Facts
    visible: bool
    beat: float

    def pump(self) -> None:
        """See on from where he stands, as far as he can take it."""

    def send(self, message: bytes) -> None:
        """Send one message now."""


class Feed:
    """The frames of a session, whoever sees them, and what these want."""

    def __init__(
        self, session: str, facts: Callable[[], Facts], past: Past, grown: Callable[[], None] = lambda: None
    ) -> None:
        """Begin before the first frame. `grown` is called when there is so much more that it is worth a look."""
        self.entrance: Found | None = None
        self._grown = grown
        self._fresh = 0
        self.session = session
        self.past = past
        self.seers: set[Seer] = set()
        self.orders: asyncio.Queue[Facts | None] = asyncio.Queue()
        self.first = 0
        self.count = 0
        self.reason: str | None = None
        self.head: tuple[int, bytes] = (0, b"")
        self._facts = facts
        self._frames: list[bytes] = []
        self.size = 0
        self._batch: tuple[int, int, bytes] = (-1, -1, b"")
        self._due = False
        self._went = 0.0

    def publish(self, frame: bytes) -> None:
        """Take the next frame; the viewers are served beside."""
        self._frames.append(frame)
        self.count += 1
        self.size += len(frame)
        self._fresh += len(frame)
        if self._fresh > WORTH_A_LOOK:
            self._fresh = 0
            self._grown()
        if self.size > 2 * MEMORY:
            self._forget()
        if self.seers and not self._due:
            self._due = True
            loop = asyncio.get_running_loop()
            wait = self._went + PAUSE - clock.monotonic()
            if wait > 0:
                loop.call_later(wait, self._go_round)
            else:
                loop.call_soon(self._go_round)

    def found(self, entrance: Found) -> None:
        """From here on late viewers may come in there."""
        self.entrance = entrance
        self.past.mark(entrance.place)

    def batch(self, start: int) -> tuple[bytes, int]:
        """Return the message with the frames from `start` on, as many as go into one, and the number after them."""
        known, after, message = self._batch
        if known == start and (after == self.count or len(message) >= LARGEST_BATCH):
            return message, after
        size, stop = 0, start - self.first
        while stop < len(self._frames) and (size < LARGEST_BATCH):
            size += len(self._frames[stop])
            stop += 1
        message = packed("F", b"".join(self._frames[start - self.first : stop]))
        self._batch = start, self.first + stop, message
        return message, self.first + stop

    def state(self) -> bytes:
        """Return the message that tells how the session stands, and who sees it."""
        seen_by = [{"name": seer.who["name"], "kind": seer.who["kind"]} for seer in self.seers]
        seen_by.sort(key=lambda who: (who["kind"], who["name"]))
        return told("S", {**self._facts(), "viewers": seen_by})

    def tell_state(self) -> None:
        """Tell everybody how it stands now."""
        if self.seers:
            message = self.state()
            for seer in tuple(self.seers):
                seer.send(message)

    def signed(self, frames: int, note: str) -> None:
        """Take the newest signed head; each sees it once he has seen so many frames."""
        self.head = frames, packed("H", note.encode())
        self._serve()

    def finish(self, reason: str) -> None:
        """The session is over: everybody sees it to the end."""
        self.reason = reason
        self.orders.put_nowait(None)
        self._serve()

    def _go_round(self) -> None:
        self._due = False
        self._went = clock.monotonic()
        self._serve()

    def _serve(self) -> None:
        for seer in tuple(self.seers):
            seer.pump()

    def _forget(self) -> None:
        """Let the older half go; the journal has it."""
        gone = 0
        while self.size > MEMORY and gone < len(self._frames) - 1:
            self.size -= len(self._frames[gone])
            gone += 1
        del self._frames[:gone]
        self.first += gone
