"""A demo of its own in a folder that goes with it: started, waited for, and stopped to the last process."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from opora.config.demo.command import environment, free_port
from opora.config.supervisor.parts import own_command, own_environment
from opora.desk.kernel.clock import monotonic

QUIET_PATIENCE = 120.0
"""Seconds in which a demo that still says how far it is must say something new; a slow machine may take its time."""
STOP_PATIENCE = 20.0
WORD_EVERY = 3.0
Say = Callable[[str], object]


class Trouble(Exception):
    """The demo could not be started or stopped; the text says how far it came."""


class Demo:
    """A running demo."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder = folder
        self.say = say
        web, mail = free_port(0), free_port(0)
        clean = {name: value for name, value in own_environment().items() if not _is_ours(name)}
        own = {"OPORA_STATE": str(folder / "state"), "OPORA_LISTEN": f"127.0.0.1:{web}"}
        own |= {"OPORA_MAIL_LISTEN": f"127.0.0.1:{mail}", "OPORA_SITE_URL": f"http://127.0.0.1:{web}"}
        self.environment = environment(still=True, given=clean | own)
        self.site, self.mail = f"http://127.0.0.1:{web}", ("127.0.0.1", mail)
        self.log = folder / "demo.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when the whole of it works. Raises Trouble."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603
                own_command("demo", "--still"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )
        last, told, heard, since, word = "", "", monotonic(), monotonic(), monotonic() + WORD_EVERY
        while not self._is_ready():
            if (words := self.words()) != last:
                last, heard = words, monotonic()
            if self.process.poll() is not None or monotonic() > heard + QUIET_PATIENCE:
                raise Trouble(f"the demo did not start:\n{words[-3000:]}")
            if monotonic() > word:
                word = monotonic() + WORD_EVERY
                newest = (words.strip().splitlines() or ["starting"])[-1]
                self.say(newest if newest != told else f"{newest} ({monotonic() - since:.0f} s)")
                if newest != told:
                    told, since = newest, monotonic()
            time.sleep(0.2)

    def stop(self) -> float:
        """Ask it to stop, as Ctrl+C does; the seconds it took. Raises Trouble when something stays behind."""
        if self.process is None:
            return 0.0
        began = monotonic()
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise Trouble(f"it did not stop within {STOP_PATIENCE:.0f} s") from None
        took = monotonic() - began
        if left := self.left_behind():
            raise Trouble(f"processes were left behind: {left}")
        return took

    def words(self) -> str:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def left_behind(self) -> list[str]:
        """Processes that still belong to this demo: their environment names its folder."""
        mark = f"OPORA_STATE={self.folder}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if int(entry.name) != os.getpid() and mark in (entry / "environ").read_bytes():
                    found.append(f"{entry.name} {(entry / 'cmdline').read_bytes().replace(bytes(1), b' ').decode()}")
        return found

    def _is_ready(self) -> bool:
        if "Borea Cloud is open" not in self.words():
            return False
        try:
            with build_opener(ProxyHandler({})).open(f"{self.site}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder nobody else can read, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="opora-check-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_ours(name: str) -> bool:
    return name.startswith(("OPORA_", "DATABASE_")) and name != "OPORA_PG_BIN"
