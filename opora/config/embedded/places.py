"""Where one embedded server keeps its things: data, programs, socket, log."""

import hashlib
import os
import shutil
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from opora.config.embedded.errors import EmbeddedTrouble
from opora.config.embedded.privileges import Way, can_enter

LONGEST_SOCKET_FOLDER = 80
"""A socket's whole path may have 107 bytes; its own name needs some of them."""

_ELSEWHERE = Path("/var/lib/opora")


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one server. `state` is the user's; `home` is where the server's own files lie, mostly the same."""

    state: Path
    home: Path
    sockets: Path

    @property
    def data(self) -> Path:
        return self.home / "pg"

    @property
    def engines(self) -> Path:
        return self.home / "engine"

    @property
    def log(self) -> Path:
        return self.home / "log" / "postgres.log"

    @property
    def lock(self) -> Path:
        return self.state / "pg.lock"

    @property
    def users_lock(self) -> Path:
        return self.state / "pg.users"

    @property
    def url_note(self) -> Path:
        return self.state / "pg.url"


def places_for(state: Path, way: Way) -> Places:
    """The places below the state folder `state`, made when missing. Raises EmbeddedTrouble."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    home = _home(state, way)
    return Places(state, home, socket_folder(home, way))


def _home(state: Path, way: Way) -> Path:
    """The state folder itself; only where an unprivileged server cannot enter it, a folder of its own elsewhere."""
    note = state / "pg.home"
    if note.exists():
        return Path(note.read_text(encoding="utf-8").strip())
    if can_enter(way, str(state)):
        return state
    if (state / "pg" / "PG_VERSION").exists():
        raise EmbeddedTrouble(
            f"The database in {state} was made by root, and now the server must run {way.name}, "
            "who cannot enter there. Allow user namespaces again, "
            f"open the way to {state} (chmod o+x), or set DATABASE_URL."
        )
    home = _ELSEWHERE / _mark(state)
    home.mkdir(parents=True, exist_ok=True, mode=0o755)
    if not can_enter(way, str(home)):
        raise EmbeddedTrouble(
            f"The server must run {way.name}, who can enter neither {state} nor {home}. "
            "Set OPORA_STATE to a folder which he can pass through, or set DATABASE_URL."
        )
    note.write_text(f"{home}\n", encoding="utf-8")
    return home


def socket_folder(home: Path, way: Way) -> Path:
    """A short folder that only its owner may enter: the same each time when possible, else a fresh one.

    Beside the data when the path is short and the disk knows sockets: there every command finds it, whatever private
    /tmp it was given.
    """
    for base, name in (
        (home, "run"),
        (Path("/run"), f"opora-{_mark(home)}"),
        (Path(os.environ.get("XDG_RUNTIME_DIR") or "/nowhere"), f"opora-{_mark(home)}"),
        (Path(tempfile.gettempdir()), f"opora-{os.geteuid()}-{_mark(home)}"),
    ):
        folder = base / name
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and _made_private(folder, way) and _takes_sockets(folder):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="opora-", dir="/tmp"))
    if way.uid != os.geteuid():
        os.chown(folder, way.uid, way.gid)
    return folder


def _made_private(folder: Path, way: Way) -> bool:
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, way.uid, way.gid)
    except FileExistsError:
        pass
    except OSError:
        return False
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077:
        return False
    if os.geteuid() == 0 and found.st_uid == 0 != way.uid:
        os.chown(folder, way.uid, way.gid)
        return True
    return found.st_uid == way.uid


def _takes_sockets(folder: Path) -> bool:
    """Some shared and network disks do not."""
    probe = folder / f".probe.{os.getpid()}"
    try:
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(str(probe))
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True


def give_to(folder: Path, way: Way) -> None:
    """As root, let `folder` with all it holds belong to whom the server runs as; a no-op when it does already."""
    if os.geteuid() != 0 or not folder.exists() or folder.stat().st_uid == way.uid:
        return
    for parent, _, files in os.walk(folder, topdown=False):
        for name in files:
            os.chown(Path(parent) / name, way.uid, way.gid, follow_symlinks=False)
        os.chown(parent, way.uid, way.gid)


def room_left(folder: Path) -> int:
    """Free bytes on the disk that holds `folder`."""
    return shutil.disk_usage(folder).free


def _mark(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:10]
