"""Who holds a folder: a lock that the system frees when its holder dies, with a note on who that is."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from opora.desk.kernel import clock


@dataclass(frozen=True, slots=True)
class Holder:
    """One who holds a folder: process number, since when (ISO, UTC), by which command."""

    pid: int
    since: str
    command: str

    def __str__(self) -> str:
        return f"process {self.pid}, `{self.command}`, since {self.since}"


class Held(Exception):
    """Another process holds it; `holder` is None when it has not yet said who it is."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__(str(holder) if holder else "another process, which has not said its name yet")
        self.holder = holder


@contextmanager
def hold(place: Path, command: str) -> Iterator[None]:
    """Hold `place` (a lock file, made when missing) until the block ends or this process dies. Raises Held at once."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(handle):
            raise Held(holder_of(place))
        note = Holder(os.getpid(), clock.now().isoformat(timespec="seconds"), command)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(asdict(note)).encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Tries for a moment: one who only asks `is_held` holds it for an instant too."""
    for _ in range(10):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def holder_of(place: Path) -> Holder | None:
    """Who last noted himself in this lock file, whether or not he is alive."""
    with suppress(OSError, ValueError, TypeError):
        return Holder(**json.loads(place.read_text(encoding="utf-8")))
    return None


def is_held(place: Path) -> bool:
    """Whether somebody holds it at this moment."""
    if not place.exists():
        return False
    with place.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
