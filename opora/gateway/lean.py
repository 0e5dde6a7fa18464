"""What asyncssh does that we do without, and a thing it leaves to us: fewer packets, and a line that can be full.

Both hold on to names of its connection class; tests/gateway/test_lean.py fails if a new release has them no more.
"""

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

    lean: Any = connection
    lean.send_packet = send_packet
    if on_full is not None:
        lean._transport.set_write_buffer_limits(high=LINE_HIGH, low=LINE_LOW)
        lean.pause_writing = lambda: on_full(True)
        lean.resume_writing = lambda: on_full(False)
