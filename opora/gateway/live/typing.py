"""A browser's terminal on the live socket: the same way as by SSH, after the desk has said who types.

`T` opens it, `I` types, `Z` resizes; `O` shows, `N` refuses, `X` ends.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from opora.gateway.live.messages import Nonsense, packed, read_facts, told
from opora.gateway.sockets import Gone, Refused

LARGEST = 0xFFFF


class Screen(Protocol):
    """Where what the host answers is shown."""

    def write(self, shown: bytes) -> None:
        """Show bytes."""

    def exit(self, status: int | None, reason: str) -> None:
        """The session is over."""


class Keys(Protocol):
    """The session as the terminal knows it."""

    def typed(self, data: bytes) -> None:
        """The engineer typed."""

    def resized(self, columns: int, rows: int) -> None:
        """The engineer's window changed."""

    def full(self, full: bool) -> None:
        """The browser takes nothing for now, or takes more."""

    def gone(self) -> None:
        """The browser is gone."""


class Terminal(Protocol):
    """What opens a session for a browser. Raises Refused in words."""

    def __call__(
        self, *, staff: int, ticket: str, host: str, cols: int, rows: int, end: Screen, page: str = ""
    ) -> Awaitable[Keys]:
        """Open it; returns when the prompt may come. `page` names the page, which may have had it before."""


class Line(Protocol):
    """The connection behind."""

    def send(self, message: bytes) -> None:
        """Send one message."""

    def close(self, message: bytes) -> None:
        """Say a last word and close."""

    def refuse(self, code: str, reason: str) -> None:
        """Say no, and close."""


class Typing:
    """One terminal in a browser. What is typed before the session stands waits."""

    def __init__(self, line: Line, terminal: Terminal, asked: dict[str, Any]) -> None:
        """Ask for the session. Raises KeyError, ValueError for a question that is none."""
        self._line = line
        self._keys: Keys | None = None
        self._early = bytearray()
        self._size = _size(asked)
        self._gone = False
        wanted: dict[str, Any] = {
            "staff": int(asked["staff"]),
            "ticket": str(asked["ticket"]),
            "host": str(asked["host"]),
        }
        wanted["page"] = str(asked.get("page") or "")
        self._opening = asyncio.get_running_loop().create_task(self._open(terminal, wanted))

    def heard(self, letter: str, payload: bytes) -> None:
        """Take what is typed, or a new size. Raises Nonsense for anything else."""
        if letter == "I":
            if self._keys is not None:
                self._keys.typed(payload)
            elif len(self._early) < LARGEST:
                self._early += payload
        elif letter == "Z":
            self._size = _size(read_facts(payload))
            if self._keys is not None:
                self._keys.resized(*self._size)
        else:
            raise Nonsense(f"terminals send no {letter!r}")

    def write(self, shown: bytes) -> None:
        """Show bytes."""
        self._line.send(packed("O", shown))

    def exit(self, status: int | None, reason: str) -> None:
        """The session is over."""
        self._keys = None
        self._line.close(told("X", {"reason": reason, "status": status}))

    def full(self, full: bool) -> None:
        """The browser takes nothing for now, or takes more."""
        if self._keys is not None:
            self._keys.full(full)

    def gone(self) -> None:
        """The browser is gone."""
        self._gone = True
        self._opening.cancel()
        keys, self._keys = self._keys, None
        if keys is not None:
            keys.gone()

    async def _open(self, terminal: Terminal, wanted: dict[str, Any]) -> None:
        columns, rows = self._size
        try:
            keys = await terminal(**wanted, cols=columns, rows=rows, end=self)
        except Refused as refused:
            self._line.refuse(refused.code, refused.reason)
            return
        except Gone as gone:
            self._line.refuse("gone", f"{gone}.")
            return
        self._keys = keys
        if (columns, rows) != self._size:
            keys.resized(*self._size)
        if self._early:
            keys.typed(bytes(self._early))


def _size(asked: dict[str, Any]) -> tuple[int, int]:
    columns, rows = int(asked["cols"]), int(asked["rows"])
    if not (0 < columns <= LARGEST and 0 < rows <= LARGEST):
        raise Nonsense(f"a window of {columns}x{rows}")
    return columns, rows
