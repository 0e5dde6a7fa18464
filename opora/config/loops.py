"""Runs the loops of the timetable: each in a thread of its own, with a database connection of its own.

An error in one is logged, makes it pause longer and longer, and never stops another. A loop that must run in one place of
the whole cluster holds an advisory lock on a direct connection, which the database frees when its holder dies.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opora.config import database
from opora.desk.kernel import clock

log = logging.getLogger("opora.loops")

LONGEST_PAUSE = 60.0
"""Seconds between the tries of a loop that fails again and again."""
LONGEST_WAIT = 5.0
"""Seconds between the tries of a loop whose database is away: it may come back at any moment."""
_LOCK_SPACE = 0x0F0A
"""The first half of all our advisory locks, so that ours meet nobody else's."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One line of the timetable.

    `run(at)` does a batch and returns how much it did; after something it is called again at once, after nothing in `every`
    seconds, or sooner when a NOTIFY comes on one of the `woken_by` channels. With `leader`, one process runs it.
    """

    name: str
    every: float
    run: Callable[[datetime], int | None]
    leader: bool = False
    woken_by: tuple[str, ...] = ()


@dataclass
class Tally:
    """What a loop has counted since its process started."""

    runs: int = 0
    done: int = 0
    errors: int = 0
    last_error: str = ""
    last_run: float = field(default_factory=clock.monotonic)


class Leadership:
    """The advisory locks this process holds, all in one session of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._connection: Any = None
        self._held: set[str] = set()
        self._checked = 0.0

    def holds(self, name: str) -> bool:
        """Whether this process leads `name` now; tries to become its leader when it does not. Raises Unfit."""
        with self._lock:
            try:
                return self._holds(name)
            except Exception:
                self._drop()
                raise

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _holds(self, name: str) -> bool:
        if self._connection is None:
            self._connection = database.connect(self._address)
        if name in self._held:
            if clock.monotonic() - self._checked > 1.0:
                self._connection.execute("SELECT 1")
                self._checked = clock.monotonic()
            return True
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK_SPACE, name]).fetchone()
        if row[0]:
            self._held.add(name)
            log.info("this process leads: %s", name)
        return bool(row[0])

    def _drop(self) -> None:
        self._held.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Loops:
    """The threads of one worker."""

    def __init__(self, timetable: Sequence[Loop], address: str) -> None:
        self.timetable = timetable
        self.tallies = {loop.name: Tally() for loop in timetable}
        self._address = address
        self._leadership = Leadership(address)
        self._stopping = threading.Event()
        self._wakes = {loop.name: threading.Event() for loop in timetable}
        self._threads = [
            threading.Thread(target=self._keep_running, args=[loop], name=loop.name, daemon=True) for loop in timetable
        ]
        if any(loop.woken_by for loop in timetable):
            self._threads.append(threading.Thread(target=self._hear, name="hear", daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 5.0) -> bool:
        """Let every loop end its batch; True when all did in time."""
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        end = clock.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, end - clock.monotonic()))
        self._leadership.close()
        return not any(thread.is_alive() for thread in self._threads)

    def wake(self, channel: str) -> None:
        """Run the loops woken by this channel without waiting for their time."""
        for loop in self.timetable:
            if channel in loop.woken_by:
                self._wakes[loop.name].set()

    def _keep_running(self, loop: Loop) -> None:
        from django.db import connections

        tally, wake, failures = self.tallies[loop.name], self._wakes[loop.name], 0
        while not self._stopping.is_set():
            wake.clear()
            try:
                done = self._once(loop, tally)
                failures = 0
            except Exception as error:
                failures += 1
                tally.errors += 1
                tally.last_error = f"{type(error).__name__}: {error}"[:500]
                away = _is_away(error)
                _complain(loop.name, failures, error, away=away)
                connections.close_all()
                self._stopping.wait(min(LONGEST_WAIT if away else LONGEST_PAUSE, 0.5 * 2 ** min(failures, 8)))
                continue
            if not done:
                wake.wait(loop.every)
        connections.close_all()

    def _once(self, loop: Loop, tally: Tally) -> int:
        if loop.leader and not self._leadership.holds(loop.name):
            self._stopping.wait(1.0)
            return 0
        done = loop.run(clock.now()) or 0
        tally.runs += 1
        tally.done += done
        tally.last_run = clock.monotonic()
        return done

    def _hear(self) -> None:
        """Listens for the channels that wake loops; after a broken connection everything is woken once."""
        from psycopg import sql

        channels = sorted({channel for loop in self.timetable for channel in loop.woken_by})
        while not self._stopping.is_set():
            try:
                with database.connect(self._address) as connection:
                    for channel in channels:
                        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                        self.wake(channel)
                    while not self._stopping.is_set():
                        for note in connection.notifies(timeout=0.5):
                            self.wake(note.channel)
            except Exception as error:
                log.warning("listening for wake-ups broke off: %s", error)
                self._stopping.wait(1.0)


def _is_away(error: Exception) -> bool:
    from django.db import InterfaceError, OperationalError

    return isinstance(error, (InterfaceError, OperationalError, database.Unfit))


def _complain(name: str, failures: int, error: Exception, *, away: bool) -> None:
    """A database that is away is told in a line; anything else keeps its trace."""
    if away:
        reason = str(error).partition("\n")[0]
        log.warning("loop “%s” waits for the database (%s time(s) in a row): %s", name, failures, reason)
    else:
        log.error("loop “%s” failed %s time(s) in a row", name, failures, exc_info=error)
