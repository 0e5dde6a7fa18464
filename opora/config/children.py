"""What each process of ours does at its start and at its end when it is a child of the supervisor, or alone."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

WILL_NOT_MEND = 78
"""Exit code (EX_CONFIG of sysexits.h) of a process for which starting again is no help: the supervisor then stops."""

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_ARGUMENTS_START, _ARGUMENTS_END = 45, 46
"""Places of arg_start and arg_end in /proc/PID/stat (proc(5), fields 48 and 49), counted behind the name's bracket."""


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGTERM when the supervisor dies, however it dies; call it first of all."""
    if not parent:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)


def say_ready(ready_fd: int) -> None:
    """Tell the supervisor that this process now does its work."""
    if ready_fd >= 0:
        os.write(ready_fd, b"ready\n")
        os.close(ready_fd)


def show_as(title: str) -> None:
    """Have `ps` and `top` say `opora web` and the like of a forked process, which would else look like its parent.

    The words of a command line lie in the process's own memory; they are written over as PostgreSQL does it, never beyond
    their end. Where the system does not tell where they lie, all stays as it is.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_NAME, title.encode()[:15], 0, 0, 0)
    with suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        start, end = int(fields[_ARGUMENTS_START]), int(fields[_ARGUMENTS_END])
        if 0 < start < end:
            words = title.replace(" ", "\0", 1).encode()[: end - start - 1]
            ctypes.memmove(start, words.ljust(end - start, b"\0"), end - start)


class Stop:
    """Turns SIGTERM and SIGINT into a quiet end: `wait` returns True, and whoever asked `on_stop` is told.

    A process that is not gone `patience` seconds later ends itself: it never outlives a dead supervisor for long.
    """

    def __init__(self, patience: float = 8.0) -> None:
        self._event = threading.Event()
        self._told: list[Callable[[], object]] = []
        self._patience = patience

    def listen(self) -> None:
        """Take the signals over; only in the main thread."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)

    def on_stop(self, function: Callable[[], object]) -> None:
        self._told.append(function)

    def wait(self, seconds: float | None = None) -> bool:
        return self._event.wait(seconds)

    def is_set(self) -> bool:
        return self._event.is_set()

    def now(self) -> None:
        """Begin to stop."""
        if self._event.is_set():
            return
        self._event.set()
        last = threading.Timer(self._patience, os._exit, [1])
        last.daemon = True
        last.start()
        for function in self._told:
            function()

    def _on_signal(self, number: int, frame: object) -> None:
        threading.Thread(target=self.now, daemon=True).start()
