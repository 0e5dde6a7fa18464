"""A server for a test session: in memory, without fsync, gone with whoever started it, also after `kill -9`."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from opora.config.embedded.engine import find_engine
from opora.config.embedded.holding import Held, hold
from opora.config.embedded.places import Places
from opora.config.embedded.privileges import choose_way
from opora.config.embedded.server import QUICK, Server, processes_in

_PREFIX = "opora-throwaway-"
_MEMORY = Path("/dev/shm")  # noqa: S108
_SWEEPER = 'read x; for i in $(seq 100); do pgrep -f -- "-D $1/pg" >/dev/null || break; sleep 0.1; done; rm -rf -- "$1"'


@contextmanager
def throwaway(
    *, chosen: str = "", namespaces: bool = True, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A running server with an empty database; everything of it goes with the block or with this process."""
    base = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    with hold(folder / "hold", "a throw-away server"):
        sweeper = _watch(folder)
        server = None
        try:
            server = _started(folder, chosen, namespaces, settings or {})
            yield server
        finally:
            if server is not None:
                server.stop()
            shutil.rmtree(folder, ignore_errors=True)
            sweeper.communicate(b"\n")


def _started(folder: Path, chosen: str, namespaces: bool, settings: Mapping[str, str]) -> Server:
    way = choose_way(namespaces=namespaces)
    folder.chmod(0o711)
    sockets = folder / "s"
    sockets.mkdir(mode=0o700)
    os.chown(sockets, way.uid, way.gid)
    places = Places(folder, folder, sockets)
    server = Server(places, find_engine(places.engines, chosen=chosen), way, {**QUICK, **settings})
    server.prepare()
    server.start()
    try:
        server.wait_ready()
        server.make_database()
    except BaseException:
        server.stop()
        raise
    return server


def sweep(base: Path) -> None:
    """Remove what killed sessions of ours left in `base`."""
    for folder in base.glob(f"{_PREFIX}*"):
        with suppress(OSError, Held):
            if folder.stat().st_uid != os.geteuid() or not (folder / "hold").exists() or processes_in(folder / "pg"):
                continue
            with hold(folder / "hold", "sweeping"):
                shutil.rmtree(folder, ignore_errors=True)


def _watch(folder: Path) -> subprocess.Popen[bytes]:
    """A shell that removes the folder when its end of the pipe closes, that is, when we are gone."""
    return subprocess.Popen(  # noqa: S603
        ["sh", "-c", _SWEEPER, "sh", str(folder)],  # noqa: S607
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
