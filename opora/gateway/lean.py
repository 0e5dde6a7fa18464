"""What asyncssh does that we do without, and what it leaves to us: fewer packets and layers, a watch by the kernel, a full line.

Nearly all that passes is channel data under AES-GCM (RFC 4253, 4254, 5647). That is opened, handed on and sealed here in
one step; whatever else comes (another cipher, a key exchange, a request, a forged packet) is left as it came to asyncssh.
All of it holds on to names inside asyncssh; tests/gateway/test_lean.py fails if a new release has them no more.
"""

import os
import socket
from collections.abc import Callable
from struct import Struct
from typing import Any

import asyncssh
from asyncssh.encryption import GCMEncryption
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from opora.gateway import clock

MSG_IGNORE, MSG_CHANNEL_DATA = 2, 94
LINE_HIGH, LINE_LOW = 256 << 10, 64 << 10
HEAD, TAG, BLOCK, LEAST_PADDING = 4, 16, 16, 4
_DATA = Struct(">BBII")
"""How an opened packet of channel data begins: length of padding, kind, channel, length of data."""
_CHANNEL = Struct(">II")


def lighten(
    connection: asyncssh.SSHServerConnection | asyncssh.SSHClientConnection,
    *,
    on_full: Callable[[bool], object] | None = None,
) -> None:
    """Take the short way for channel data, and tell `on_full` when the line takes nothing (and takes again).

    No empty MSG_IGNORE goes before each packet: they protect the chaining modes of old (CVE-2008-5161), which we offer to
    nobody, and double the work.
    """
    _watch(connection)
    lean: Any = connection
    lean.send_packet = _sender(lean)
    lean._recv_pkthdr = _receiver(lean)
    lean._reset_keepalive_timer = _no_timer
    if on_full is not None:
        lean._transport.set_write_buffer_limits(high=LINE_HIGH, low=LINE_LOW)
        lean.pause_writing = lambda: on_full(True)
        lean.resume_writing = lambda: on_full(False)


def write(channel: Any, data: bytes) -> None:
    """Write to a channel: at once if nothing waits and the other side has room for it, else as asyncssh does."""
    size = len(data)
    if (
        channel._send_buf
        or not 0 < size <= channel._send_window
        or size > channel._send_pktsize
        or channel._send_state != "open"
    ):
        channel.write(data)
        return
    channel._send_window -= size
    channel._conn.send_packet(MSG_CHANNEL_DATA, _CHANNEL.pack(channel._send_chan, size), data)


class Gcm:
    """AES-GCM of one direction until the next key exchange: the key made ready once, the nonce counted (RFC 5647, 7.1)."""

    __slots__ = ("_aes", "_count", "_fixed")

    def __init__(self, cipher: Any) -> None:
        """Go on where asyncssh's own stands."""
        self._aes = AESGCM(cipher._key)
        self._fixed: bytes = cipher._iv[:4]
        self._count = int.from_bytes(cipher._iv[4:], "big")

    def seal(self, packet: bytes, head: bytes) -> bytes:
        """Return the packet sealed, its tag behind it; `head` is its length, which is bound but not hidden."""
        sealed = self._aes.encrypt(self._nonce(), packet, head)
        self.step()
        return sealed

    def peek(self, sealed: bytes | memoryview, head: bytes | memoryview) -> bytes | None:
        """Return the packet, None if it is forged; the nonce stays until `step` says that it was used."""
        try:
            return self._aes.decrypt(self._nonce(), sealed, head)
        except InvalidTag:
            return None

    def step(self) -> None:
        """The nonce is used up."""
        self._count = (self._count + 1) & 0xFFFFFFFFFFFFFFFF

    def encrypt_and_sign(self, header: bytes, data: bytes) -> tuple[bytes, bytes]:
        """Seal as asyncssh asks for it."""
        sealed = self.seal(data, header)
        return header + sealed[:-TAG], sealed[-TAG:]

    def verify_and_decrypt(self, header: bytes, data: bytes, mac: bytes) -> bytes | None:
        """Open as asyncssh asks for it."""
        packet = self.peek(data + mac, header)
        self.step()
        return packet

    def _nonce(self) -> bytes:
        return self._fixed + self._count.to_bytes(8, "big")


