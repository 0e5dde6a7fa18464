"""Telling the desk what happened, in order and until it has heard: what it could not hear yet waits in files.

Each thing told has a number within its session, so the desk may hear it twice and count it once.
"""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from opora.gateway import clock
from opora.gateway.door import Door, Facts
from opora.gateway.sockets import Gone, Refused

PAUSE = 2.0
"""Seconds between tries while the desk does not answer."""


class Teller:
    """What is to be told, as files in a folder, and the task that tells it."""

    def __init__(self, folder: Path, door: Door) -> None:
        """Take up what an earlier process left untold."""
        self._folder = folder
        self._door = door
        self._wake = asyncio.Event()
        self._count = 0

    def tell(self, session: str, number: int, what: str, facts: Facts) -> None:
        """Write down what happened; it is told soon, and after a crash too. A full disk loses only the telling."""
        at = clock.now_ns()
        self._count += 1
        told = {"session": session, "number": number, "what": what, "facts": facts, "at": at}
        name = f"{at:020d}-{self._count:08d}.json"
        with suppress(OSError):
            (self._folder / f".{name}").write_text(json.dumps(told))
            (self._folder / f".{name}").rename(self._folder / name)
        self._wake.set()

    async def run(self) -> None:
        """Tell, for ever."""
        while True:
            self._wake.clear()
            if await self._tell_all():
                await self._wake.wait()
            else:
                await asyncio.sleep(PAUSE)

    async def _tell_all(self) -> bool:
        for path in sorted(self._folder.glob("[0-9]*.json")):
            try:
                await self._door.told(json.loads(path.read_text()))
            except Gone:
                return False
            except (Refused, ValueError):
                path.replace(path.with_suffix(".refused"))
                continue
            path.unlink(missing_ok=True)
        return True
