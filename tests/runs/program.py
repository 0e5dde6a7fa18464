"""The whole program in a state folder and on ports of its own, started and stopped as an operator would."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opora.config.embedded.server import processes_in
from tests.runs.waiting import is_alive, wait_until

CHECKOUT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without any setting of ours or of the test session."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPORA_", "DATABASE_", "DJANGO_"))}
    return {**kept, "PYTHONPATH": str(CHECKOUT), **more}


@dataclass
class Program:
    """One installation: its folder, ports and, while it runs, its supervisor."""

    state: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    mail_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "OPORA_STATE": str(self.state),
            "OPORA_LISTEN": f"127.0.0.1:{self.port}",
            "OPORA_MAIL_LISTEN": f"127.0.0.1:{self.mail_port}",
        }
        return clean_environment(**own | self.settings)

    @property
    def log(self) -> Path:
        return self.state.with_name(f"{self.state.name}.log")

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "opora.config.cli", *words],
            check=False,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            timeout=240,
            cwd="/",
        )

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A command that goes on, by default `up`; its words go to the log."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "opora.config.cli", *(words or ["up"])],
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
            )

    def up(self) -> None:
        """`opora up`, until all of it works."""
        self.process = self.start()
        self.wait_ready()
        wait_until(
            lambda: {"web", "mail", "worker"} <= set(self.children()), "all parts run, not only their last pulse"
        )

    def wait_ready(self, seconds: float = 240) -> None:
        def ready() -> bool:
            assert self.process is None or self.process.poll() is None, self.said()
            return self.get("/readyz?all=1")[0] == 200

        try:
            wait_until(ready, "the program works", seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}; it said:\n{self.said()}") from late

    def down(self, seconds: float = 30) -> int:
        """An ordinary stop; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self.process = None
        return code

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text; status 0 when nobody answers."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def doctor(self) -> dict[str, dict[str, Any]]:
        """The findings of `opora doctor --json` by subject."""
        return {finding["about"]: finding for finding in json.loads(self.run("doctor", "--json").stdout)}

    def children(self) -> dict[str, int]:
        """The process numbers of the running parts, by name; the database is `postgres`."""
        assert self.process is not None
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parent = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
                words = entry.joinpath("cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError, ValueError):
                continue
            if parent != self.process.pid or not is_alive(int(entry.name)):
                continue
            if words[0] == b"opora":
                found[words[1].decode()] = int(entry.name)
            elif words and words[0].endswith(b"/postgres"):
                found["postgres"] = int(entry.name)
        return found

    def leftovers(self) -> list[int]:
        """Live processes that still belong to this installation."""
        mark = f"OPORA_STATE={self.state}".encode()
        found = processes_in(self.state / "pg")
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environment = entry.joinpath("environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if mark in environment and is_alive(int(entry.name)):
                found.append(int(entry.name))
        return sorted(set(found))

    def end(self) -> None:
        """Whatever happened, leave nothing running."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        wait_until(lambda: not self.leftovers(), "nothing is left running")
