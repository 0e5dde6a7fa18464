"""The parts of the tree: each knows how it is started, when it works and how it is asked to stop."""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from opora.config import cli
from opora.config.embedded import Server
from opora.config.supervisor.forking import Forked, Process

_PROGRAM_FOLDER = Path(__file__).resolve().parents[3]


@dataclass
class Part:
    """A process to keep alive (unless it runs `once`). `stage` is its place in the order of stopping, lowest first.

    Others stand on a `ground`: while it is away, they are not started, and what ends with it has not failed by itself.
    """

    name: str
    stage: int
    patience: float
    process: Process | None = None
    ready: bool = False
    ever_ready: bool = False
    failures: int = 0
    killed: int = 0
    next_start: float = 0.0
    started: float = 0.0
    once: bool = False
    ground: bool = False

    def prepare(self) -> None:
        """What must be done before each start."""

    def start(self) -> None:
        raise NotImplementedError

    def look(self) -> bool:
        """Whether it works now; cheap, asked often."""
        raise NotImplementedError

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def force(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()

    def is_gone(self) -> bool:
        return self.process is None or self.process.poll() is not None


@dataclass
class Database(Part):
    """The embedded PostgreSQL."""

    server: Server = field(kw_only=True)
    ground: bool = True

    def prepare(self) -> None:
        self.server.prepare()

    def start(self) -> None:
        self.server.start()
        self.process = self.server.process

    def look(self) -> bool:
        return self.server.is_ready()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def force(self) -> None:
        """An immediate shutdown: the next start recovers, nothing committed is lost."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)


@dataclass
class Command(Part):
    """One of our own commands, forked from this process: it says by a pipe when it is ready."""

    words: Sequence[str] = field(kw_only=True)
    handed: Sequence[int] = ()
    pipe: int = -1

    def start(self) -> None:
        self._close_pipe()
        self.pipe, theirs = os.pipe()
        os.set_blocking(self.pipe, False)
        words = [*self.words, "--ready-fd", str(theirs), "--parent", str(os.getpid())]
        try:
            self.process = Forked(f"opora {self.words[0]}", partial(cli.main, words), kept=[theirs, *self.handed])
        finally:
            os.close(theirs)

    def look(self) -> bool:
        if not self.ready and self.pipe >= 0:
            try:
                self.ready = os.read(self.pipe, 100).startswith(b"ready")
            except BlockingIOError:
                return False
            self._close_pipe()
        return self.ready

    def _close_pipe(self) -> None:
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1


def own_command(*words: str) -> list[str]:
    """The command line of one of our commands."""
    return [sys.executable, "-m", "opora.config.cli", *words]


def own_environment() -> dict[str, str]:
    """Our environment, with the program importable from any folder."""
    paths = [str(_PROGRAM_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
