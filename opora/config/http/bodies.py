"""Request bodies: read by the event loop before a thread is taken, held in memory or on disk, never above the limit.

A slow sender thus costs no thread, and one who sends too much is told so in words.
"""

import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from typing import IO, Any

IN_MEMORY = 1024 * 1024
_PIECE = 256 * 1024

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class TooLarge(Exception):
    """The body is larger than we take."""


class Gone(Exception):
    """The sender went away before the end of the body."""


class Body:
    """A whole body, to be handed on in pieces by `receive`. Close it after use."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self.size = 0
        self._sent = 0

    def add(self, piece: bytes) -> None:
        self._file.write(piece)
        self.size += len(piece)

    async def receive(self) -> Message:
        """The next piece, as an ASGI message."""
        if self._sent == 0:
            self._file.seek(0)
        piece = self._file.read(_PIECE)
        self._sent += len(piece)
        return {"type": "http.request", "body": piece, "more_body": self._sent < self.size}

    def close(self) -> None:
        self._file.close()


async def read_body(scope: MutableMapping[str, Any], receive: Receive, *, limit: int) -> Body:
    """The whole body. Raises TooLarge (before reading, when the length is declared) or Gone."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise TooLarge
    body = Body()
    try:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            body.add(message.get("body", b""))
            if body.size > limit:
                raise TooLarge
            more = message.get("more_body", False)
    except BaseException:
        body.close()
        raise
    return body
