"""Work that is recorded and shown by the gateway's own hub, for pages that watch it."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opora.evidence.frames import Kind
from opora.evidence.journal import Journal
from opora.gateway.live.hub import Hub
from tests.evidence.recording import SESSION


class Watched:
    """The gateway's own hub in place of the double: recorded into a journal, shown, steered."""

    def __init__(self, gateway: Any, folder: Path) -> None:
        self.recording = gateway.recording
        self.obeyed: list[dict[str, Any]] = []
        self._do = gateway.threaded.do
        self._hub = Hub(folder)
        self._journal = Journal(folder / f"{1:020d}-{os.getpid()}.journal")
        gateway.threaded.double.path = gateway.threaded.double.path.with_name("hub.sock")
        self._do(self._begin(gateway.threaded.double.path))
        self.shows(self.recording.frames[0])

    def adds(self, kind: Kind, payload: bytes) -> None:
        self.recording.add(kind, payload)
        self.shows(self.recording.frames[-1])

    def shows(self, frame: bytes) -> None:
        self._journal.append(frame)
        self._do(self._call(lambda: self._hub.publish(SESSION.hex(), frame)))

    def signs(self) -> str:
        note = self.recording.sign_head()
        self._do(self._call(lambda: self._hub.head(SESSION.hex(), note)))
        return note

    def is_over(self) -> None:
        """Nobody works any more; the end of the record is still to come."""
        self._facts["state"] = "ended"
        self._do(self._call(lambda: self._hub.changed(SESSION.hex())))

    def ends(self) -> str:
        """The record's end, the head that covers it, and the last word; returns the head."""
        self.recording.end()
        self.shows(self.recording.frames[-1])
        note = self.signs()
        self._do(self._call(lambda: self._hub.finish(SESSION.hex(), "stop")))
        return note

    def feed(self) -> Any:
        return self._hub.feed(SESSION.hex())

    def close(self) -> None:
        self._do(self._hub.close())
        self._journal.close()

    async def _begin(self, path: Path) -> None:
        await self._hub.serve(path)
        self._facts = {"session": SESSION.hex(), "state": "active", "staff": {"id": 3, "name": "Boris"}, "host": "web1"}
        self._hub.begin(SESSION.hex(), lambda: self._facts)
        self._obeying = asyncio.get_running_loop().create_task(self._obey())

    async def _obey(self) -> None:
        async for order in self._hub.orders(SESSION.hex()):
            self.obeyed.append(order)

    async def _call(self, act: Callable[[], None]) -> None:
        act()
