"""The ways to a host that are compared: direct, through OpenSSH's ProxyJump, through the gateway; and one who types."""

import os
import pty
import select
import subprocess
import time
import tty
from dataclasses import dataclass
from pathlib import Path

from tests.gateway.hosts import ACCOUNT
from tests.gateway.worlds import World

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Way:
    """The words of a client that leads to the host that way."""

    name: str
    words: list[str]
    environment: dict[str, str]

    def taken(self, command: str, *, terminal: bool) -> int:
        """Run a command and throw away what it says; returns how many bytes that was."""
        words = [self.words[0], "-tt" if terminal else "-T", *self.words[1:], command]
        running = subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert running.stdout is not None
        size = 0
        while got := os.read(running.stdout.fileno(), 1 << 20):
            size += len(got)
        running.wait()
        return size


def ways(here: World) -> list[Way]:
    """All three. The host lets the engineer's own key in for the first two; the jump goes over the same host."""
    (here.sshd.folder / "keys").write_text(here.key.with_suffix(".pub").read_text())
    gateway, environment = here.words()
    plain = ["-F", "none", "-i", str(here.key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    plain += ["-o", "LogLevel=ERROR", "-o", "EscapeChar=none"]
    port = str(here.sshd.port)
    jump = f"ssh {' '.join(plain)} -W %h:%p -p {port} {ACCOUNT}@127.0.0.1"
    target = ["-p", port, f"{ACCOUNT}@127.0.0.1"]
    return [
        Way("direct", ["ssh", *plain, *target], environment),
        Way("proxyjump", ["ssh", *plain, "-o", f"ProxyCommand={jump}", *target], environment),
        Way("gateway", ["ssh", "-o", "LogLevel=ERROR", *gateway[1:]], environment),
    ]


class Typist:
    """Types single letters at a terminal whose line discipline echoes them, and waits for each."""

    def __init__(self, way: Way) -> None:
        """Open the terminal: a program that reads and says nothing."""
        self._master, theirs = pty.openpty()
        tty.setraw(theirs)
        self._running = subprocess.Popen(
            [way.words[0], "-tt", *way.words[1:], "stty -icanon echo; echo ready; cat > /dev/null"],
            env=way.environment | {"TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> "Typist":
        """Wait until it is there."""
        seen = b""
        while b"ready" not in seen:
            seen += self._read()
        while select.select([self._master], [], [], 0.3)[0]:
            os.read(self._master, 65536)
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._running.kill()
        self._running.wait()
        os.close(self._master)

    def echoes(self, keys: int, *, pause: float = 0.003) -> list[float]:
        """Type so many keys, one after another, with a pause after each; the seconds until each was echoed."""
        told = []
        for _ in range(keys):
            began = time.perf_counter()
            os.write(self._master, b"x")
            self._read()
            told.append(time.perf_counter() - began)
            time.sleep(pause)
        return told

    def _read(self) -> bytes:
        if not select.select([self._master], [], [], 30)[0]:
            raise TimeoutError("no echo for half a minute")
        return os.read(self._master, 65536)


def cpu_of(process: "subprocess.Popen[bytes] | None") -> float:
    """Seconds of CPU a process has had, all its threads together (proc(5), stat)."""
    assert process is not None
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
