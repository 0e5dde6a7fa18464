"""Frames: the pieces a session's record is made of, and the chain that ties each to all before it.

Says how a frame is written (docs/evidence.md, "Frames"). Never opens a file and never reads a clock.
"""

import enum
import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass

VERSION = 1
HEAD = struct.Struct(">IBB16sQQQ")
HASH_SIZE = 32
LARGEST_PAYLOAD = 1 << 20
GENESIS = b"opora session v1\n"


class Kind(enum.IntEnum):
    """What a frame tells; the number is the ASCII letter written into it."""

    HEADER = ord("H")
    INPUT = ord("i")
    OUTPUT = ord("o")
    ERROR_OUTPUT = ord("e")
    RESIZE = ord("r")
    SIGNAL = ord("s")
    NOTICE = ord("n")
    VIEWER = ord("v")
    PAUSE = ord("p")
    TERMINATE = ord("t")
    FILE = ord("f")
    DENIED = ord("d")
    QUESTION = ord("q")
    EXIT = ord("x")
    GAP = ord("g")
    PROBE = ord("b")
    END = ord("E")


class Malformed(Exception):
    """Bytes that are no frame. Says at which byte, counted from where reading began."""

    def __init__(self, at: int, why: str) -> None:
        """Keep the place and the reason."""
        super().__init__(f"byte {at}: {why}")
        self.at = at
        self.why = why


class Torn(Malformed):
    """The bytes end within a frame, as they do after a crash: the frame was never finished."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as read. `mono_ns` counts from an arbitrary moment, `wall_ns` from 1970 in UTC."""

    kind: Kind
    session: bytes
    seq: int
    mono_ns: int
    wall_ns: int
    payload: bytes
    digest: bytes
    size: int


def first_link(session: bytes, agreement: bytes) -> bytes:
    """Return what the first frame's hash is chained to: session and the agreement's SHA-256, so neither can be swapped."""
    return hashlib.sha256(GENESIS + session + agreement).digest()


def canonical(facts: object) -> bytes:
    """Return JSON with one spelling for one content: sorted keys, no spaces, UTF-8. Floats are refused (they have many).

    Raises ValueError for floats and whatever JSON cannot hold.
    """
    _refuse_floats(facts)
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _refuse_floats(facts: object) -> None:
    if isinstance(facts, float):
        raise ValueError("a number with a fraction has no single spelling; write a whole number or text")
    if isinstance(facts, dict):
        for key, value in facts.items():
            if not isinstance(key, str):
                raise ValueError("keys are text")
            _refuse_floats(value)
    elif isinstance(facts, list | tuple):
        for value in facts:
            _refuse_floats(value)


class Chain:
    """The writing end of one session: gives every frame its number and ties it to the one before."""

    def __init__(self, session: bytes, agreement: bytes) -> None:
        """Begin before the first frame. `session` is 16 bytes, `agreement` the SHA-256 of the agreement's bytes."""
        if len(session) != 16 or len(agreement) != HASH_SIZE:
            raise ValueError("a session is named by 16 bytes, an agreement by its SHA-256")
        self.session = session
        self.frames = 0
        self.size = 0
        self.head = first_link(session, agreement)

    @classmethod
    def resumed(cls, session: bytes, *, frames: int, size: int, head: bytes) -> "Chain":
        """Return the chain as it stood after `frames` frames, to go on after a restart of the recorder."""
        chain = cls(session, bytes(HASH_SIZE))
        chain.frames, chain.size, chain.head = frames, size, head
        return chain

    def link(self, kind: Kind, payload: bytes, *, mono_ns: int, wall_ns: int) -> bytes:
        """Return the next frame's bytes and move on. Raises ValueError for a payload over 1 MiB (split it)."""
        if len(payload) > LARGEST_PAYLOAD:
            raise ValueError("a frame holds at most 1 MiB")
        length = HEAD.size - 4 + len(payload) + HASH_SIZE
        written = HEAD.pack(length, VERSION, kind, self.session, self.frames, mono_ns, wall_ns) + payload
        self.head = hashlib.sha256(self.head + written).digest()
        self.frames += 1
        self.size += len(written) + HASH_SIZE
        return written + self.head


def read_frames(written: bytes) -> Iterator[Frame]:
    """Yield the frames one after another, of whichever sessions; the chain is not checked here.

    Raises Torn when the bytes end within a frame, Malformed where they are no frame at all.
    """
    at = 0
    while at < len(written):
        frame = _read_frame(written, at)
        yield frame
        at += frame.size


def _read_frame(written: bytes, at: int) -> Frame:
    left = len(written) - at
    if left < HEAD.size:
        raise Torn(at, f"{left} bytes are too few for a frame")
    length, version, letter, session, seq, mono_ns, wall_ns = HEAD.unpack_from(written, at)
    payload_size = length + 4 - HEAD.size - HASH_SIZE
    if version != VERSION or not 0 <= payload_size <= LARGEST_PAYLOAD:
        raise Malformed(at, "no frame begins here")
    if left < length + 4:
        raise Torn(at, f"the frame has {length + 4} bytes, {left} are here")
    try:
        kind = Kind(letter)
    except ValueError:
        raise Malformed(at, f"frames of kind {letter} are unknown") from None
    body = at + HEAD.size
    stop = body + payload_size
    return Frame(kind, session, seq, mono_ns, wall_ns, written[body:stop], written[stop : stop + HASH_SIZE], length + 4)
