"""Sealed segments: one session's frames in files named by what is in them, ready for storage that never forgets.

Cuts at whole frames, at most 64 MB a file. Never changes a file that exists.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LARGEST = 64 << 20
SUFFIX = ".frames"


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed file: which frames of the session it holds, its size and the SHA-256 that is part of its name."""

    path: Path
    first: int
    last: int
    size: int
    digest: str


def seal(
    folder: Path, session: bytes, frames: Iterable[bytes], *, first: int = 0, largest: int = LARGEST
) -> list[Segment]:
    """Write the session's frames (encoded, in order, from number `first`) into sealed segments; returns them.

    Sealing the same frames twice writes nothing the second time.
    """
    sealed: list[Segment] = []
    held: list[bytes] = []
    size = 0
    for frame in frames:
        if held and size + len(frame) > largest:
            sealed.append(_write(folder, session, held, first))
            first += len(held)
            held, size = [], 0
        held.append(frame)
        size += len(frame)
    if held:
        sealed.append(_write(folder, session, held, first))
    return sealed


def _write(folder: Path, session: bytes, frames: list[bytes], first: int) -> Segment:
    content = b"".join(frames)
    digest = hashlib.sha256(content).hexdigest()
    last = first + len(frames) - 1
    path = folder / f"{session.hex()}-{first:010d}-{last:010d}-{digest}{SUFFIX}"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o400)
        unfinished.rename(path)
    return Segment(path, first, last, len(content), digest)


def read_segments(folder: Path, session: bytes) -> bytes:
    """Return a session's frames from its segments, in order.

    Raises ValueError, naming the file, if one does not hold what its name says or one is missing between.
    """
    expected, parts = 0, []
    for path in sorted(folder.glob(f"{session.hex()}-*{SUFFIX}")):
        _, first, last, digest = path.name.removesuffix(SUFFIX).split("-")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"{path.name} does not hold what its name says")
        if int(first) != expected:
            raise ValueError(f"frames {expected} to {int(first) - 1} are missing before {path.name}")
        expected = int(last) + 1
        parts.append(content)
    return b"".join(parts)
