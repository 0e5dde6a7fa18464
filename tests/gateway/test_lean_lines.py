"""Channel data by the short way: every byte as by asyncssh's own, whatever the pieces, and a forged packet ends the line."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncssh
import pytest
from asyncssh.encryption import GCMEncryption

from opora.gateway import lean

GCM, CTR = "aes128-gcm@openssh.com", "aes128-ctr"
Change = Callable[[bytes], bytes]


class Echo(asyncssh.SSHServerSession[bytes]):
    """Sends back what it gets, by the short way; at the end a word of error output and a status."""

    def __init__(self, got: bytearray) -> None:
        self.got = got

    def connection_made(self, chan: Any) -> None:
        self.channel = chan

    def exec_requested(self, command: str) -> bool:
        return True

    def data_received(self, data: bytes, datatype: Any) -> None:
        self.got += data
        lean.write(self.channel, data)

    def eof_received(self) -> bool:
        self.channel.write(b"bye", asyncssh.EXTENDED_DATA_STDERR)
        self.channel.exit(7)
        return True


class Listener(asyncssh.SSHClientSession[bytes]):
    """Keeps what comes, and the status."""

    def __init__(self) -> None:
        self.got = {None: bytearray(), asyncssh.EXTENDED_DATA_STDERR: bytearray()}
        self.status: int | None = None
        self.closed = asyncio.Event()

    def data_received(self, data: bytes, datatype: Any) -> None:
        self.got[datatype] += data

    def exit_status_received(self, status: int) -> None:
        self.status = status

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


class Relay:
    """A line between client and server that cuts what it carries into pieces, and may change what the client sends."""

    def __init__(self, port: int, dice: random.Random) -> None:
        self.port = port
        self.dice = dice
        self.change: Change = lambda piece: piece

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self._pump(reader, back, changed=True), self._pump(there, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, changed: bool = False) -> None:
        try:
            while piece := await reader.read(self.dice.choice((1, 5, 17, 60, 4096, 1 << 16))):
                writer.write(self.change(piece) if changed else piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def line(
    cipher: str = GCM, rekey: int = 1 << 30, window: int = 2 << 20, seed: int = 1
) -> AsyncIterator[tuple[Any, Listener, bytearray, Relay]]:
    """A client's channel, what it hears, what the server got, and the relay; both ends take the short way."""
    got = bytearray()

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self.connection = conn
            lean.lighten(conn)

        def begin_auth(self, username: str) -> bool:
            return False

        def session_requested(self) -> Any:
            return self.connection.create_server_channel(encoding=None, window=window), Echo(got)

    class Client(asyncssh.SSHClient):
        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            lean.lighten(conn)

    key = asyncssh.generate_private_key("ssh-ed25519")
    common: dict[str, Any] = {"config": None, "encryption_algs": [cipher], "rekey_bytes": rekey}
    listener = await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[key], **common)
    relay = Relay(listener.get_port(), random.Random(seed))
    server = await asyncio.start_server(relay.carry, "127.0.0.1", 0)
    connection, _ = await asyncssh.create_connection(
        Client, "127.0.0.1", server.sockets[0].getsockname()[1], known_hosts=None, username="boris", **common
    )
    try:
        channel, listens = await connection.create_session(Listener, "echo", encoding=None, window=window)
        yield channel, listens, got, relay
    finally:
        connection.abort()
        server.close()
        listener.close()


async def _all_passes(**how: Any) -> None:
    async with line(**how) as (channel, listens, got, _):
        dice = random.Random(str(how))
        sent = [dice.randbytes(dice.choice((1, 1, 2, 15, 16, 33, 900, 32768, 70_000))) for _ in range(60)]
        for number, piece in enumerate(sent):
            lean.write(channel, piece)
            if number % 7 == 0:
                await asyncio.sleep(0)
        channel.write_eof()
        async with asyncio.timeout(60):
            await listens.closed.wait()
        assert bytes(got) == b"".join(sent)
        assert listens.got == {None: got, asyncssh.EXTENDED_DATA_STDERR: b"bye"}
        assert listens.status == 7


@pytest.mark.parametrize(
    "how",
    [{}, {"rekey": 60_000}, {"window": 40_000, "seed": 2}, {"cipher": CTR}],
    ids=["plainly", "through key exchanges", "through a small window", "under another cipher"],
)
def test_every_byte_passes_in_order(how: dict[str, Any]) -> None:
    asyncio.run(_all_passes(**how))


def test_it_takes_the_short_way_under_gcm_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    plain = lean._read
    monkeypatch.setattr(lean, "_read", lambda connection, packet: taken.append("short") or plain(connection, packet))

    async def once(cipher: str) -> int:
        taken.clear()
        async with line(cipher) as (channel, listens, _, _):
            lean.write(channel, b"x")
            channel.write_eof()
            await listens.closed.wait()
            assert listens.got[None] == b"x"
        return len(taken)

    assert asyncio.run(once(GCM)) >= 2
    assert asyncio.run(once(CTR)) == 0


@pytest.mark.parametrize("place", [0, 2, 6, -1], ids=["top of the length", "length", "packet", "tag"])
def test_a_flipped_bit_ends_the_line_and_nothing_of_it_is_taken(place: int) -> None:
    async def run() -> tuple[bytes, int | None]:
        async with line() as (channel, listens, got, relay):
            relay.dice = random.Random("whole pieces")
            relay.dice.choice = lambda sizes: 1 << 16  # type: ignore[method-assign, assignment]
            lean.write(channel, b"good")
            async with asyncio.timeout(30):
                while listens.got[None] != b"good":
                    await asyncio.sleep(0.01)
                came = asyncio.Event()
                relay.change = lambda piece: came.set() or _flipped(piece, place)  # type: ignore[func-returns-value]
                lean.write(channel, b"evil" * 10)
                await came.wait()
                relay.change = lambda piece: piece
                lean.write(channel, b"more" * 5000)
                await listens.closed.wait()
            return bytes(got), listens.status

    assert asyncio.run(run()) == (b"good", None)


def _flipped(piece: bytes, place: int) -> bytes:
    changed = bytearray(piece)
    changed[place] ^= 0x10
    return bytes(changed)


def test_the_nonce_is_used_once_and_handed_over_as_asyncssh_counts_it() -> None:
    key, nonce = bytes(range(16)), bytes([9] * 4) + (0xFFFFFFFFFFFFFFFE).to_bytes(8, "big")
    ours, theirs = (GCMEncryption.new("aes128-gcm", key, nonce) for _ in range(2))
    lean._gcm(ours)
    for number in range(4):
        head, packet = (32).to_bytes(4, "big"), bytes([number]) * 32
        assert ours.encrypt_packet(number, head, packet) == theirs.encrypt_packet(number, head, packet)
    assert type(ours._cipher) is lean.Gcm