def _gcm(encryption: Any) -> Gcm | None:
    """Our cipher within asyncssh's, put there at the first packet after a key exchange; None where it is another."""
    if type(encryption) is not GCMEncryption:
        return None
    held: Any = encryption
    if type(held._cipher) is not Gcm:
        held._cipher = Gcm(held._cipher)
    cipher: Gcm = held._cipher
    return cipher


def _sender(connection: Any) -> Callable[..., None]:
    plain = connection.send_packet

    def send_packet(kind: int, *parts: bytes, **named: Any) -> None:
        if kind == MSG_IGNORE:
            return
        cipher = _gcm(connection._send_encryption) if kind == MSG_CHANNEL_DATA and _ready(connection) else None
        if cipher is None:
            plain(kind, *parts, **named)
            return
        payload = b"".join(parts)
        padding = -(2 + len(payload)) % BLOCK
        if padding < LEAST_PADDING:
            padding += BLOCK
        packet = b"%c%c%b%b" % (padding, kind, payload, os.urandom(padding))
        head = len(packet).to_bytes(4, "big")
        connection._send(head + cipher.seal(packet, head))
        connection._send_seq = (connection._send_seq + 1) & 0xFFFFFFFF
        connection._rekey_bytes_sent += len(packet)

    return send_packet


def _ready(connection: Any) -> bool:
    """Whether data may go out just now: who it is is known, no keys are being exchanged, and none are due."""
    return bool(
        connection._auth_complete
        and connection._kex_complete
        and not connection._compressor
        and connection._rekey_bytes_sent < connection._rekey_bytes
        and not (connection._rekey_seconds and clock.monotonic() >= connection._rekey_time)
    )


def _receiver(connection: Any) -> Callable[[], bool]:
    plain = connection._recv_pkthdr

    def received() -> bool:
        """Hand on whole packets of channel data; the first that is anything else stays as it is, for asyncssh."""
        cipher = _gcm(connection._recv_encryption) if connection._auth_complete else None
        if cipher is None or connection._decompressor:
            return bool(plain())
        got, connection._inpbuf = connection._inpbuf, b""
        at, stop, size = 0, 0, len(got)
        try:
            while size - at > HEAD + TAG:
                stop = at + HEAD + int.from_bytes(got[at : at + HEAD], "big") + TAG
                packet = cipher.peek(got[at + HEAD : stop], got[at : at + HEAD]) if stop <= size else None
                found = _read(connection, packet) if packet is not None else None
                if found is None:
                    break
                cipher.step()
                connection._recv_seq = (connection._recv_seq + 1) & 0xFFFFFFFF
                at = stop
                channel, data = found
                channel._accept_data(data)
        finally:
            connection._inpbuf = got[at:]
        if size < stop <= at + connection._max_recv_pktlen:
            return False  # the rest of this packet is on its way
        return at == size or bool(plain())

    return received


def _read(connection: Any, packet: bytes) -> tuple[Any, bytes] | None:
    """Return the channel and its data, if that is what an opened packet holds, whole and allowed."""
    if len(packet) < _DATA.size:
        return None
    padding, kind, number, size = _DATA.unpack_from(packet)
    stop = _DATA.size + size
    channel = connection._channels.get(number)
    if (
        kind != MSG_CHANNEL_DATA
        or channel is None
        or stop + padding != len(packet)
        or not padding
        or channel._recv_state != "open"
        or size > channel._recv_window
    ):
        return None
    return channel, packet[_DATA.size : stop]


def _no_timer() -> None:
    """The kernel keeps watch."""


def _watch(connection: asyncssh.SSHServerConnection | asyncssh.SSHClientConnection) -> None:
    """Let the kernel find within a minute that the other side is gone (tcp(7)); asyncssh would set a timer at each packet."""
    line = connection.get_extra_info("socket")
    if line is not None:
        for name, value in ((socket.TCP_KEEPIDLE, 15), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 3)):
            line.setsockopt(socket.IPPROTO_TCP, name, value)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000)
