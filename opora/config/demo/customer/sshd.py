"""OpenSSH's own server in a folder, for the demo's customer: it listens on loopback and lets in only whom our signer vouches for.

It runs as whoever runs the demo, so that is the only login it has. Where this machine has no sshd there is no host.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opora.config.children import Stop
from opora.desk.kernel.clock import monotonic

PLACES = ("/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd")
PATIENCE = 15.0


class NoServer(Exception):
    """There is no sshd here, or it does not start; the text says what to do."""


def program() -> Path:
    """Return this machine's sshd. Raises NoServer."""
    found = next((Path(place) for place in PLACES if os.access(place, os.X_OK)), None) or shutil.which("sshd")
    if found is None:
        raise NoServer("this machine has no sshd: install openssh-server to try watched work here")
    return Path(found)


def login() -> str:
    """Return the only name under which the host can be entered: whoever runs the demo."""
    return getpass.getuser()


def key_pair(place: Path) -> str:
    """Return the public half of the key in a file, which is made when there is none."""
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        private = Ed25519PrivateKey.generate()
        form = serialization.PrivateFormat.OpenSSH
        written = private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(written)
    read = serialization.load_ssh_private_key(place.read_bytes(), None)
    openssh = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return read.public_key().public_bytes(*openssh).decode()


class Server:
    """The running server."""

    def __init__(self, folder: Path, address: tuple[str, int]) -> None:
        """Take its folder and where it listens; makes its host key."""
        self._folder = folder
        self._address = address
        self.host_key = key_pair(folder / "host_key")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, authority: str, principals: Sequence[str], stop: Stop) -> None:
        """Let in those with a certificate of the authority for one of the principals. Raises NoServer."""
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where a sshd of root's shuts itself in
        (self._folder / "ca.pub").write_text(authority.strip() + "\n", encoding="utf-8")
        (self._folder / "principals").write_text("".join(f"{name}\n" for name in principals), encoding="utf-8")
        (self._folder / "config").write_text(self._config(), encoding="utf-8")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [str(program()), "-D", "-e", "-f", str(self._folder / "config")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = monotonic() + PATIENCE
        while not self._listens():
            if self._process.poll() is not None or monotonic() > end:
                words = (self._folder / "log").read_text(encoding="utf-8", errors="replace")[-500:]
                raise NoServer(f"sshd did not start:\n{words}")
            if stop.wait(0.05):
                return

    def end(self) -> None:
        """End it and whoever it has let in."""
        if self._process is None:
            return
        for child in _descendants(self._process.pid):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(self._address) == 0

    def _config(self) -> str:
        host, port = self._address
        return f"""ListenAddress {host}
Port {port}
HostKey {self._folder / "host_key"}
PidFile none
TrustedUserCAKeys {self._folder / "ca.pub"}
AuthorizedPrincipalsFile {self._folder / "principals"}
AuthorizedKeysFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PrintMotd no
AllowUsers {login()}
LogLevel VERBOSE
Subsystem sftp internal-sftp
"""


def _descendants(parent: int) -> list[int]:
    """The processes below one, as far as this system tells (Linux does): a session's shell is in no group of ours."""
    below: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            fields = place.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            below.setdefault(int(fields[1]), []).append(int(place.parent.name))
    found, todo = [], [parent]
    while todo:
        children = below.get(todo.pop(), [])
        found += children
        todo += children
    return found
