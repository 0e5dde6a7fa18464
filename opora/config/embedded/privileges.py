"""How PostgreSQL may run here: it refuses to run as root, and we refuse to make users for it.

As root it runs in a user namespace, where root is called 1000: files stay root's and folders stay shut. Where a
container forbids namespaces, it runs as an existing unprivileged user. Not as root, it runs as it is.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

from opora.config.embedded.errors import EmbeddedTrouble

_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_DIES_WITH_US = ("setpriv", "--pdeathsig", "INT")


@dataclass(frozen=True, slots=True)
class Way:
    """Words to put before a command, and who then owns its files as seen from outside."""

    name: str
    words: tuple[str, ...]
    uid: int
    gid: int

    def command(self, *words: str) -> list[str]:
        return [*self.words, *words]


def choose_way(*, namespaces: bool = True) -> Way:
    """The way for this user on this machine; `namespaces=False` leaves them out. Raises EmbeddedTrouble."""
    if os.geteuid() != 0:
        words = _DIES_WITH_US if shutil.which("setpriv") else ()
        return Way("directly", words, os.geteuid(), os.getegid())
    if not shutil.which("setpriv"):
        raise EmbeddedTrouble(
            "PostgreSQL does not run as root, and `setpriv` (package util-linux) is not here to step down with. "
            "Install it, run as an ordinary user, or set DATABASE_URL."
        )
    inside = Way("in a user namespace", (*_NAMESPACE, *_DIES_WITH_US), 0, 0)
    if namespaces and shutil.which("unshare") and _works(inside):
        return inside
    return _other_user()


def _other_user() -> Way:
    for name in ("opora", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        words = (
            "setpriv",
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
            "--pdeathsig",
            "INT",
        )
        way = Way(f"as user {name}", words, user.pw_uid, user.pw_gid)
        if _works(way):
            return way
    raise EmbeddedTrouble(
        "PostgreSQL does not run as root, and this machine lets us neither use a user namespace "
        "nor become an unprivileged user. Run as an ordinary user, or set DATABASE_URL."
    )


def _works(way: Way) -> bool:
    return subprocess.run(way.command("true"), capture_output=True, check=False, timeout=60).returncode == 0  # noqa: S603


def can_enter(way: Way, folder: str) -> bool:
    """Whether a program run this way may pass through `folder`."""
    words = way.command("test", "-x", folder)
    return subprocess.run(words, capture_output=True, check=False, timeout=60).returncode == 0  # noqa: S603
