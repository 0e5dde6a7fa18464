"""The write-ahead journal: one file for all sessions of a recorder, written before anything is shown or forwarded.

Two levels of safety, named in every agreement. *Crash-safe*: `append` returned, so the bytes are the kernel's and
survive the death of every process. *Power-safe*: `sync` returned as well, so they are on the disk. A journal that
could not write or sync once is broken for good: it refuses everything after, and whoever records must end. A file is
never cut, overwritten or deleted here.
"""

import enum
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from opora.evidence.frames import HASH_SIZE, HEAD, VERSION, Frame, Malformed, Torn, read_frames

SUFFIX = ".journal"
_SMALLEST = HEAD.size - 4 + HASH_SIZE


class Durability(enum.StrEnum):
    """What must be true of a frame before anybody sees it."""

    CRASH_SAFE = "crash-safe"
    POWER_SAFE = "power-safe"


class RecordLost(Exception):
    """A frame could not be made durable. Nothing may be shown or forwarded any more."""


class Journal:
    """One open journal file. Use from one thread; `sync` alone may run in another."""

    def __init__(self, path: Path, *, room: int = 0, mode: int = 0o600) -> None:
        """Create the file, which must not exist yet. `room` bytes must be left on the disk, or RecordLost."""
        self.path = path
        self.written = 0
        self.synced = 0
        self._broken: OSError | None = None
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            _sync_folder(path.parent)
            left = os.statvfs(path).f_bavail * os.statvfs(path).f_frsize
        except OSError as error:
            raise RecordLost(f"the journal {path.name} cannot be opened: {error.strerror}") from error
        if left < room:
            os.close(self._file)
            raise RecordLost(f"{left:,} bytes are left for records, {room:,} are wanted")

    def append(self, frames: bytes) -> int:
        """Write whole frames and return where the journal ends now. Crash-safe when this returns.

        Raises RecordLost if not every byte was taken; the journal then refuses everything after.
        """
        self._refuse_if_broken()
        left = memoryview(frames)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            self._broken = error
            self._refuse_if_broken()
        self.written += len(frames)
        return self.written

    def sync(self) -> int:
        """Bring everything appended so far to the disk; returns up to where the journal is power-safe."""
        self._refuse_if_broken()
        goal = self.written
        try:
            os.fdatasync(self._file)
        except OSError as error:
            # After a failed sync the kernel may have dropped the pages: trying again would lie.
            self._broken = error
            self._refuse_if_broken()
        self.synced = max(self.synced, goal)
        return self.synced

    def close(self) -> None:
        """Sync and close. Closing twice does nothing."""
        if self._file < 0:
            return
        try:
            if not self._broken:
                self.sync()
        finally:
            os.close(self._file)
            self._file = -1

    def _refuse_if_broken(self) -> None:
        if self._broken is not None:
            raise RecordLost(f"the journal {self.path.name} is broken: {self._broken.strerror}") from self._broken
        if self._file < 0:
            raise RecordLost(f"the journal {self.path.name} is closed")


@dataclass(frozen=True, slots=True)
class Remains:
    """What stands in a journal: the whole frames, and what follows them after a crash."""

    frames: tuple[Frame, ...]
    whole: int
    torn: bytes
    why: str


def read_journal(path: Path) -> Remains:
    """Return what a journal holds. A torn end was never shown to anybody; it is reported, never repaired."""
    written = path.read_bytes()
    frames: list[Frame] = []
    whole, why = 0, ""
    try:
        for frame in read_frames(written):
            frames.append(frame)
            whole += frame.size
    except Torn as error:
        why = f"torn: {error.why}"
    except Malformed as error:
        why = f"not a frame: {error.why}"
    return Remains(tuple(frames), whole, written[whole:], why)


def session_frames(path: Path, session: bytes, *, at: int = 0) -> Iterator[bytes]:
    """Yield one session's frames, encoded and in order, from byte `at` of a journal on; others are stepped over.

    Ends at the end of the whole frames; what stands behind them was never shown to anybody.
    """
    if path.stat().st_size <= at:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as written:
        size = len(written)
        while at + HEAD.size <= size:
            length, version, _, whose, *_ = HEAD.unpack_from(written, at)
            stop = at + 4 + length
            if version != VERSION or length < _SMALLEST or stop > size:
                return
            if whose == session:
                yield written[at:stop]
            at = stop


def journals(folder: Path) -> Iterator[Path]:
    """Yield the journals of a folder in the order they were opened (their names sort)."""
    yield from sorted(folder.glob(f"*{SUFFIX}"))


def _sync_folder(folder: Path) -> None:
    """Make a new file's name durable as well (fsync(2): the entry in the folder is not covered by the file's sync)."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
