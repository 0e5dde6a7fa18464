"""One session's record in the journals: found, followed from header to end against every signed head, and sealed.

Only reads journals. Says what does not fit; repairs nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from opora.evidence.following import Follower, Misfit
from opora.evidence.journal import journals, session_frames
from opora.evidence.segments import Segment, seal

Signed = Mapping[int, tuple[int, bytes]]
"""What was signed for: after so many frames, so many bytes and that hash."""


class Record:
    """Where one session's frames stand: from byte `at` of the journal `first` on, or anywhere if that is not known."""

    def __init__(self, folder: Path, session: bytes, *, first: str = "", at: int = 0, since_ns: int = 0) -> None:
        """Take the journals' folder. `first` is a file's name in it; journals last written before `since_ns` are passed over."""
        self.folder = folder
        self.session = session
        self._first = first
        self._at = at
        self._since_ns = since_ns

    def frames(self) -> Iterator[bytes]:
        """Yield the session's frames, encoded, in the order they were written."""
        for path in journals(self.folder):
            if path.name >= self._first and path.stat().st_mtime_ns >= self._since_ns:
                yield from session_frames(path, self.session, at=self._at if path.name == self._first else 0)

    def follow(self, agreement: bytes, signed: Signed) -> Follower:
        """Return how far the chain comes, every frame tied to the one before and every signed head fitting.

        Raises Misfit at the first that is not so, and when no end was written.
        """
        follower = Follower(self.session, agreement)
        for frame in self.frames():
            follower.take(frame)
            if follower.frames in signed and signed[follower.frames] != (follower.size, follower.head):
                raise Misfit(f"frame {follower.frames - 1}: the head signed at that moment was another")
        if not follower.ended:
            raise Misfit(f"the record breaks off after {follower.frames} frames: no end was written")
        if signed and max(signed) > follower.frames:
            raise Misfit(f"{max(signed)} frames were signed for, {follower.frames} are there")
        return follower

    def seal(self, folder: Path) -> list[Segment]:
        """Write the record into sealed segments; sealing again writes nothing."""
        return seal(folder, self.session, self.frames())
