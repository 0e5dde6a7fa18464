"""Watched work, step by step: Boris works on Clara's host by the real ssh, she takes the record away, and it verifies.

On a machine without ssh or sshd the steps say so; nothing of it can be tried there.
"""

import io
import re
import shlex
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from opora.config.demo.checking.browser import Browser
from opora.config.demo.checking.job import NotSeen
from opora.config.demo.checking.running import Demo
from opora.config.supervisor.parts import own_command
from opora.desk.kernel.clock import monotonic
from opora.desk.web.catcher.visitors import PASSWORD

PATIENCE = 40.0


class WatchedWork:
    """One stay on the customer's host."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.clara = Browser(demo.site)
        self.ticket = 0
        self.ssh: list[str] = []
        self.window = self.session = ""
        self.bundle = demo.folder / "record.zip"

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Every step with its name, in order; one word where it cannot be tried."""
        if missing := self._missing():
            return [("work on Clara's host, watched", lambda: f"not tried: {missing}")]
        return [
            ("Clara finds the window she confirmed for today", self.clara_sees_the_window),
            ("Boris works on her host through the gateway, by the real ssh", self.boris_works),
            ("ssh with a forwarded port is refused", self.forwarding_is_refused),
            ("Clara finds what was done, and takes the record away", self.clara_takes_the_record),
            ("opora verify finds it whole", self.it_verifies),
            ("a flipped byte is named", self.a_flipped_byte_is_named),
        ]

    def clara_sees_the_window(self) -> str:
        note = (self.demo.folder / "state" / "people" / "how-to").read_text(encoding="utf-8").splitlines()
        self.ticket, self.ssh = int(note[0]), shlex.split(note[1])
        door = self.clara.get("/sign-in/password/")
        self.clara.send(door, door.form(having="password"), email="clara@northwind.example", password=PASSWORD)
        page = self.clara.get(f"/requests/{self.ticket}")
        found = re.search(r'href="(/watched/\d+)"', page.html)
        if found is None:
            raise NotSeen(f"no window stands on the request: {page.text[:500]}")
        self.window = found[1]
        return f"T-{self.ticket}: {self.window}"

    def boris_works(self) -> str:
        end = monotonic() + PATIENCE
        while True:
            done = self._run("echo watched by $((6 * 7)) eyes")
            if "watched by 42 eyes" in done.stdout:
                return f"$ {' '.join(self.ssh[-1:])}: {done.stdout.strip()}"
            if monotonic() > end:
                raise NotSeen(f"ssh ended with {done.returncode}: {done.stdout[-500:]} {done.stderr[-800:]}")
            time.sleep(1.0)

    def forwarding_is_refused(self) -> str:
        done = self._run("true", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:9")
        if done.returncode == 0:
            raise NotSeen("a port of the host was forwarded")
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"ssh ended with {done.returncode}"

    def clara_takes_the_record(self) -> str:
        end = monotonic() + PATIENCE
        while monotonic() < end:
            page = self.clara.get(self.window)
            found = re.search(r'href="(/watched/sessions/\d+)"', page.html)
            if found:
                self.session = found[1]
                taken = self.clara.get(f"{self.session}/record.zip")
                if taken.status == 200 and zipfile.is_zipfile(io.BytesIO(taken.octets)):
                    self.bundle.write_bytes(taken.octets)
                    return f"{self.session}: {len(taken.octets)} bytes"
            time.sleep(0.5)
        raise NotSeen("no record could be taken away")

    def it_verifies(self) -> str:
        done = self._verify(self.bundle)
        if done.returncode != 0:
            raise NotSeen(f"opora verify ended with {done.returncode}: {done.stdout[-800:]}")
        return done.stdout.strip().splitlines()[-1]

    def a_flipped_byte_is_named(self) -> str:
        changed = self.demo.folder / "changed.zip"
        with zipfile.ZipFile(self.bundle) as whole, zipfile.ZipFile(changed, "w") as copy:
            for name in whole.namelist():
                piece = bytearray(whole.read(name))
                if name == "session.frames":
                    piece[len(piece) // 2] ^= 1
                copy.writestr(name, bytes(piece))
        done = self._verify(changed)
        if done.returncode != 1 or "frame" not in done.stdout:
            raise NotSeen(f"opora verify ended with {done.returncode}: {done.stdout[-800:]}")
        return done.stdout.strip().splitlines()[-1]

    def _missing(self) -> str:
        if shutil.which("ssh") is None:
            return "this machine has no ssh"
        note: Path = self.demo.folder / "state" / "people" / "how-to"
        return "" if note.exists() else "this machine has no sshd for the customer's host"

    def _run(self, command: str, *options: str) -> "subprocess.CompletedProcess[str]":
        line = [*self.ssh[:-1], "-F", "none", "-o", "BatchMode=no", *options, self.ssh[-1], command]
        return subprocess.run(  # noqa: S603
            line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def _verify(self, bundle: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603
            own_command("verify", str(bundle)),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env=self.demo.environment,
        )
