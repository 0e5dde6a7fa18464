"""Answering questions at a socket of this machine: one JSON object a line each way; `sockets.ask` is the other side.

An answer is `{"ok": true, ...}` or `{"ok": false, "code": ..., "reason": ...}`; the reason is in words, for people. A file may
follow it, of as many bytes as its `size` says.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opora.evidence.frames import canonical
from opora.gateway.apart import Callers
from opora.gateway.sockets import LONGEST_LINE, Refused

Message = dict[str, Any]
PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Handed:
    """An answer that a file follows, which was made for this caller and is removed when it is sent."""

    message: Message
    path: Path


Answer = Callable[[Message, str], Awaitable[Message | Handed]]
"""Answers a question of that caller (`Callers.who`)."""

_log = logging.getLogger(__name__)


async def serve(path: Path, answer: Answer, callers: Callers) -> asyncio.Server:
    """Answer questions at the socket `path`; `answer` may raise Refused. Returns the running server."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _converse(reader, writer, answer, callers.who(writer.get_extra_info("socket")))

    return await asyncio.start_unix_server(converse, sock=bound(path, callers.group), limit=LONGEST_LINE)


def bound(path: Path, group: int | None = None) -> socket.socket:
    """Return a socket bound to the path for its owner alone (0600), or for a group as well (0660).

    What a dead process left there is put away.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with suppress(FileNotFoundError):
        path.unlink()
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
        if group is not None:
            os.chown(path, -1, group)
            path.chmod(0o660)
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer, caller: str) -> None:
    try:
        while line := await reader.readline():
            answered = await _answered(line, answer, caller)
            if isinstance(answered, Handed):
                await _hand(writer, answered)
            else:
                writer.write(canonical(answered) + b"\n")
            await writer.drain()
    except (OSError, ValueError):
        _log.info("a caller broke off")
    finally:
        writer.close()


async def _hand(writer: asyncio.StreamWriter, handed: Handed) -> None:
    try:
        with handed.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            writer.write(canonical({"ok": True, **handed.message, "size": size}) + b"\n")
            while piece := await asyncio.to_thread(file.read, PIECE):
                writer.write(piece)
                await writer.drain()
    finally:
        handed.path.unlink(missing_ok=True)


async def _answered(line: bytes, answer: Answer, caller: str) -> Message | Handed:
    try:
        message = json.loads(line)
        if not isinstance(message, dict):
            raise TypeError("a question is an object")
        answered = await answer(message, caller)
        return answered if isinstance(answered, Handed) else {"ok": True, **answered}
    except Refused as refused:
        return {"ok": False, "code": refused.code, "reason": refused.reason}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return {"ok": False, "code": "malformed", "reason": f"This question is not understood: {error!r}."}
    except OSError as error:
        _log.exception("cannot answer")
        return {"ok": False, "code": "disk", "reason": f"The disk refuses: {error.strerror or error}."}
