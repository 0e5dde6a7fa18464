"""Ledger and signer as processes of their own, as they run: started by the command line, killed as anything can be."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Running:
    """One of the gateway's processes, alive within the block."""

    name: str
    state: Path
    more: dict[str, str] = field(default_factory=dict)
    before: Sequence[str] = ()
    """Words before its own, that make it another user's."""

    def __enter__(self) -> "Running":
        """Start it and wait until it answers."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it at once."""
        self.kill()

    def start(self) -> None:
        """Start it and wait until it answers."""
        read, write = os.pipe()
        words = self.state.parent / f"{self.name}.said"
        with words.open("ab") as said:
            self.process = subprocess.Popen(
                [*self.before, sys.executable, "-m", "opora.config.cli", self.name, "--ready-fd", str(write)],
                env={**os.environ, "OPORA_GATEWAY_STATE": str(self.state), **self.more},
                pass_fds=[write],
                stderr=said,
            )
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            told = pipe.read()
        assert told == b"ready\n", words.read_text()

    def kill(self) -> None:
        """End it as a power cut ends it, for the process."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)
