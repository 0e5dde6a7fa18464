"""The port to the processes that hold keys and records: the ledger, the signer and the live socket of the gateway.

Small questions over sockets of this machine (docs/gateway.md). Never called inside a transaction. Tests put a fake in its place.
"""

import hashlib
import json
import os
import socket
import stat
import struct
from pathlib import Path
from typing import IO, Any, Protocol

from django.conf import settings

PATIENCE = 5.0
"""Seconds for an answer; making a bundle may take longer."""
BUNDLE_PATIENCE = 120.0
LONGEST_ANSWER = 4 << 20
PIECE = 1 << 18
_LONGEST_SOCKET_PATH = 107
_HEAD = struct.Struct(">I")


class Away(Exception):
    """The gateway's process does not answer; try again later."""


class Declined(Exception):
    """It answered no, and why."""

    def __init__(self, code: str, reason: str) -> None:
        """Keep both."""
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gateway(Protocol):
    """What the desk asks of the processes outside. Every method raises Away or Declined."""

    def agree(self, text: str) -> None:
        """Have the agreement written into the log; saying it twice changes nothing."""

    def withdraw(self, sha256: str, *, by: str, why: str) -> None:
        """Have it written down that the agreement counts no more: the signer refuses from now on."""

    def order(self, session: str, do: str, *, by: dict[str, Any], words: str) -> None:
        """Have a running session paused, continued, stopped, or its engineer asked."""

    def note(self, entry: dict[str, Any]) -> None:
        """Have a look at a record written into the log."""

    def bundle(self, session: str, *, by: str, into: IO[bytes]) -> None:
        """Write a fresh bundle of an ended session into an open file."""

    def verifier_key(self) -> str:
        """Return the line that verifiers of records are given."""

    def authority(self) -> str:
        """Return the public key that hosts are told to trust, as a line."""

    def line(self, sha256: str, host: str) -> str:
        """Return the line that lets us into that host in that window, where it is entered by a key."""


class SocketGateway:
    """The real one, behind the sockets in the gateway's folder."""

    def __init__(self, folder: Path, *, apart: bool = False) -> None:
        """Take the folder of the gateway's state; `apart`: each process has its own folder below (docs/gateway.md)."""
        self._folder = folder
        self._apart = apart

    def agree(self, text: str) -> None:
        """See Gateway."""
        self._ask("ledger", {"do": "agree", "agreement": text})

    def withdraw(self, sha256: str, *, by: str, why: str) -> None:
        """See Gateway."""
        self._ask("ledger", {"do": "withdraw", "agreement": sha256, "by": by, "why": why})

    def order(self, session: str, do: str, *, by: dict[str, Any], words: str) -> None:
        """See Gateway."""
        if do == "question":
            letter, order = b"Q", {"session": session, "text": words, "by": by}
        else:
            letter, order = b"D", {"session": session, "do": do, "by": by, "why": words}
        answer, said = self._talk(letter, order)
        if answer in {b"N", b"X"}:
            raise Declined(str(said.get("code", "over")), str(said.get("reason", "")))

    def note(self, entry: dict[str, Any]) -> None:
        """See Gateway."""
        self._ask("ledger", {"do": "log", "entry": entry})

    def bundle(self, session: str, *, by: str, into: IO[bytes]) -> None:
        """See Gateway."""
        try:
            with self._connected("ledger", BUNDLE_PATIENCE) as line, line.makefile("rb") as answers:
                line.sendall(_spoken({"do": "fetch", "session": session, "by": by}))
                left = int(_understood("ledger", answers.readline(LONGEST_ANSWER))["size"])
                while left:
                    piece = answers.read(min(left, PIECE))
                    if not piece:
                        raise Away("ledger: it broke off within a bundle")
                    into.write(piece)
                    left -= len(piece)
        except (OSError, ValueError, KeyError) as error:
            raise Away(f"ledger: {error}") from error

    def verifier_key(self) -> str:
        """See Gateway."""
        return str(self._ask("ledger", {"do": "key"})["verifier"])

    def authority(self) -> str:
        """See Gateway."""
        return str(self._ask("signer", {"do": "authority"})["public"])

    def line(self, sha256: str, host: str) -> str:
        """See Gateway."""
        return str(self._ask("signer", {"do": "line", "agreement": sha256, "host": host})["line"])

    def _ask(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        """One JSON object a line, each way."""
        try:
            with self._connected(name, PATIENCE) as line, line.makefile("rb") as answers:
                line.sendall(_spoken(message))
                return _understood(name, answers.readline(LONGEST_ANSWER))
        except (OSError, ValueError) as error:
            raise Away(f"{name}: {error}") from error

    def _talk(self, letter: bytes, order: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
        """One order to the live socket, and the letter and content of its answer."""
        content = json.dumps(order, ensure_ascii=False).encode()
        try:
            with self._connected("live", PATIENCE) as line:
                line.sendall(_HEAD.pack(1 + len(content)) + letter + content)
                with line.makefile("rb") as answers:
                    (length,) = _HEAD.unpack(answers.read(_HEAD.size))
                    said = answers.read(min(length, LONGEST_ANSWER))
                return said[:1], json.loads(said[1:] or b"{}")
        except (OSError, ValueError, struct.error) as error:
            raise Away(f"live: {error}") from error

    def _connected(self, name: str, patience: float) -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(patience)
        try:
            line.connect(str(self._path(name)))
        except OSError:
            line.close()
            raise
        return line

    def _path(self, name: str) -> Path:
        """The socket's path; in a short folder of our own where the state's is too long for one (unix(7))."""
        if self._apart:
            return self._folder / ("gateway" if name == "live" else name) / f"{name}.sock"
        path = self._folder / f"{name}.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        mark = hashlib.sha256(os.fsencode(self._folder.absolute())).hexdigest()[:16]
        # Not the TMPDIR of whoever asks: desk and gateway must find one place, and a short one.
        short = Path("/tmp") / f"opora-{os.getuid()}-{mark}"  # noqa: S108  a folder of our own, 0700
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(f"{short} belongs to somebody else")
        return short / f"{name}.sock"


def _spoken(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"


def _understood(name: str, answered: bytes) -> dict[str, Any]:
    answer = json.loads(answered or b"null")
    if not isinstance(answer, dict):
        raise Away(f"{name}: no answer")
    if answer.get("ok") is not True:
        raise Declined(str(answer.get("code", "refused")), str(answer.get("reason", "")))
    return answer


def gateway() -> Gateway:
    """Return the gateway of this installation."""
    return SocketGateway(settings.OPORA_GATEWAY_STATE, apart=bool(settings.OPORA_GATEWAY_GROUP))


def host_key() -> str:
    """Return the key by which the gateway shows who it is to ssh; "" where none can be read."""
    folder = settings.OPORA_GATEWAY_STATE / ("gateway/keys" if settings.OPORA_GATEWAY_GROUP else "keys")
    try:
        return (folder / "host.pub").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def shared_secret() -> str:
    """Return the secret by which the gateway shows who it is; "" where there is no gateway."""
    if settings.OPORA_GATEWAY_SECRET:
        return str(settings.OPORA_GATEWAY_SECRET)
    try:
        return (settings.OPORA_GATEWAY_STATE / "keys" / "secret").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
