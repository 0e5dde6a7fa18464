"""Following one session's frames as they come: whether each is tied to the one before, without holding them all.

The strict reading of docs/evidence.md for whoever keeps records; `verify.py` says the same for whoever receives them.
"""

import hashlib
import json
from typing import Any

from opora.evidence.frames import HASH_SIZE, HEAD, LARGEST_PAYLOAD, VERSION, Kind, first_link


class Misfit(Exception):
    """A frame that does not belong where it stands; says which and why."""


class Follower:
    """The reading end of one session's chain. `frames`, `size` and `head` tell how far it has come."""

    def __init__(self, session: bytes, agreement: bytes) -> None:
        """Begin before the first frame; `agreement` is the SHA-256 of the agreement's bytes."""
        self.session = session
        self.agreement = agreement
        self.frames = 0
        self.size = 0
        self.head = first_link(session, agreement)
        self.ended = False
        self._mono_ns = 0

    def take(self, frame: bytes) -> None:
        """Take the next whole frame. Raises Misfit, and then stands where it stood."""
        kind, mono_ns, payload = self._read(frame)
        head = hashlib.sha256(self.head + frame[:-HASH_SIZE]).digest()
        if head != frame[-HASH_SIZE:]:
            raise self._misfit("its hash does not follow")
        if mono_ns < self._mono_ns or self.ended:
            raise self._misfit("it is out of its place")
        if (kind == Kind.HEADER) != (self.frames == 0):
            raise self._misfit("the header stands first, and once")
        if kind == Kind.HEADER:
            self._check(payload, {"session": self.session.hex(), "agreement": self.agreement.hex()})
        if kind == Kind.END:
            self._check(payload, {"frames": self.frames, "size": self.size})
        self.ended = kind == Kind.END
        self._mono_ns = mono_ns
        self.head = head
        self.frames += 1
        self.size += len(frame)

    def _read(self, frame: bytes) -> tuple[int, int, bytes]:
        if len(frame) < HEAD.size + HASH_SIZE:
            raise self._misfit("it is too short for a frame")
        length, version, kind, session, seq, mono_ns, _ = HEAD.unpack_from(frame)
        payload = frame[HEAD.size : -HASH_SIZE]
        if length + 4 != len(frame) or version != VERSION or len(payload) > LARGEST_PAYLOAD or kind not in _KINDS:
            raise self._misfit("it is no frame")
        if session != self.session or seq != self.frames:
            raise self._misfit("it is another session's, or one before it is missing")
        return kind, mono_ns, payload

    def _check(self, payload: bytes, expected: dict[str, Any]) -> None:
        try:
            told = json.loads(payload)
            fits = expected.items() <= told.items()
        except (ValueError, AttributeError):
            fits = False
        if not fits:
            raise self._misfit("it speaks of another record")

    def _misfit(self, why: str) -> Misfit:
        return Misfit(f"frame {self.frames}: {why}")


_KINDS = frozenset(Kind)
