"""An SMTP and LMTP server in a thread of its own: the protocol, the limits, and nothing about what a letter means.

One port speaks both: after LHLO every recipient gets its own answer at the end of the data (RFC 2033 section 4.2).
"""

import asyncio
import logging
import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command with its addresses

LINE_LIMIT = 1024 * 1024
RECIPIENTS_LIMIT = 100
IDLE_LIMIT = 300
_BARE = re.compile(rb"(?<!\r)\n")

Take = Callable[[bytes, str, list[str], str], Awaitable[str]]
"""(octets, envelope sender, recipients, "smtp" or "lmtp") -> the answer, given only when the letter is safe."""


class _Protocol(SMTP):
    """aiosmtpd's SMTP with LHLO beside EHLO, and lines as long as real letters have them."""

    line_length_limit = LINE_LIMIT

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802
        await super().smtp_EHLO(arg)
        if self.session is not None:
            self.session.lmtp = True  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class _Handler:
    takes_in: Callable[[str], bool]
    take: Take

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.takes_in(address):
            return "550 5.1.1 No such mailbox here"
        if len(envelope.rcpt_tos) >= RECIPIENTS_LIMIT:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        lmtp = bool(getattr(session, "lmtp", False))
        if _BARE.search(raw):
            answer = "550 5.6.11 Lines must end in CRLF"
        else:
            answer = await self.take(raw, envelope.mail_from or "", list(envelope.rcpt_tos), "lmtp" if lmtp else "smtp")
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if lmtp else answer


class Door:
    """A listening server. `address` is known after `start`; a port of 0 picks a free one."""

    def __init__(
        self, host: str, port: int, *, takes_in: Callable[[str], bool], take: Take, size_limit: int, name: str = "opora"
    ) -> None:
        self.address = (host, port)
        self._make = partial(
            _Protocol,
            _Handler(takes_in, take),
            data_size_limit=size_limit,
            hostname=name,
            ident="Opora",
            timeout=IDLE_LIMIT,
        )
        self._ready = threading.Event()
        self._trouble: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="mail door", daemon=True)

    def start(self) -> None:
        """Listen. Raises OSError when the port cannot be had."""
        self._thread.start()
        self._ready.wait()
        if self._trouble is not None:
            raise self._trouble

    def stop(self, patience: float = 5.0) -> None:
        """Take no more connections, let the letters in hand be answered, and end."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(patience)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as trouble:
            if self._ready.is_set():
                raise
            self._trouble = trouble
            self._ready.set()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        host, port = self.address
        connections: set[Any] = set()

        def connect() -> SMTP:
            protocol = self._make(loop=loop)
            connections.add(protocol)
            return protocol

        server = await loop.create_server(connect, host, port)
        self.address = server.sockets[0].getsockname()[:2]
        self._loop, self._stopping = loop, asyncio.Event()
        self._ready.set()
        await self._stopping.wait()
        server.close()
        await _let_finish(connections)


async def _let_finish(connections: set[Any]) -> None:
    """Give letters in hand two seconds, then cut."""
    for protocol in connections:
        task = protocol._handler_coroutine
        if task is not None and not task.done() and protocol.envelope and protocol.envelope.rcpt_tos:
            await asyncio.wait([task], timeout=2.0)
        if protocol.transport is not None:
            protocol.transport.close()
