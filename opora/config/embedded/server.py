"""One embedded server: made ready, started as our direct child, waited for, stopped.

`postgres` itself is the child (not pg_ctl), so a kill leaves no stray process, and it gets SIGINT from the kernel when
we die. Start it from the main thread: the kernel's signal comes when the *thread* that started it ends.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from opora.config.embedded.engine import Engine, find_engine
from opora.config.embedded.errors import EmbeddedTrouble
from opora.config.embedded.places import Places, give_to, places_for, room_left
from opora.config.embedded.privileges import Way, choose_way
from opora.desk.kernel.clock import monotonic

USER = "opora"
DATABASE = "opora"
_LEAST_ROOM = 200 * 1024 * 1024
_LARGEST_LOG = 10 * 1024 * 1024
_BUILTIN_LOCALE_SINCE = 17

SAFE: Mapping[str, str] = {"shared_buffers": "128MB", "max_connections": "120", "join_collapse_limit": "3"}
"""Settings of a server whose data matters.

Our joins are written in the order they should be made (one ticket or fifty, then their relations); trying every other
order costs the planner four times what the whole statement costs otherwise.
"""
QUICK: Mapping[str, str] = {
    "shared_buffers": "64MB",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
"""Settings of a server that is thrown away."""


@dataclass
class Server:
    """A server in its places. `process` is our child while it runs."""

    places: Places
    engine: Engine
    way: Way
    settings: Mapping[str, str] = field(default_factory=lambda: SAFE)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return url_of(self.places.sockets, port=self.settings.get("port", ""))

    def prepare(self) -> None:
        """Make the data folder when it is missing and clear what a killed server left. Raises EmbeddedTrouble."""
        give_to(self.places.data, self.way)
        if (self.places.data / "PG_VERSION").exists():
            clear_leftovers(self.places.data)
        else:
            make_cluster(self.places, self.engine, self.way, sync=self.settings is SAFE)

    def command(self) -> list[str]:
        """The command line of the server."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.places.sockets),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            **self.settings,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return self.way.command(self.engine.program("postgres"), "-D", str(self.places.data), *words)

    def start(self) -> None:
        """Start the child; returns at once. Call it in the main thread."""
        self.places.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _turn_over(self.places.log)
        with self.places.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment(),
                cwd="/",
            )

    def is_ready(self) -> bool:
        """Whether our child (not a stale file of an earlier one) says it is ready."""
        lines = _pid_file(self.places.data)
        return (
            self.process is not None and len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7] == "ready"
        )

    def wait_ready(self, seconds: float = 60, *, going: Callable[[], bool] = lambda: True) -> None:
        """Return when it takes connections; crash recovery may take a while. Raises EmbeddedTrouble."""
        end = monotonic() + seconds
        while not self.is_ready():
            if self.process is None or self.process.poll() is not None:
                raise EmbeddedTrouble(f"PostgreSQL stopped while starting. Its last words:\n{self.last_words()}")
            if monotonic() > end or not going():
                raise EmbeddedTrouble(
                    f"PostgreSQL is not ready after {seconds:.0f} s. Its last words:\n{self.last_words()}"
                )
            time.sleep(0.02)

    def make_database(self) -> None:
        """Make our database when it is missing."""
        import psycopg

        with psycopg.connect(
            url_of(self.places.sockets, "postgres", port=self.settings.get("port", "")), autocommit=True
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def note_url(self) -> None:
        """Leave the address where the settings look for it."""
        aside = self.places.url_note.with_suffix(f".{os.getpid()}")
        aside.write_text(f"{self.url}\n", encoding="utf-8")
        aside.replace(self.places.url_note)

    def stop(self, seconds: float = 8) -> None:
        """Fast shutdown; after `seconds` an immediate one (recovery at the next start loses nothing)."""
        if self.process is None:
            return
        for word, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if self.process.poll() is None:
                self.process.send_signal(word)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
                break
        self.process = None

    def last_words(self, lines: int = 6) -> str:
        """The end of the server's log."""
        with suppress(OSError):
            text = self.places.log.read_text(encoding="utf-8", errors="replace")
            return "\n".join(text.splitlines()[-lines:])
        return "(it left no log)"


def server_in(state: Path, *, chosen: str = "", namespaces: bool = True) -> Server:
    """The embedded server of this state folder, not yet started. `chosen` is OPORA_PG_BIN. Raises EmbeddedTrouble."""
    way = choose_way(namespaces=namespaces)
    places = places_for(state, way)
    engine = find_engine(places.engines, chosen=chosen, major=major_of(places.data))
    return Server(places, engine, way)


def url_of(sockets: Path, database: str = DATABASE, *, port: str = "") -> str:
    """The address of a database behind a socket folder."""
    ending = f"&port={port}" if port else ""
    return f"postgresql://{USER}@/{database}?host={quote(str(sockets))}{ending}"


def major_of(data: Path) -> int | None:
    """PostgreSQL's major version of a data folder, None when there is none yet."""
    with suppress(OSError, ValueError):
        return int((data / "PG_VERSION").read_text(encoding="ascii").split(".")[0])
    return None


def make_cluster(places: Places, engine: Engine, way: Way, *, sync: bool = True) -> None:
    """initdb, into a folder beside and then renamed: a half-made one is never taken for a whole one."""
    if room_left(places.home) < _LEAST_ROOM:
        raise EmbeddedTrouble(
            f"Less than {_LEAST_ROOM // 2**20} MB are free in {places.home}; the database needs them."
        )
    aside = places.data.with_name("pg.making")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    os.chown(aside, way.uid, way.gid)
    locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
    if engine.major < _BUILTIN_LOCALE_SINCE:
        locale = ["--locale=C.UTF-8"]
    words = [engine.program("initdb"), "-D", str(aside), "-U", USER, "-E", "UTF8", *locale]
    words += ["--auth-local=trust", "--auth-host=reject", *([] if sync else ["--no-sync"])]
    done = subprocess.run(  # noqa: S603
        way.command(*words), capture_output=True, text=True, check=False, env=_environment(), cwd="/", timeout=300
    )
    if done.returncode != 0:
        raise EmbeddedTrouble(f"PostgreSQL's initdb failed:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    aside.rename(places.data)


def clear_leftovers(data: Path, seconds: float = 30) -> None:
    """Wait until the processes of an earlier server are gone, then drop its stale pid file. Raises EmbeddedTrouble.

    Whoever calls this holds the lock, so a server still running has lost its owner: it is asked to stop.
    """
    end = monotonic() + seconds
    asked = False
    while left := processes_in(data):
        if not asked and monotonic() > end - seconds / 2:
            _ask_to_stop(data, left)
            asked = True
        if monotonic() > end:
            raise EmbeddedTrouble(f"Processes of an earlier PostgreSQL still use {data}: {', '.join(map(str, left))}.")
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def processes_in(data: Path) -> list[int]:
    """Live processes (zombies do not count) whose working folder is this data folder; PostgreSQL's all have it so."""
    wanted = str(data.resolve())
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if str(link.readlink()) == wanted:
                found.append(int(link.parent.name))
    return sorted(found)


def _ask_to_stop(data: Path, left: list[int]) -> None:
    lines = _pid_file(data)
    if lines and lines[0].isdecimal() and int(lines[0]) in left:
        with suppress(OSError):
            os.kill(int(lines[0]), signal.SIGINT)


def _pid_file(data: Path) -> list[str]:
    with suppress(OSError):
        return [line.strip() for line in (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()]
    return []


def _turn_over(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def _environment() -> dict[str, str]:
    """PG* variables of the caller must not reach the server; the locale must not change what it says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}
