"""A gateway's live socket for tests: it speaks the contract, tells what a scene gives it and keeps what it hears."""

import asyncio
import contextlib
import json
import struct
import tempfile
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(eq=False)
class Caller:
    """One connection of the desk: what it said, and a way to tell it something."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[bytes] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def hello(self) -> dict[str, Any]:
        return json.loads(self.heard[0][1:])

    async def tell(self, letter: bytes, payload: bytes | dict[str, Any]) -> None:
        """Send one message."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.writer.write(struct.pack(">I", len(raw) + 1) + letter + raw)
        await self.writer.drain()

    async def wait_for(self, letter: bytes) -> bytes:
        """The next message of this letter, taken out; waits for it."""
        async with asyncio.timeout(60):
            while True:
                for message in self.heard:
                    if message[:1] == letter:
                        self.heard.remove(message)
                        return message
                await asyncio.sleep(0.01)

    async def listen(self) -> None:
        try:
            while True:
                (length,) = struct.unpack(">I", await self.reader.readexactly(4))
                self.heard.append(await self.reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.gone.set()


Scene = Callable[[Caller], Awaitable[None]]


class GatewayDouble:
    """Listens on a short path of its own; `scene` is played for every caller once it has said hello."""

    def __init__(self, scene: Scene | None = None) -> None:
        self.scene = scene
        self.callers: list[Caller] = []
        self._folder = tempfile.TemporaryDirectory(prefix="opora-live-")
        self.path = Path(self._folder.name) / "live.sock"
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "GatewayDouble":
        self._server = await asyncio.start_unix_server(self._call, str(self.path))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for caller in self.callers:
            caller.writer.close()
        self._folder.cleanup()

    async def caller(self, number: int = 0) -> Caller:
        """The caller of that number, once it has come and said hello."""
        async with asyncio.timeout(60):
            while len(self.callers) <= number or not self.callers[number].heard:
                await asyncio.sleep(0.01)
        return self.callers[number]

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = Caller(reader, writer)
        self.callers.append(caller)
        listening = asyncio.create_task(caller.listen())
        if self.scene is not None:
            while not caller.heard and not caller.gone.is_set():
                await asyncio.sleep(0.005)
            with contextlib.suppress(ConnectionError):
                await self.scene(caller)
        await listening


class ThreadedGateway:
    """The same in a thread of its own, for tests that drive a browser."""

    def __init__(self, scene: Scene) -> None:
        self.double = GatewayDouble(scene)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> "ThreadedGateway":
        self._thread.start()
        self.do(self.double.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.double.__aexit__())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)

    def do(self, what: Any) -> Any:
        """Run a coroutine over there and return what it returns."""
        told: Future[Any] = asyncio.run_coroutine_threadsafe(what, self.loop)
        return told.result(60)
