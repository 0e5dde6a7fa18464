"""A hub for the tests: what would be shown is kept, and whoever watches and steers is the test itself."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

Facts = dict[str, Any]
CLARA = {"id": "contact:5", "name": "Clara", "kind": "customer"}


class Watchers:
    """Clara's side. Use `order` and the lists from any thread."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.heads: list[str] = []
        self.states: list[str] = []
        self.sessions: list[str] = []
        self.finished: list[str] = []
        self.watching: list[Facts] = []
        self._facts: dict[str, Callable[[], Facts]] = {}
        self._orders: dict[str, asyncio.Queue[Facts]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._heard = threading.Condition()

    def watch(self, *, visible: bool = True, ago: float = 0.0) -> None:
        """Clara looks (or looked, so many seconds ago) at the page."""
        self.watching = [{**CLARA, "visible": visible, "beat": time.monotonic() - ago}]

    def order(self, do: str, **facts: Any) -> None:
        """Clara steers the newest session."""
        assert self._loop is not None
        queue = self._orders[self.sessions[-1]]
        self._loop.call_soon_threadsafe(queue.put_nowait, {"do": do, "by": CLARA, **facts})

    def wait(self, until: Callable[[], bool], seconds: float = 60.0) -> None:
        """Return when that is so."""
        with self._heard:
            assert self._heard.wait_for(until, seconds), f"never: {self.states}"

    # As the gateway calls it.

    def begin(self, session: str, facts: Callable[[], Facts]) -> None:
        self._loop = asyncio.get_running_loop()
        self._facts[session] = facts
        self._orders[session] = asyncio.Queue()
        self._note(self.sessions, session)

    def changed(self, session: str) -> None:
        if session in self._facts:
            self._note(self.states, self._facts[session]()["state"])

    def publish(self, session: str, frame: bytes) -> None:
        self._note(self.frames, frame)

    def head(self, session: str, note: str) -> None:
        self._note(self.heads, note)

    def finish(self, session: str, reason: str) -> None:
        self._note(self.finished, reason)

    async def orders(self, session: str) -> AsyncIterator[Facts]:
        while True:
            yield await self._orders[session].get()

    def viewers(self, session: str) -> list[Facts]:
        return self.watching

    def _note(self, where: list[Any], what: Any) -> None:
        with self._heard:
            where.append(what)
            self._heard.notify_all()
