"""Messages of the live socket: length, a letter, a payload. docs/watching.md lists the letters."""

import json
import struct
from collections.abc import Iterator
from typing import Any

from opora.evidence.frames import canonical

_HEAD = struct.Struct(">IB")
LARGEST = 64 << 10
"""Bytes a caller may send at once; nobody has a reason for more."""


class Nonsense(Exception):
    """Bytes that are no message of ours."""


def packed(letter: str, payload: bytes) -> bytes:
    """Return the message's bytes."""
    return _HEAD.pack(len(payload) + 1, ord(letter)) + payload


def told(letter: str, facts: dict[str, Any]) -> bytes:
    """Return a message whose payload is JSON."""
    return packed(letter, canonical(facts))


class Incoming:
    """Puts messages together from the pieces in which they come."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = bytearray()

    def take(self, piece: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield each message that is whole by now. Raises Nonsense."""
        self._rest += piece
        while len(self._rest) >= _HEAD.size:
            length, letter = _HEAD.unpack_from(self._rest)
            if not 1 <= length <= LARGEST:
                raise Nonsense(f"a message of {length} bytes")
            if len(self._rest) < length + 4:
                return
            payload = bytes(self._rest[_HEAD.size : length + 4])
            del self._rest[: length + 4]
            yield chr(letter), payload


def read_facts(payload: bytes) -> dict[str, Any]:
    """Return the object in a payload. Raises Nonsense."""
    try:
        facts = json.loads(payload)
        canonical(facts)  # what could not be recorded is not taken in
    except (ValueError, RecursionError):
        raise Nonsense("a payload that is no JSON a record could hold") from None
    if not isinstance(facts, dict):
        raise Nonsense("a payload that is no object")
    return facts
