"""What each process of ours does at its start and at its end when it is a child of the supervisor, or alone."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

WILL_NOT_MEND = 78
"""Exit code (EX_CONFIG of sysexits.h) of a process for which starting again is no help: the supervisor then stops."""

_PR_SET_PDEATHSIG = 1


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
