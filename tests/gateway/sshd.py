"""A real OpenSSH server in a folder of its own, on a free port of loopback, for whoever runs the tests.

Taken from the system, or unpacked from Debian's package into a cache folder; where neither can be had the tests that need it are
skipped with those words.
"""

import getpass
import os
import pwd
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tests.unpacked import NotHere, unpacked

CACHE = Path(os.environ.get("OPORA_TEST_SSHD") or Path(tempfile.gettempdir()) / f"opora-sshd-{os.getuid()}")
PACKAGES = ("openssh-server", "openssh-sftp-server", "libwrap0")
PATIENCE = 30.0


@lru_cache(1)
def programs() -> tuple[Path, Path, dict[str, str]]:
    """Return sshd, its sftp-server, and the environment they want. Raises NotHere."""
    for sftp in ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server"):
        if Path("/usr/sbin/sshd").exists() and Path(sftp).exists():
            return Path("/usr/sbin/sshd"), Path(sftp), {}
    root = unpacked(CACHE, PACKAGES, holding=("usr/sbin/sshd",))
    found = {str(path.parent) for path in root.rglob("libwrap.so*")}
    return root / "usr/sbin/sshd", root / "usr/lib/openssh/sftp-server", {"LD_LIBRARY_PATH": ":".join(found)}


def why_not() -> str:
    """Why there is no server here, for a skip's reason; empty when there is."""
    try:
        sshd, _, more = programs()
        subprocess.run([sshd, "-?"], env={**os.environ, **more}, capture_output=True, check=False)
    except (NotHere, OSError) as error:
        return str(error)
    return ""


@dataclass
class RealSshd:
    """A running server. `login` may enter with a certificate of `authority` for one of `principals`, or with a listed key."""

    folder: Path
    authority: str = ""
    principals: Sequence[str] = ()
    authorized_keys: Sequence[str] = ()
    more: Sequence[str] = ()
    login: str = field(default_factory=getpass.getuser)
    port: int = 0

    def __enter__(self) -> "RealSshd":
        """Start it and wait until it takes connections."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        key = self.folder / "host_key"
        if not key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        self._write_config()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it and whoever it serves."""
        self.stop()

    @property
    def host_key(self) -> str:
        """The public host key's line."""
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    @property
    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start on the port it has (a free one at first)."""
        sshd, _, more = programs()
        end = time.monotonic() + PATIENCE
        while True:
            with (self.folder / "log").open("a") as log:
                self.process = subprocess.Popen(
                    [
                        *self._inside(),
                        sshd,
                        "-D",
                        "-e",
                        "-f",
                        str(self.folder / "config"),
                        "-p",
                        str(self._free_port()),
                    ],
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, **more},
                    start_new_session=True,
                )
            while self.process.poll() is None:
                with socket.socket() as trial:
                    if trial.connect_ex(("127.0.0.1", self.port)) == 0:
                        return
                assert time.monotonic() < end, self.log
                time.sleep(0.02)
            assert time.monotonic() < end, self.log
            self.port = 0

    def stop(self) -> None:
        """End it, and the processes of those it has let in."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _inside(self) -> list[str]:
        """The words before it that let it see the user it parts its rights with, who comes with the package installed."""
        if os.getuid() or "sshd" in {user.pw_name for user in pwd.getpwall()}:
            return []
        users = self.folder / "passwd"
        users.write_text(Path("/etc/passwd").read_text() + "sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin\n")
        return ["unshare", "-m", "sh", "-c", f'mount --bind {users} /etc/passwd && exec "$@"', "sh"]

    def _free_port(self) -> int:
        if not self.port:
            with socket.socket() as trial:
                trial.bind(("127.0.0.1", 0))
                self.port = trial.getsockname()[1]
        return self.port

    def _write_config(self) -> None:
        _, sftp, _ = programs()
        (self.folder / "authority.pub").write_text(self.authority + "\n")
        (self.folder / "principals").write_text("".join(f"{name}\n" for name in self.principals))
        (self.folder / "authorized_keys").write_text("".join(f"{line}\n" for line in self.authorized_keys))
        lines = [
            "ListenAddress 127.0.0.1",
            f"HostKey {self.folder}/host_key",
            "PidFile none",
            "UsePAM no",
            "StrictModes no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password",
            f"AuthorizedKeysFile {self.folder}/authorized_keys",
            f"Subsystem sftp {sftp}",
            "LogLevel VERBOSE",
            *self.more,
        ]
        if self.authority:
            lines += [
                f"TrustedUserCAKeys {self.folder}/authority.pub",
                f"AuthorizedPrincipalsFile {self.folder}/principals",
            ]
        (self.folder / "config").write_text("\n".join(lines) + "\n")
