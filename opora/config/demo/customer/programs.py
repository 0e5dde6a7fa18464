"""The programs that can be the demo's customer host, best first: OpenSSH's server of this machine, the same unpacked from
Debian's package into a cache folder, and a stand-in of our own, which works wherever Python does.

Installs nothing and changes nothing of the machine's.
"""

import grp
import os
import pty
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from opora.config.supervisor.parts import own_environment

PLACES = ("/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd")
PACKAGES = ("openssh-server", "libwrap0")
PATIENCE = 12.0
"""Seconds for the fetching; who starts a demo waits for it."""
AGAIN_AFTER = timedelta(days=1)
QUICK = ("Acquire::Retries=0", "Acquire::http::Timeout=4", "Acquire::https::Timeout=4")
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Program:
    """A server: what people call it, the words that start it with a folder, an address and its listening port."""

    name: str
    words: Callable[[Path, tuple[str, int]], list[str]]
    environment: dict[str, str] = field(default_factory=dict)
    is_standin: bool = False


def candidates(*, at: datetime, say: Say) -> Iterator[Program]:
    """Yield what can be tried here, best first; the last one always is there. Fetches only when it comes to that."""
    reason = why_no_sshd()
    if reason:
        say(f"{reason}, so it cannot give a terminal")
    elif found := installed():
        yield Program("OpenSSH's server", lambda own, _: _sshd(found, own))
    elif root := unpacked(cache_folder() / "sshd", at=at, say=say):
        libraries = ":".join(sorted({str(one.parent) for one in root.rglob("*.so*")}))
        sshd = root / "usr/sbin/sshd"
        name = "OpenSSH's server, unpacked from Debian's package"
        yield Program(name, lambda own, _: _sshd(sshd, own), {"LD_LIBRARY_PATH": libraries})
    yield Program("a stand-in for a host", _standin, is_standin=True)


def installed() -> Path | None:
    """Return this machine's sshd."""
    found = next((place for place in PLACES if os.access(place, os.X_OK)), None) or shutil.which("sshd")
    return Path(found) if found else None


def why_no_sshd() -> str:
    """Return why OpenSSH's server could not work as this user here; "" when it can.

    An ordinary user's sshd must give each terminal to the group of terminals, which not every machine lets it.
    """
    if os.geteuid() == 0:
        return ""
    with suppress(KeyError, OSError):
        group = grp.getgrnam("tty").gr_gid
        ours, theirs = pty.openpty()
        try:
            if os.fstat(theirs).st_gid != group:
                os.fchown(theirs, -1, group)
        except PermissionError:
            return "here OpenSSH's server of an ordinary user may not give terminals to their group"
        finally:
            os.close(ours)
            os.close(theirs)
    return ""


def unpacked(cache: Path, *, at: datetime, say: Say) -> Path | None:
    """Return the folder where Debian's package lies unpacked, fetched once; None where that cannot be."""
    root = cache / "root"
    if (root / "usr/sbin/sshd").exists():
        return root
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb") or _failed_lately(cache / "failed", at):
        return None
    say("fetching OpenSSH's server from this system's packages, once; nothing is installed")
    cache.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        try:
            _fetch(Path(folder))
            with suppress(OSError):  # somebody else has just put it there
                (Path(folder) / "root").rename(root)
        except (OSError, subprocess.SubprocessError):
            say("it could not be fetched")
            (cache / "failed").touch()
    return root if (root / "usr/sbin/sshd").exists() else None


def _fetch(folder: Path) -> None:
    """Raises OSError, SubprocessError."""
    _do(folder, "apt-get", "-q", *(word for one in QUICK for word in ("-o", one)), "download", *PACKAGES)
    for package in folder.glob("*.deb"):
        _do(folder, "dpkg-deb", "-x", str(package), str(folder / "root"))


def _do(folder: Path, *words: str) -> None:
    quiet = subprocess.DEVNULL
    subprocess.run(words, cwd=folder, check=True, timeout=PATIENCE, stdin=quiet, stdout=quiet, stderr=quiet)  # noqa: S603


def _failed_lately(note: Path, at: datetime) -> bool:
    return note.exists() and at.timestamp() - note.stat().st_mtime < AGAIN_AFTER.total_seconds()


def cache_folder() -> Path:
    """Return the folder in which the launcher keeps what it fetched, for every checkout of this user."""
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen) / "opora"
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if os.access(home / ".cache", os.W_OK) or os.access(home, os.W_OK):
        return home / ".cache" / "opora"
    return Path(tempfile.gettempdir()) / f"opora-{os.getuid()}"


def _sshd(program: Path, folder: Path) -> list[str]:
    more = []
    for option, name in (("SshdSessionPath", "sshd-session"), ("SshdAuthPath", "sshd-auth")):
        piece = program.parents[1] / "lib/openssh" / name  # releases from 9.8 on are of several programs
        if program.parents[2] != Path("/") and piece.exists():
            more += ["-o", f"{option}={piece}"]
    dies = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    return [*dies, *_with_its_user(folder), str(program), "-D", "-e", "-f", str(folder / "config"), *more]


def _with_its_user(folder: Path) -> list[str]:
    """The words that let a sshd of root's see the user it steps down to, who comes with the package installed.

    Only it and its shells see this list of users; in it root is at home in the scratch folder.
    """
    if os.geteuid() != 0 or any(one.pw_name == "sshd" for one in pwd.getpwall()):
        return []
    users, home = folder / "passwd", folder / "home"
    home.mkdir(exist_ok=True, mode=0o700)
    known = [(*one[:5], str(home), one[6]) if one.pw_uid == 0 else tuple(one) for one in pwd.getpwall()]
    known.append(("sshd", "x", 64999, 65534, "", "/run/sshd", "/usr/sbin/nologin"))
    users.write_text("".join(":".join(map(str, one)) + "\n" for one in known), encoding="utf-8")
    return ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/passwd && exec "$@"', str(users)]


def _standin(folder: Path, address: tuple[str, int]) -> list[str]:
    host, port = address
    return [sys.executable, "-m", "opora.config.demo.customer.standin", str(folder), host, str(port), str(os.getpid())]


def standins_environment() -> dict[str, str]:
    """Return the environment in which the stand-in finds its program."""
    return own_environment()
