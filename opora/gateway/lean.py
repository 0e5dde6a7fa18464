"""What asyncssh does that we do without, and a thing it leaves to us: fewer packets, a watch kept by the kernel, a full line.

Both hold on to names of its connection class; tests/gateway/test_lean.py fails if a new release has them no more.
"""

import socket
from collections.abc import Callable
from typing import Any

import asyncssh

MSG_IGNORE = 2
LINE_HIGH, LINE_LOW = 256 << 10, 64 << 10


def lighten(
    connection: asyncssh.SSHServerConnection | asyncssh.SSHClientConnection,
    *,
    on_full: Callable[[bool], object] | None = None,
) -> None:
    """Send no empty MSG_IGNORE before each packet, and tell `on_full` when the line takes nothing (and takes again).

    The empty packets protect the chaining modes of old (CVE-2008-5161), which we offer to nobody; they double the work.
    """
    plain: Any = connection.send_packet

    def send_packet(kind: int, *parts: bytes, **named: Any) -> None:
        if kind != MSG_IGNORE:
            plain(kind, *parts, **named)

    _watch(connection)
    lean: Any = connection
    lean.send_packet = send_packet
    if on_full is not None:
        lean._transport.set_write_buffer_limits(high=LINE_HIGH, low=LINE_LOW)
        lean.pause_writing = lambda: on_full(True)
        lean.resume_writing = lambda: on_full(False)


def _watch(connection: asyncssh.SSHServerConnection | asyncssh.SSHClientConnection) -> None:
    """Let the kernel find within a minute that the other side is gone (tcp(7)); asyncssh would set a timer at each packet."""
    line = connection.get_extra_info("socket")
    if line is not None:
        for name, value in ((socket.TCP_KEEPIDLE, 15), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 3)):
            line.setsockopt(socket.IPPROTO_TCP, name, value)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000)
