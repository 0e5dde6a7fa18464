"""The recorder: every frame into the shared journal first, and only then to whoever shall see it.

One journal for all sessions of this process, one thread that syncs it for all of them together. What could not be
written or synced once ends every session: `on_loss` is called, and nothing is let through any more.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from opora.evidence.journal import SUFFIX, Journal, RecordLost
from opora.gateway import clock

SYNC_BEHIND = 0.1
"""Seconds by which the disk may be behind the kernel for crash-safe records."""
STALLED = 10.0
"""Seconds after which a sync that does not return is a lost record."""
LARGEST_JOURNAL = 64 << 20

Then = Callable[[], None]


class Recorder:
    """The journal of this process and the order in which frames become durable. Used from the loop's thread."""

    def __init__(
        self,
        folder: Path,
        *,
        typed: Path | None = None,
        mode: int = 0o600,
        room: int,
        reserve: int = 0,
        on_loss: Callable[[str], None],
    ) -> None:
        """Open nothing yet: `open` does, and may be tried again after a loss.

        `typed` is the folder for the sealed keys to what is typed, if it is another one.
        """
        self.folder = folder
        self.typed = typed or folder
        self.mode = mode
        self.room = room
        self.reserve = reserve
        self.make_journal: Callable[[Path, int], Journal] = lambda path, left: Journal(path, room=left, mode=mode)
        self.lost = ""
        self._on_loss = on_loss
        self._journal: Journal | None = None
        self._before = 0
        self._durable = 0
        self._waiting: deque[tuple[int, Then]] = deque()
        self._syncing: asyncio.Future[int] | None = None
        self._sync_began = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._thread = ThreadPoolExecutor(1, "sync")

    def open(self) -> None:
        """Make a new journal unless one is open. Raises RecordLost, also while the disk has too little room."""
        if self.lost or self._journal is None:
            self._journal = self._new_journal(self.room)
            self.lost = ""
        self._require(self.room)

    @property
    def path(self) -> Path | None:
        """The open journal's file."""
        return self._journal.path if self._journal is not None else None

    def append(self, frame: bytes) -> int:
        """Write whole frames; returns the place up to which the record must be durable to hold them. Raises RecordLost."""
        journal = self._journal
        if self.lost or journal is None:
            raise RecordLost(self.lost or "no journal is open")
        try:
            if journal.written >= LARGEST_JOURNAL:
                journal = self._turn_over(journal)
            place = self._before + journal.append(frame)
        except RecordLost as error:
            self._lose(str(error))
            raise
        if self._timer is None and self._syncing is None:
            self._timer = asyncio.get_running_loop().call_later(SYNC_BEHIND, self._sync)
        return place

    def when_durable(self, place: int, then: Then) -> None:
        """Call `then` when the disk has everything up to that place; never, if it is lost."""
        if place <= self._durable:
            then()
            return
        self._waiting.append((place, then))
        if self._syncing is None:
            self._sync()

    async def durable(self, place: int) -> None:
        """Return when the disk has everything up to that place. Raises RecordLost."""
        done = asyncio.Event()
        self.when_durable(place, done.set)
        while not done.is_set():
            if self.lost:
                raise RecordLost(self.lost)
            try:
                await asyncio.wait_for(done.wait(), 0.2)
            except TimeoutError:
                self.look()

    def look(self) -> None:
        """Find what no write tells: a disk that fills up, a sync that does not return. Asked every second."""
        if self.lost or self._journal is None:
            return
        if self._syncing is not None and clock.monotonic() - self._sync_began > STALLED:
            self._lose(f"the disk has not answered for {STALLED:.0f} s")
            return
        try:
            self._require(self.reserve)
        except RecordLost as error:
            self._lose(str(error))

    def close(self) -> None:
        """Sync and close."""
        if self._timer is not None:
            self._timer.cancel()
        self._thread.shutdown(wait=not self.lost, cancel_futures=True)
        if self._journal is not None and not self.lost:
            self._journal.close()
            self._journal = None

    def _new_journal(self, room: int) -> Journal:
        journal = self.make_journal(self.folder / f"{clock.now_ns():020d}-{os.getpid()}{SUFFIX}", room)
        # Places only ever grow, so that what waits for an older journal is never mistaken for durable.
        self._before = self._durable = self._before + (self._journal.written if self._journal else 0)
        return journal

    def _turn_over(self, full: Journal) -> Journal:
        if self._syncing is not None:
            return full  # its turn comes with the next frame
        full.close()
        self._journal = self._new_journal(self.reserve)
        asyncio.get_running_loop().call_soon(self._release)
        return self._journal

    def _sync(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._journal is None or self.lost or self._syncing is not None:
            return
        loop = asyncio.get_running_loop()
        self._sync_began = clock.monotonic()
        self._syncing = loop.run_in_executor(self._thread, self._journal.sync)
        self._syncing.add_done_callback(self._synced)

    def _synced(self, done: "asyncio.Future[int]") -> None:
        self._syncing = None
        if self.lost or done.cancelled():
            return
        trouble = done.exception()
        if trouble is not None:
            self._lose(str(trouble))
            return
        self._durable = max(self._durable, self._before + done.result())
        self._release()
        if self._waiting:
            self._sync()
        elif self._journal is not None and self._journal.written > self._journal.synced and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SYNC_BEHIND, self._sync)

    def _release(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._durable and not self.lost:
            self._waiting.popleft()[1]()

    def _require(self, bytes_free: int) -> None:
        try:
            disk = os.statvfs(self.folder)
        except OSError as error:
            raise RecordLost(f"the folder of records cannot be reached: {error.strerror}") from error
        left = disk.f_bavail * disk.f_frsize
        if left < bytes_free:
            raise RecordLost(f"{left:,} bytes are left for records, {bytes_free:,} are wanted")

    def _lose(self, why: str) -> None:
        """From here on nothing is shown or forwarded: whoever waits is never called."""
        if not self.lost:
            self.lost = why
            self._waiting.clear()
            self._on_loss(why)
