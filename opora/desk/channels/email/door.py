"""An SMTP and LMTP server in a thread of its own: the protocol, the limits, and nothing about what a letter means.

One port speaks both: after LHLO every recipient gets its own answer at the end of the data (RFC 2033 section 4.2).
"""

import asyncio
import ipaddress
import logging
import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command with its addresses

BLOCK = 64 * 1024
FINAL = b"\r\n.\r\n"
RECIPIENTS_LIMIT = 100
IDLE_LIMIT = 300
_BARE = re.compile(rb"(?<!\r)\n")

KEPT_OF_TOO_LARGE = 256 * 1024
TOO_LARGE_TO_READ = 4
"""So many times the limit is refused unread; below that the head of a letter that is too large is kept."""
FORWARDED = re.compile(r"(ADDR|HELO)=(\S{1,255})", re.I)


@dataclass(frozen=True, slots=True)
class Handed:
    """A letter handed in. `client` is who gave it to our border, when that is known; `left_out` counts octets not kept."""

    raw: bytes
    envelope_from: str
    envelope_to: list[str]
    transport: str
    client: str = ""
    greeting: str = ""
    left_out: int = 0


Take = Callable[[Handed], Awaitable[str]]
"""The letter -> the answer, given only when the letter is safe."""


class _Protocol(SMTP):
    """aiosmtpd's SMTP with LHLO beside EHLO, and the octets of a letter read in blocks: lines may be of any length."""

    line_length_limit = 2 * BLOCK
    letter_limit = 0

    @syntax("XFORWARD attribute=value")
    async def smtp_XFORWARD(self, arg: str) -> None:  # noqa: N802
        """Postfix says who gave it the letter (XFORWARD_README). Believed from this machine only."""
        if self.session is None or not _is_near(self.session.peer):
            await self.push("550 Insufficient authorization")
            return
        for name, value in FORWARDED.findall(arg or ""):
            if value.upper() not in ("[UNAVAILABLE]", "[TEMPUNAVAIL]"):
                setattr(self.session, f"forwarded_{name.lower()}", value.removeprefix("IPV6:"))
        await self.push("250 2.0.0 OK")

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802
        await super().smtp_EHLO(arg)
        if self.session is not None:
            self.session.lmtp = True  # type: ignore[attr-defined]

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """RFC 5321 section 4.1.1.4. Whatever follows the final dot unasked ends the connection: nothing is smuggled."""
        if await self.check_helo_needed():
            return
        if arg or self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        raw, left_out, unasked = await self._read_octets()
        self.envelope.content = self.envelope.original_content = raw
        self.envelope.left_out = left_out  # type: ignore[attr-defined]
        status = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)
        if unasked and self.transport is not None:
            self.transport.close()

    async def _read_octets(self) -> tuple[bytes, int, bool]:
        """The letter up to the final dot, how many octets of it were not kept, and whether anything came after the dot.

        Of a letter over the limit only the beginning is kept.
        """
        octets, end, gone = bytearray(b"\r\n"), -1, 0
        head = b""
        while end == -1:
            block = await self._reader.read(BLOCK)
            if not block:
                raise ConnectionResetError("the connection ended within a letter")
            searched = max(0, len(octets) - len(FINAL) + 1)
            octets += block
            end = octets.find(FINAL, searched)
            length = end if end != -1 else len(octets)
            if self.letter_limit and gone + length > self.letter_limit + 2:
                head = head or bytes(octets[: min(KEPT_OF_TOO_LARGE, length)])
                if end == -1:
                    gone += len(octets) - len(FINAL)
                    del octets[: -len(FINAL)]
        unasked = len(octets) > end + len(FINAL)
        if head:
            return _undotted(head[2:]), max(1, gone + end + 2 - len(head)), unasked
        return _undotted(bytes(octets[2 : end + 2])), 0, unasked


def _undotted(octets: bytes) -> bytes:
    return octets.replace(b"\r\n.", b"\r\n").removeprefix(b".")


def _is_near(peer: Any) -> bool:
    return isinstance(peer, str) or ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_loopback


@dataclass(frozen=True, slots=True)
class _Handler:
    takes_in: Callable[[str], bool]
    take: Take

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-XFORWARD ADDR HELO", *responses[-1:]] if _is_near(session.peer) else responses

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
        left_out = int(getattr(envelope, "left_out", 0))
        lmtp = bool(getattr(session, "lmtp", False))
        client, greeting = _client(session)
        handed = Handed(
            raw,
            envelope.mail_from or "",
            list(envelope.rcpt_tos),
            "lmtp" if lmtp else "smtp",
            client,
            greeting,
            left_out,
        )
        if _BARE.search(raw):
            answer = "550 5.6.11 Lines must end in CRLF"
        else:
            answer = await self.take(handed)
            if left_out and answer.startswith("2"):
                answer = "552 5.3.4 The letter is too large"
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if lmtp else answer


def _client(session: Session) -> tuple[str, str]:
    """Who gave the letter to our border and how it greeted: what a mail server near us says, else the peer itself."""
    if address := str(getattr(session, "forwarded_addr", "")):
        return address[:45], str(getattr(session, "forwarded_helo", ""))[:255]
    if session.peer is None or _is_near(session.peer):
        return "", ""
    return str(session.peer[0])[:45], str(session.host_name or "")[:255]


class Door:
    """A listening server. `address` is known after `start`; a port of 0 picks a free one."""

    def __init__(
        self, host: str, port: int, *, takes_in: Callable[[str], bool], take: Take, size_limit: int, name: str = "opora"
    ) -> None:
        self.address = (host, port)
        self._limit = size_limit
        self._make = partial(
            _Protocol,
            _Handler(takes_in, take),
            data_size_limit=size_limit * TOO_LARGE_TO_READ,
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
            protocol.letter_limit = self._limit
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
