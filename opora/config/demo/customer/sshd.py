"""The demo customer's host in a folder of its own: it listens on loopback and lets in only whom our signer vouches for.

It runs as whoever runs the demo, so that is the only login it has. What program it is, `programs` says; where the better one
does not work, the next is tried.
"""

import getpass
import os
import signal
import socket
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opora.config.children import Stop
from opora.config.demo.customer.programs import Program, standins_environment
from opora.desk.kernel.clock import monotonic

HOST = "web1"
PATIENCE = 15.0


class NoServer(Exception):
    """No program works here as a host; the text says what each of them said."""


def beyond_loopback(*addresses: str) -> str:
    """Return the first of these hosts that others than this machine could reach; "" when there is none.

    Who reaches the demo's pages can sign in by the password that everybody knows, and work on the host.
    """
    for one in addresses:
        try:
            inside = one == "localhost" or ip_address(one.strip("[]")).is_loopback
        except ValueError:
            inside = False
        if not inside:
            return one
    return ""


def login() -> str:
    """Return the only name under which the host can be entered: whoever runs the demo."""
    return getpass.getuser()


def level() -> str:
    """Return the access of the demo's window: as root there is only root to log in as, and that is full rights."""
    return "superuser" if os.getuid() == 0 else "user"


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
        """Take its folder and where it listens, on loopback only; makes its host key. Raises NoServer."""
        if outside := beyond_loopback(address[0]):
            raise NoServer(f"the customer's host would listen on {outside}, where others reach it")
        self._folder = folder
        self.address = address
        self.host_key = key_pair(folder / "host_key")
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, programs: Iterable[Program], *, authority: str, principals: Sequence[str], stop: Stop
    ) -> Program | None:
        """Run the first that works, and return it; None when stopped meanwhile. Raises NoServer.

        It lets in those with a certificate of the authority for one of the principals.
        """
        (self._folder / "ca.pub").write_text(authority.strip() + "\n", encoding="utf-8")
        (self._folder / "principals").write_text("".join(f"{name}\n" for name in principals), encoding="utf-8")
        (self._folder / "config").write_text(self._config(), encoding="utf-8")
        said = []
        for program in programs:
            if self._works(program, stop):
                return program
            if stop.is_set():
                return None
            words = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
            said.append(f"{program.name} did not start: {words[-500:].strip()}")
        raise NoServer("\n".join(said))

    def _works(self, program: Program, stop: Stop) -> bool:
        """Start it and wait until it listens."""
        if os.getuid() == 0 and not program.is_standin:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where a sshd of root's shuts itself in
        environment = standins_environment() if program.is_standin else {**os.environ, **program.environment}
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                program.words(self._folder, self.address),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        end = monotonic() + PATIENCE
        while not self._listens():
            if self._process.poll() is not None or monotonic() > end or stop.wait(0.05):
                self.end()
                return False
        return True

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
        self._process = None

    def _listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(self.address) == 0

    def _config(self) -> str:
        host, port = self.address
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
