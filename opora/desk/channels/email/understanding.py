"""Understanding letters in a process of its own, so that no letter can take more time or memory than it is given.

The parser is written not to need this: its costs are linear and it holds its limits. This is the second wall: whatever is
wrong with the first, one letter costs at most one child. Several threads may ask; they are served one after another.
"""

import atexit
import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
from multiprocessing import connection
from multiprocessing.connection import Connection

from .parsing import Letter, read_letter
from .parsing.reading import read_head_alone
from .parsing.reply import cut_body

SECONDS = 10
MEMORY = 256 * 1024 * 1024
MEMORY_AN_OCTET = 10
PATIENCE = 120
LETTERS_A_CHILD = 20_000


class TooHard(Exception):
    """The parser was ended because the letter took more time or memory than one letter may."""


class Reader:
    """One child that reads letters, started when first needed and again whenever it had to be ended."""

    def __init__(self, *, seconds: int = SECONDS, memory: int = MEMORY) -> None:
        self._seconds, self._memory = seconds, memory
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._read = 0

    def read(self, raw: bytes, *, bare: bool = False) -> Letter:
        """The letter in these octets; `bare` = they are a body without headers. Raises TooHard."""
        with self._lock:
            if self._child is None or self._child.poll() is not None or self._read >= LETTERS_A_CHILD:
                self._start()
            assert self._line is not None
            self._read += 1
            try:
                self._line.send((raw, bare))
                if self._line.poll(PATIENCE):
                    answer = self._line.recv()
                    if isinstance(answer, Letter):
                        return answer
            except (EOFError, OSError):
                pass
            self._stop()
        raise TooHard("reading it took more time or memory than one letter may")

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._stop()

    def forget(self) -> None:
        """Know of no child any more: the one there was is our parent's."""
        self._lock, self._child, self._line = threading.Lock(), None, None

    def _start(self) -> None:
        self._stop()
        ours, theirs = connection.Pipe()
        self._child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", __name__, str(theirs.fileno()), str(self._seconds), str(self._memory)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        theirs.close()
        self._line, self._read = ours, 0

    def _stop(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        self._child = self._line = None


_shared = Reader()
atexit.register(_shared.close)
if hasattr(os, "register_at_fork"):  # a forked process must not speak on its parent's line
    os.register_at_fork(after_in_child=_shared.forget)


def understand(raw: bytes) -> Letter:
    """The letter in these octets, read within the limits. Raises TooHard."""
    return _shared.read(raw)


def understand_body(raw: bytes) -> Letter:
    """A bare body, as text or HTML, with its reply cut. Raises TooHard."""
    return _shared.read(raw, bare=True)


def head_of(raw: bytes) -> Letter:
    """What the header alone says of a letter that could not be read, with the defect noted."""
    return read_head_alone(raw, "reading was ended: it took more time or memory than one letter may")


def as_far_as_possible(raw: bytes) -> Letter:
    """The letter, or what its header says when the whole took too much. Never raises."""
    try:
        return understand(raw)
    except TooHard:
        return head_of(raw)


def _serve(line: Connection, seconds: int, memory: int) -> None:
    """The child: one letter after another until the line is closed, or nobody waits for the answer any more."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            raw, bare = line.recv()
            line.send(_within(raw, bare, seconds, memory))


def _within(raw: bytes, bare: bool, seconds: int, memory: int) -> Letter | None:
    """The letter, read with so much more time and memory than the child has used by now; None when that was not enough."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds)
    _limit(resource.RLIMIT_AS, memory + MEMORY_AN_OCTET * len(raw))
    try:
        return cut_body(raw) if bare else read_letter(raw)
    except (MemoryError, RecursionError):
        return None


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for whoever asked; this ends when the line is closed
    _serve(Connection(int(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
