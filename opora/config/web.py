"""`opora web`: one port, one process: pages in threads, streams beside them. Several may run behind one balancer."""

import asyncio
import logging
import resource
import socket
from typing import Any, cast

from opora.config.children import say_ready
from opora.config.settings.web import OPORA_LISTEN, OPORA_TRUSTED_PROXIES

log = logging.getLogger("opora.web")

MOST_FILES = 65_536
GRACE = 3
"""Seconds which requests in work get at a stop."""


def serve(*, listen_fd: int = -1, ready_fd: int = -1) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    import uvicorn

    from opora.config import asgi
    from opora.config.live.saying import LONGEST_SAID

    allow_many_connections()
    program = asgi.Program()

    class Server(uvicorn.Server):
        """Says when it listens, and lets go of the open streams first when it is asked to stop."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                log.info("web listens on %s:%s", *OPORA_LISTEN)
                say_ready(ready_fd)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            program.end_streams()
            await super().shutdown(sockets=sockets)

    config = uvicorn.Config(
        program,
        host=OPORA_LISTEN[0],
        port=OPORA_LISTEN[1],
        http="httptools",
        loop="uvloop",
        ws=cast(Any, websocket),
        ws_max_size=LONGEST_SAID,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=OPORA_TRUSTED_PROXIES,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 * 1024,
    )
    server = Server(config)
    sockets = [socket.socket(fileno=listen_fd)] if listen_fd >= 0 else None
    with asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(server.serve(sockets=sockets))
    return 0 if server.started else 1


def websocket(**parts: Any) -> Any:
    """The protocol of one WebSocket, imported when the first comes: it costs 75 ms, and a start has none to spare."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    return WebSocketsSansIOProtocol(**parts)


def allow_many_connections() -> None:
    """An open tab is an open file: take as many as the system lets us, for the usual first limit is 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, MOST_FILES) if hard != resource.RLIM_INFINITY else MOST_FILES
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _loop() -> Any:
    import uvloop

    return uvloop.new_event_loop
