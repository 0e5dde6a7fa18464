"""Answering questions at a socket of this machine: one JSON object a line each way; `sockets.ask` is the other side.

An answer is `{"ok": true, ...}` or `{"ok": false, "code": ..., "reason": ...}`; the reason is in words, for people.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from opora.evidence.frames import canonical
from opora.gateway.sockets import LONGEST_LINE, Refused

Message = dict[str, Any]
Answer = Callable[[Message], Awaitable[Message]]

_log = logging.getLogger(__name__)


async def serve(path: Path, answer: Answer) -> asyncio.Server:
    """Answer questions at the socket `path`; `answer` may raise Refused. Returns the running server."""
    return await asyncio.start_unix_server(
        lambda reader, writer: _converse(reader, writer, answer), sock=bound(path), limit=LONGEST_LINE
    )


def bound(path: Path) -> socket.socket:
    """Return a socket bound to the path for its owner alone (0600); what a dead process left there is put away."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with suppress(FileNotFoundError):
        path.unlink()
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    try:
        while line := await reader.readline():
            writer.write(canonical(await _answered(line, answer)) + b"\n")
            await writer.drain()
    except (OSError, ValueError):
        _log.info("a caller broke off")
    finally:
        writer.close()


async def _answered(line: bytes, answer: Answer) -> Message:
    try:
        message = json.loads(line)
        if not isinstance(message, dict):
            raise TypeError("a question is an object")
        return {"ok": True, **await answer(message)}
    except Refused as refused:
        return {"ok": False, "code": refused.code, "reason": refused.reason}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return {"ok": False, "code": "malformed", "reason": f"This question is not understood: {error!r}."}
    except OSError as error:
        _log.exception("cannot answer")
        return {"ok": False, "code": "disk", "reason": f"The disk refuses: {error.strerror or error}."}
