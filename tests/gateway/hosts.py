"""A customer's host for the tests: a real OpenSSH server on loopback, run without privileges, with a home of its own.

Run as root it is given an account of its own by a passwd file that only its mount namespace sees; run by anybody else it
lets in the very user who runs the tests. Where that cannot be had, `why_not` says why and the tests are skipped with it.
"""

import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tests.email.mail_programs import free_port, wait_for
from tests.gateway import sshd

IS_ROOT = os.getuid() == 0
ACCOUNT = "worker" if IS_ROOT else pwd.getpwuid(os.getuid()).pw_name
NUMBER = 61_000 + os.getpid() % 4_000 if IS_ROOT else os.getuid()
"""Another one for each process that runs tests: what lives under it is nobody else's."""


@lru_cache(1)
def why_not() -> str:
    """Why there can be no host here; "" when there can."""
    for program in ("ssh", "ssh-keygen", *(("unshare", "setpriv") if IS_ROOT else ())):
        if not shutil.which(program):
            return f"{program} is not installed"
    if reason := sshd.why_not():
        return reason
    if IS_ROOT:
        tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, text=True, check=False)
        if tried.returncode:
            return f"no mount namespace can be made: {tried.stderr.strip()}"
    return ""


def make_key(path: Path, *words: str) -> Path:
    """A new key without a passphrase."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path), *words], check=True
    )
    return path


@dataclass
class Sshd:
    """The server in a folder that its account may pass through. `authority` is the public key of the CA it trusts."""

    folder: Path
    authority: str
    principals: str = "opora-7-superuser"
    port: int = field(default_factory=free_port)
    extra: str = ""
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "Sshd":
        """Run it. Raises TimeoutError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home = self.folder / "home"
        self.home.mkdir(exist_ok=True)
        key = make_key(self.folder / "host_key")
        self.host_key = " ".join(key.with_suffix(".pub").read_text().split()[:2])
        (self.folder / "ca.pub").write_text(self.authority + "\n")
        (self.folder / "principals").write_text(self.principals + "\n")
        (self.folder / "keys").write_text("")
        (self.folder / "conf").write_text(self._configuration())
        (self.folder / "passwd").write_text(
            Path("/etc/passwd").read_text() + f"{ACCOUNT}:x:{NUMBER}:{NUMBER}::{self.home}:/bin/bash\n"
        )
        for path in (self.folder, self.home, *self.folder.iterdir()):
            if IS_ROOT:
                os.chown(path, NUMBER, NUMBER)
        program, _, more = sshd.programs()
        self._process = subprocess.Popen(
            [*self._inside(), str(program), "-D", "-e", "-f", str(self.folder / "conf")],
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
            start_new_session=True,
        )
        try:
            wait_for(self.port)
        except TimeoutError as trouble:
            raise TimeoutError(self.said()) from trouble
        return self

    def said(self) -> str:
        """Its log."""
        return (self.folder / "log").read_text()

    def stop(self) -> None:
        """End it; sessions end with their connections."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _inside(self) -> list[str]:
        dies = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        if not IS_ROOT:
            return dies
        script = f'mount --bind {self.folder}/passwd /etc/passwd && exec "$@"'
        # The server gives each terminal to the group of terminals, which only its members may.
        groups = ["--groups", str(grp.getgrnam("tty").gr_gid)]
        drop = ["setpriv", "--reuid", str(NUMBER), "--regid", str(NUMBER), *groups, *dies[1:]]
        return [*dies, "unshare", "-m", "sh", "-c", script, "sh", *drop]

    def _configuration(self) -> str:
        return f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.folder}/host_key
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
TrustedUserCAKeys {self.folder}/ca.pub
AuthorizedPrincipalsFile {self.folder}/principals
AuthorizedKeysFile {self.folder}/keys
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
MaxStartups 100
LogLevel VERBOSE
{self.extra}
"""
