"""Files go out from the event loop, so that somebody on a slow line holds no page thread for minutes.

A view (or whitenoise) that answers with a file hands it over through `wsgi.file_wrapper`; the thread is free at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import Executor
from typing import IO, Any

PIECE = 256 * 1024

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Handed:
    """The file of one answer, if it has one. As a WSGI answer it is empty; `send` sends what was handed over."""

    def __init__(self) -> None:
        self.file: IO[bytes] | None = None

    def take(self, file: IO[bytes], _size: int = 0) -> Iterator[bytes]:
        """What the application calls as `wsgi.file_wrapper`."""
        self.file = file
        return iter(())

    async def send(self, receive: Receive, send: Send, threads: Executor) -> None:
        """Send the file piece by piece as the other side takes it; stop when it goes away."""
        file = self.file
        if file is None:
            return
        loop = asyncio.get_running_loop()
        gone = asyncio.ensure_future(receive())
        try:
            while not gone.done() and (piece := await loop.run_in_executor(threads, file.read, PIECE)):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            await loop.run_in_executor(threads, _close, file)


def _close(file: IO[bytes]) -> None:
    """Ends Django's response with the file, and gives back what that took from the database pool."""
    from django.db import close_old_connections

    try:
        if hasattr(file, "close"):
            file.close()
    finally:
        close_old_connections()
