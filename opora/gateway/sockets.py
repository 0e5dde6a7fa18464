"""Talking to signer and ledger: one JSON object a line each way, over a socket of this machine."""

import asyncio
import json
from pathlib import Path
from typing import Any

LONGEST_LINE = 4 << 20


class Refused(Exception):
    """The other side said no, and why: `code` for programs, `reason` in words for people."""

    def __init__(self, code: str, reason: str) -> None:
        """Keep both."""
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """The other side does not answer."""


async def ask(path: Path, message: dict[str, Any], *, seconds: float = 5.0) -> dict[str, Any]:
    """Send one message and return the answer. Raises Refused when it says no, Gone when nothing whole comes in time."""
    try:
        async with asyncio.timeout(seconds):
            return _understood(await _exchanged(path, message))
    except (OSError, TimeoutError, ValueError, RecursionError) as error:
        raise Gone(f"{path.stem} does not answer ({error or type(error).__name__})") from error


async def _exchanged(path: Path, message: dict[str, Any]) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path, limit=LONGEST_LINE)
    try:
        writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        await writer.drain()
        return await reader.readline()
    finally:
        writer.close()


def _understood(line: bytes) -> dict[str, Any]:
    answer = json.loads(line)
    if not isinstance(answer, dict):
        raise ValueError("no object")
    if answer.get("ok") is not True:
        raise Refused(str(answer.get("code", "refused")), str(answer.get("reason", "it gave no reason")))
    return answer
