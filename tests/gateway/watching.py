"""Those who watch, for the tests of the live view: a journal that is written and shown, and callers at the live socket."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from opora.evidence.following import Follower
from opora.evidence.frames import Chain, Kind, canonical, read_frames
from opora.evidence.journal import Journal
from opora.gateway.live.hub import Hub

AGREEMENT = bytes(32)


class Work:
    """A session that is recorded and shown, the way the gateway does it: into the journal first."""

    def __init__(self, hub: Hub, folder: Path, *, session: bytes = bytes(range(16))) -> None:
        self.hub, self.folder, self.session = hub, folder, session
        self.hex = session.hex()
        self.chain = Chain(session, AGREEMENT)
        self.frames: list[bytes] = []
        self.seen: list[dict[str, Any]] = []
        self._number = 0
        self.turn_over()
        hub.begin(self.hex, lambda: {"session": self.hex, "frames": self.chain.frames})
        self.obeying = asyncio.get_running_loop().create_task(self._obey())
        self.add(Kind.HEADER, canonical({"session": self.hex, "agreement": AGREEMENT.hex()}))

    async def _obey(self) -> None:
        async for order in self.hub.orders(self.hex):
            self.seen.append(order)

    def turn_over(self) -> None:
        """Go on in a new journal, as the recorder does with a full one."""
        self._number += 1
        self.journal = Journal(self.folder / f"{self._number:020d}-{os.getpid()}.journal")

    def add(self, kind: Kind, payload: bytes) -> None:
        """Record a frame, then show it."""
        number = self.chain.frames
        self.frames.append(self.chain.link(kind, payload, mono_ns=number, wall_ns=number))
        self.journal.append(self.frames[-1])
        self.hub.publish(self.hex, self.frames[-1])

    def say(self, count: int, size: int = 20) -> None:
        """Show so many frames of output."""
        for _ in range(count):
            self.add(Kind.OUTPUT, b"%d " % self.chain.frames + b"x" * size)


class Caller:
    """A connection to the live socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.frames: list[bytes] = []
        self.states: list[dict[str, Any]] = []
        self.heads: list[tuple[int, str]] = []
        self.last: tuple[str, Any] = ("", None)

    @classmethod
    async def at(cls, path: Path) -> "Caller":
        """Connect."""
        return cls(*await asyncio.open_unix_connection(path))

    @classmethod
    async def watching(cls, path: Path, session: str, *, start: int = 0, name: str = "Clara") -> "Caller":
        """Connect and watch."""
        caller = await cls.at(path)
        who = {"id": f"contact:{name}", "name": name, "kind": "customer"}
        caller.say("W", {"session": session, "from": start, "viewer": who})
        return caller

    def say(self, letter: str, told: Any) -> None:
        """Send a message."""
        payload = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.writer.write((len(payload) + 1).to_bytes(4, "big") + letter.encode() + payload)

    async def hear(self) -> tuple[str, bytes]:
        """The next message; ("", b"") at the end."""
        try:
            async with asyncio.timeout(60):
                head = await self.reader.readexactly(5)
                payload = await self.reader.readexactly(int.from_bytes(head[:4], "big") - 1)
        except (asyncio.IncompleteReadError, ConnectionError):
            return "", b""
        letter = chr(head[4])
        match letter:
            case "F":
                at = 0
                for frame in read_frames(payload):
                    self.frames.append(payload[at : at + frame.size])
                    at += frame.size
            case "S":
                self.states.append(json.loads(payload))
            case "H":
                self.heads.append((len(self.frames), payload.decode()))
            case "N" | "X":
                self.last = letter, json.loads(payload)
        return letter, payload

    async def until(self, count: int) -> None:
        """Hear until so many frames are here."""
        while len(self.frames) < count:
            letter, _ = await self.hear()
            assert letter, f"{len(self.frames)} of {count} frames, then {self.last}"

    async def until_end(self) -> None:
        """Hear until the connection ends."""
        while (await self.hear())[0]:
            pass

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


@asynccontextmanager
async def live(folder: Path, **more: Any) -> AsyncIterator[tuple[Hub, Path]]:
    """A hub at a socket, over the journals in the folder."""
    journals = folder / "journals"
    journals.mkdir()
    hub = Hub(journals, **more)
    await hub.serve(folder / "live.sock")
    try:
        yield hub, folder / "live.sock"
    finally:
        await hub.close()


def chained(session: bytes, frames: list[bytes]) -> Follower:
    """Follow frames from the header on. Raises Misfit."""
    follower = Follower(session, AGREEMENT)
    for frame in frames:
        follower.take(frame)
    return follower
