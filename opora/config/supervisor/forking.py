"""Children made by fork from a supervisor that has already loaded the program: at work in milliseconds, sharing its memory.

Only from a process with one thread and no open connection: a lock or a socket copied in the middle of its use is poison.
What the child must not have of its parent (signals, locks, pipes, the terminal's session) is taken off before it runs.
"""

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Protocol

from opora.config.children import show_as

_OURS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_MOST_FILES = 1 << 20

Work = Callable[[], int]


class Process(Protocol):
    """What the tree asks of a child, forked or started from a file."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...
    def send_signal(self, number: int, /) -> None: ...
    def kill(self) -> None: ...


class Forked:
    """A running child of ours; `work` returns its exit code. Of our open files it keeps only `kept`."""

    def __init__(self, title: str, work: Work, *, kept: Collection[int] = ()) -> None:
        context = multiprocessing.get_context("fork")
        self._process = context.Process(name=title, target=_live, args=[title, work, kept])
        with _signals_held():
            self._process.start()
        self.pid = int(self._process.pid or 0)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = self._process.exitcode
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def settle() -> None:
    """Keep what is loaded out of the collector's rounds, so that the children go on sharing its pages."""
    gc.collect()
    gc.freeze()


@contextmanager
def _signals_held() -> Iterator[None]:
    """A signal that comes while the child still has our handlers waits until it has its own."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OURS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _live(title: str, work: Work, kept: Collection[int]) -> None:
    signal.set_wakeup_fd(-1)
    for number in _OURS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.setsid()
    _close_all_but(kept)
    show_as(title)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _OURS)
    sys.exit(work())


def _close_all_but(kept: Collection[int]) -> None:
    """Our locks and pipes must not live on in a child; its input is empty."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for low, high in pairwise([2, *sorted(kept), _MOST_FILES]):
        os.closerange(low + 1, high)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
