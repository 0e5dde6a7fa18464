"""One engineer's SFTP within a session: where the client's packets come in, and a host's end like any other.

Pieces of files are moved many at a time, as the client asks for them; everything else waits for its turn.
"""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh
from asyncssh.constants import FXP_READ, FXP_WRITE
from asyncssh.sftp import MIN_SFTP_VERSION, SFTPServerHandler

from opora.evidence.frames import Kind, canonical
from opora.evidence.journal import RecordLost
from opora.gateway import clock
from opora.gateway.ends import HostEnd
from opora.gateway.moving.files import Facts, Files
from opora.gateway.states import State

if TYPE_CHECKING:
    from opora.gateway.session import Session

MOST_AT_ONCE = 64
"""Pieces that are under way at a time."""
MOST_WAITING = 1 << 20
LOOK_AGAIN = 0.05
OFFERED = {
    *(b"posix-rename@openssh.com", b"hardlink@openssh.com", b"fsync@openssh.com", b"lsetstat@openssh.com"),
    *(b"limits@openssh.com", b"statvfs@openssh.com", b"fstatvfs@openssh.com"),
}
"""What is offered beyond the plain protocol; copying on the host itself is not, for its pieces would not come by here."""


async def begin(session: "Session", connection: asyncssh.SSHClientConnection) -> None:
    """Open the host's files, and tie them to the session. Raises OSError or asyncssh.Error."""
    host = await connection.start_sftp_client(path_encoding=None)
    if session.state is State.ENDED:
        host.exit()
        return
    transfer = Transfer(session, connection, host)
    session.channel = transfer
    session.takes = transfer.take
    session.gateway.spawn(transfer.run())


class Transfer(HostEnd):
    """Files of a host, in the place of a channel."""

    def __init__(self, session: "Session", connection: asyncssh.SSHClientConnection, host: asyncssh.SFTPClient) -> None:
        """Belong to a session."""
        super().__init__()
        self.logger = connection.logger
        self.channel = self
        self._session = session
        self._host = host
        self._incoming = asyncio.StreamReader()
        self._waiting = 0
        self._over = False
        self._flows = asyncio.Event()
        self._flows.set()
        agreement = session.agreement
        files = Files(None, host, self._step, files=agreement.files, level=agreement.level)
        itself: Any = self
        self._handler = _Handler(files, itself, itself, MIN_SFTP_VERSION)

    async def run(self) -> None:
        """Serve until the client or the host has enough, or the session ends."""
        lost = asyncio.create_task(self._host.wait_closed())
        serving = asyncio.create_task(self._handler.run())
        await asyncio.wait({lost, serving}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            self._session.exited(0 if serving.exception() is None else 1)
        else:
            self._session.end("host", why="the connection was lost")
        for task in (lost, serving):
            task.cancel()
        await asyncio.gather(lost, serving, return_exceptions=True)
        self._host.exit()

    def take(self, data: bytes) -> None:
        """The client sent bytes."""
        self._waiting += len(data)
        self._incoming.feed_data(data)
        if self._waiting > MOST_WAITING and self._session.engineer is not None:
            self._session.engineer.hold("files")

    async def _step(self, facts: Facts) -> None:
        """Record a step; return when it may be done. Raises SFTPError when the session does not let it be done."""
        session = self._session
        while session.state is State.PAUSED:
            await asyncio.sleep(LOOK_AGAIN)
        if session.state is not State.ACTIVE:
            raise asyncssh.SFTPConnectionLost("the session is over")
        if not session.agreement.is_open(clock.now_ns()):
            session.end("window")
            raise asyncssh.SFTPPermissionDenied("the agreed window is over")
        recorded = asyncio.Event()
        try:
            session.record.write(Kind.FILE, canonical(facts), recorded.set)
        except RecordLost:
            raise asyncssh.SFTPFailure("the record cannot be written") from None
        await recorded.wait()
        self._still_running()

    def _still_running(self) -> None:
        if self._session.state is State.ENDED:
            raise asyncssh.SFTPConnectionLost("the session is over")

    # As the handler's reader and writer.

    async def readexactly(self, size: int) -> bytes:
        """Return the next bytes of the client. Raises EOFError at their end."""
        await self._flows.wait()
        data = await self._incoming.readexactly(size)
        self._waiting -= size
        if self._waiting <= MOST_WAITING // 2 and self._session.engineer is not None:
            self._session.engineer.release("files")
        return data

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return the client's version, by which asyncssh knows whose links are told the wrong way round."""
        return self._session.opened.get("client", default) if name == "client_version" else default

    def is_closing(self) -> bool:
        """Whether nobody is there to answer."""
        return self._over

    def close(self) -> None:
        """The handler is done."""
        self._over = True

    # As the session's host end.

    def write(self, typed: bytes) -> None:
        """An answer of the handler: to the engineer."""
        if self._session.engineer is not None:
            self._session.engineer.write(typed)

    def write_eof(self) -> None:
        """The client is done."""
        self._incoming.feed_eof()

    def resize(self, columns: int, rows: int) -> None:
        """Files have no window."""

    def signal(self, name: str) -> None:
        """Files take no signals."""

    def shut(self) -> None:
        """Nothing more goes to the host."""
        self._over = True
        self._incoming.feed_eof()
        self._flows.set()
        self._host.exit()

    def _stop_reading(self) -> None:
        self._flows.clear()

    def _go_on_reading(self) -> None:
        self._flows.set()


class _Handler(SFTPServerHandler):
    """asyncssh's handler of the protocol, with pieces of files under way side by side."""

    _extensions = [offer for offer in SFTPServerHandler._extensions if offer[0] in OFFERED]

    async def recv_packets(self) -> None:
        """Handle packets until the client is done."""
        room = asyncio.Semaphore(MOST_AT_ONCE)
        under_way: set[asyncio.Task[None]] = set()

        async def move(kind: int, number: int, packet: Any) -> None:
            async with room:
                await self._process_packet(kind, number, packet)

        trouble: Exception | None = None
        try:
            while self._reader is not None:
                packet = await self.recv_packet()
                kind, number = packet.get_byte(), packet.get_uint32()
                if kind in (FXP_READ, FXP_WRITE):
                    if len(under_way) >= 2 * MOST_AT_ONCE:
                        await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    task = asyncio.create_task(move(kind, number, packet))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                else:
                    if under_way:
                        await asyncio.wait(under_way)
                    await self._process_packet(kind, number, packet)
        except EOFError:
            pass
        except (OSError, asyncssh.Error, asyncssh.packet.PacketDecodeError) as error:
            trouble = error
        if under_way:
            await asyncio.wait(under_way)
        await self._cleanup(trouble)
