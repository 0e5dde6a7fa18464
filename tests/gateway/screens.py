"""The real `ssh` at a terminal: types, waits for what appears, resizes, and is killed."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.gateway.worlds import World

PATIENCE = 30.0


class Screen:
    """One client at one terminal. `seen` is all that it was shown."""

    def __init__(self, words: list[str], environment: dict[str, str], *, columns: int = 80, rows: int = 24) -> None:
        master, theirs = pty.openpty()
        self._master = master
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            words,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment | {"TERM": "xterm"},
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = b""
        self._from = 0

    def type(self, text: str | bytes) -> None:
        """Type, as fast as the terminal takes it."""
        os.write(self._master, text.encode() if isinstance(text, str) else text)

    def wait(self, text: str | bytes, seconds: float = PATIENCE) -> bytes:
        """Return all that was shown since the last wait, up to and with that text. Raises AssertionError."""
        wanted = text.encode() if isinstance(text, str) else text
        end = time.monotonic() + seconds
        while (at := self.seen.find(wanted, self._from)) < 0:
            assert time.monotonic() < end, f"{wanted!r} never came, but {self.seen[self._from :]!r}"
            assert self._read(0.2), f"the client ended without {wanted!r}: {self.seen[self._from :]!r}"
        part = self.seen[self._from : at + len(wanted)]
        self._from = at + len(wanted)
        return part

    def ends(self, seconds: float = PATIENCE) -> int:
        """Return the exit code when the client ends by itself."""
        end = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < end, f"the client goes on: {self.seen[-300:]!r}"
        return self.process.wait(10)

    def resize(self, columns: int, rows: int) -> None:
        """Change the window. Without a controlling terminal the kernel tells nobody, so we do."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def kill(self) -> None:
        """The client dies without a word, as when the network goes."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        os.close(self._master)

    def _read(self, seconds: float) -> bool:
        """Take what comes; False when nothing can come any more."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if ready:
            with suppress(OSError):
                if got := os.read(self._master, 65536):
                    self.seen += got
                    return True
            return False
        return True


@contextmanager
def screen(here: World, *command: str, options: tuple[str, ...] = ("-tt",), **who: str) -> Iterator[Screen]:
    """A client of that world."""
    words, environment = here.words(*options, **who)
    made = Screen([*words, *command], environment)
    try:
        yield made
    finally:
        made.close()
