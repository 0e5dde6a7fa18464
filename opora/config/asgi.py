"""One port: streams, sockets, health and metrics as plain ASGI; everything else through Django's sync handler in threads.

Django under ASGI would cost several times the CPU and a thread per open stream; so it never sees one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from opora.config.http.health import Health
from opora.config.http.pages import Pages
from opora.config.live.relay import Relay
from opora.config.live.streams import Streams
from opora.config.live.work import DeskRights, live_socket

log = logging.getLogger("opora.web")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Program:
    """The ASGI application. Django must be set up before it is made."""

    def __init__(self) -> None:
        self.streams = Streams()
        self.relay = Relay(DeskRights(), live_socket)
        self.pages = Pages()
        self.health = Health(self.pages, self.streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await self.relay(scope, receive, send)
        elif scope["type"] == "http":
            path = scope["path"]
            if path.startswith("/live/"):
                await self.streams(scope, receive, send)
            elif path in Health.PATHS:
                await self.health(scope, receive, send)
            else:
                await self.pages(scope, receive, send)

    def end_streams(self) -> None:
        """Close what would otherwise stay open for hours; the browsers come back by themselves."""
        self.streams.end()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self.streams.begin(asyncio.get_running_loop())
            self.health.begin()
            await asyncio.get_running_loop().run_in_executor(None, self.pages.warm)
        except Exception as error:
            log.exception("the web could not start")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.streams.end()
        self.relay.end()
        self.health.end()
        self.pages.end()
        await send({"type": "lifespan.shutdown.complete"})
