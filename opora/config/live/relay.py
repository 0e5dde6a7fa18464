"""WebSockets of watched work: a page on one side, the gateway's socket on the other, every message passed on as it is.

`/live/work/<session>?from=<seq>&late=1` watches, `/live/terminal/<ticket>/<host>?cols=&rows=` types. A message is one letter and
its payload. Who somebody is, and what it may do, is the desk's word and never the page's; the letters a page may send are
few, and whoever sends another is let go. Holds no record and judges none: the page checks the chain itself.
"""

import asyncio
import logging
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from opora.config.live.callers import is_own_page, session_key
from opora.config.live.saying import (
    MAY_NOT,
    Scope,
    Terminal,
    Watch,
    Watcher,
    asked_by,
    hello_of_typist,
    hello_of_watcher,
    of_typist,
    of_watcher,
)
from opora.config.live.streams import asking

log = logging.getLogger("opora.web")

LOOK_AGAIN = 5.0
"""Seconds after which rights are asked again: who signed out or lost its role neither sees nor types any more."""
PATIENCE = 5.0
"""Seconds for the gateway to take a call."""
LONGEST = 8 << 20
"""Bytes of one message of the gateway."""
LEFT, NOT_HERE, NO_GATEWAY = 1000, 4404, 4502

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Rights(Protocol):
    """What the desk is asked, in a thread, when a socket opens and every few seconds after."""

    def watcher(self, key: str, session: str) -> Watcher | None:
        """Who watches this work, signed in by this session key; None when it may not (any more)."""

    def typist(self, key: str, ticket: str, host: str) -> int | None:
        """The colleague's id who may type on this host for this ticket; None when nobody may (any more)."""


class Relay:
    """All sockets of watched work in this web process."""

    def __init__(self, rights: Rights, socket: Callable[[], Path]) -> None:
        self._rights = rights
        self._socket = socket
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="work")
        self._open = 0

    def count(self) -> int:
        return self._open

    def end(self) -> None:
        """Let the threads go; the server itself closes the sockets."""
        self._threads.shutdown(wait=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if not is_own_page(scope):
            await _close(send, MAY_NOT)  # before it was accepted: the browser gets a plain 403
            return
        await send({"type": "websocket.accept"})
        asked = asked_by(scope)
        if asked is None:
            await _close(send, NOT_HERE)
            return
        self._open += 1
        try:
            await _close(send, await self._serve(asked, session_key(scope), receive, send))
        finally:
            self._open -= 1

    async def _serve(self, asked: Watch | Terminal, key: str, receive: Receive, send: Send) -> int:
        who = await self._may(key, asked)
        if who is None:
            return MAY_NOT
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_unix_connection(self._socket())
        except (OSError, TimeoutError):
            return NO_GATEWAY
        first = hello_of_watcher(asked, who) if isinstance(asked, Watch) else hello_of_typist(asked, who)
        writer.write(packed(first))
        parts = [
            asyncio.create_task(_show(reader, send)),
            asyncio.create_task(self._hear(key, asked, who, receive, writer)),
            asyncio.create_task(self._guard(key, asked, who)),
        ]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for part in parts:
                part.cancel()
            writer.close()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _hear(
        self, key: str, asked: Watch | Terminal, who: Any, receive: Receive, writer: asyncio.StreamWriter
    ) -> int:
        """Pass on what the page may say. Reads no further than the gateway takes it."""
        while (event := await receive())["type"] == "websocket.receive":
            said = event.get("bytes") or b""
            taken = of_watcher(said, who) if isinstance(asked, Watch) else of_typist(said)
            if isinstance(taken, int):
                return taken
            if taken[:1] in {b"D", b"Q"} and await self._may(key, asked) != who:
                return MAY_NOT
            try:
                writer.write(packed(taken))
                await writer.drain()
            except ConnectionError:
                return LEFT
        return LEFT

    async def _guard(self, key: str, asked: Watch | Terminal, who: Any) -> int:
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            if await self._may(key, asked) != who:
                return MAY_NOT

    async def _may(self, key: str, asked: Watch | Terminal) -> Any:
        if not key:
            return None
        question: Any = self._rights.watcher if isinstance(asked, Watch) else self._rights.typist
        words = (asked.session,) if isinstance(asked, Watch) else (asked.ticket, asked.host)
        return await asyncio.get_running_loop().run_in_executor(self._threads, asking, question, key, *words)


def packed(message: bytes) -> bytes:
    """A message as it goes over the gateway's socket: its length before it."""
    return struct.pack(">I", len(message)) + message


async def next_message(reader: asyncio.StreamReader) -> bytes | None:
    """The next message of the gateway's socket, None at the end. Raises ValueError for one that is too long."""
    try:
        (length,) = struct.unpack(">I", await reader.readexactly(4))
        if not 0 < length <= LONGEST:
            raise ValueError(f"a message of {length} bytes")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def _show(reader: asyncio.StreamReader, send: Send) -> int:
    """Pass on what the gateway tells. A slow page makes us read slower, and the gateway drops what it holds for us."""
    try:
        while (message := await next_message(reader)) is not None:
            await send({"type": "websocket.send", "bytes": message})
    except ValueError as trouble:
        log.warning("the gateway's live socket said what it may not: %s", trouble)
        return NO_GATEWAY
    except OSError:
        return LEFT
    return LEFT


async def _close(send: Send, code: int) -> None:
    try:
        await send({"type": "websocket.close", "code": code})
    except (OSError, RuntimeError):
        log.debug("the page had gone before it was told %s", code)
