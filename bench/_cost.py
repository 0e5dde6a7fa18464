"""CPU of the program and of the database, apart from the programs that only stand for the world outside."""

import time
from collections.abc import Collection
from multiprocessing.process import BaseProcess
from pathlib import Path

SLICE = 50
"""Letters of which the CPU is taken together, to see which were left alone by what else runs on the machine."""


class Cost:
    """CPU of the program and of the database's processes for this database, and wall time, since it was made.

    The program is this process and its children but for those of `others`, who only stand for the world outside.
    """

    def __init__(self, others: Collection[BaseProcess] = ()) -> None:
        self._others = others
        self._pids, self._children = _database_pids(), set[int]()
        self._noted, self._slices = (0, 0.0), list[float]()
        self._began = (self._program(), self._database(), time.monotonic())

    def so_far(self) -> tuple[float, float, float]:
        """Seconds of CPU of the program, of the database, and of the wall."""
        self._pids |= _database_pids()
        return (
            self._program() - self._began[0],
            self._database() - self._began[1],
            time.monotonic() - self._began[2],
        )

    def note(self, letters: int) -> None:
        """So many letters are done by now; remembered when a good many came since the last time."""
        if letters - self._noted[0] >= SLICE:
            program, database, _wall = self.so_far()
            self._slices.append((program + database - self._noted[1]) / (letters - self._noted[0]))
            self._noted = (letters, program + database)

    def left_alone(self) -> float:
        """Seconds of CPU a letter, the tenth best slice of a hundred, as the pages' figures are taken (`_measuring.py`)."""
        return sorted(self._slices)[len(self._slices) // 10]

    def _program(self) -> float:
        strangers = {process.pid for process in self._others}
        self._children |= {pid for pid in _children() if pid not in strangers}
        return time.process_time() + sum(cpu_of(pid) for pid in self._children)

    def _database(self) -> float:
        return sum(cpu_of(pid) for pid in self._pids)


def _children() -> set[int]:
    """The children of every thread of ours."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for one in lists for pid in one.read_text().split()}


def _database_pids() -> set[int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {row[0] for row in cursor.fetchall()}


def cpu_of(pid: int) -> float:
    """Seconds on a processor (proc(5), schedstat)."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0
