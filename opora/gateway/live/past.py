"""Frames that memory no longer holds, read from the journals for whoever comes late or lags behind.

Only reads, and begins where the session began; places found once are remembered, so that nobody reads the same twice.
"""

import os
import threading
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from opora.evidence.frames import HASH_SIZE, HEAD, VERSION
from opora.evidence.journal import SUFFIX, journals

_PIECE = 256 << 10
_MARK_EVERY = 1 << 20
_SMALLEST = HEAD.size - 4 + HASH_SIZE


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the journals a session's frame number `seq`, or one after it, is found by reading on."""

    seq: int
    journal: str
    at: int


class Past:
    """One session's frames in the journals of this process."""

    def __init__(self, folder: Path, session: bytes) -> None:
        """Mark where the journals end now: the session's first frame comes after it."""
        self.folder = folder
        self.session = session
        self._ours = f"-{os.getpid()}{SUFFIX}"
        newest = max(self._names(), default="")
        size = (folder / newest).stat().st_size if newest else 0
        self._places = [Place(0, newest, size)]
        self._lock = threading.Lock()

    def reader(self, seq: int) -> "Reader":
        """Return a reader that comes to frame `seq` soon."""
        known = bisect_right(self._places, seq, key=lambda place: place.seq)
        return Reader(self, self._places[known - 1], seq)

    def mark(self, place: Place) -> None:
        """Remember a place that lies well beyond those known."""
        with self._lock:
            last = self._places[-1]
            if place.seq > last.seq and (place.journal != last.journal or place.at - last.at >= _MARK_EVERY):
                self._places.append(place)

    def after(self, journal: str) -> str:
        """Return the journal after this one, "" if there is none yet."""
        return min((name for name in self._names() if name > journal), default="")

    def _names(self) -> list[str]:
        return [path.name for path in journals(self.folder) if path.name.endswith(self._ours)]


class Reader:
    """Reads on through the journals, some frames at a time. Runs in a thread; belongs to one viewer."""

    def __init__(self, past: Past, place: Place, seq: int) -> None:
        """Begin at a place before frame `seq`."""
        self._past = past
        self._journal = place.journal or past.after("")
        self._at = place.at
        self._next = seq
        self._held: list[bytes] = []

    def read(self, until: int) -> list[bytes]:
        """Return the next frames, in order and before number `until`; none when no more are written there yet."""
        found: list[bytes] = []
        size = 0
        while size < _PIECE and self._next < until and (self._held or self._find()):
            found.append(self._held.pop(0))
            size += len(found[-1])
            self._next += 1
        return found

    def _find(self) -> bool:
        """Hold the session's frames of the next piece of a journal that has any; False at the end of all."""
        while self._journal and not self._held:
            self._held, advanced = self._scan()
            if not advanced:
                following = self._past.after(self._journal)
                if not following:
                    return False
                self._journal, self._at = following, 0
        return bool(self._held)

    def _scan(self) -> tuple[list[bytes], int]:
        """Read a piece of a journal; returns the session's frames in it and how many bytes are done with."""
        with (self._past.folder / self._journal).open("rb") as file:
            file.seek(self._at)
            piece = file.read(_PIECE)
            if len(piece) >= 4:
                whole = int.from_bytes(piece[:4], "big") + 4
                piece += file.read(max(0, whole - len(piece)))
        frames: list[bytes] = []
        at = 0
        while at + HEAD.size <= len(piece):
            length, version, _, session, seq, _, _ = HEAD.unpack_from(piece, at)
            if version != VERSION or length < _SMALLEST or at + 4 + length > len(piece):
                break
            if session == self._past.session and seq >= self._next + len(frames):
                if not frames:
                    self._past.mark(Place(seq, self._journal, self._at + at))
                frames.append(piece[at : at + 4 + length])
            at += 4 + length
        self._at += at
        return frames, at
