"""Using the embedded server for the length of one command: the running one, else one started and stopped for it.

Two commands at once share one server: who started it waits for the other users before stopping it.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from opora.config.embedded.errors import EmbeddedTrouble
from opora.config.embedded.holding import Held, hold, holder_of
from opora.config.embedded.server import Server, server_in
from opora.desk.kernel.clock import monotonic


def running_url(state: Path) -> str | None:
    """The address of the embedded server of this state folder when one takes connections now, else None."""
    note = state / "pg.url"
    if not note.exists():
        return None
    url = note.read_text(encoding="utf-8").strip()
    return url if _answers(url) else None


@contextmanager
def owned(state: Path, command: str, *, chosen: str = "", patience: float = 0) -> Iterator[Server]:
    """Our own server, ready, stopped at the end. Raises Held when another owns it still after `patience` seconds."""
    with ExitStack() as stack:
        _enter_hold(stack, state, command, patience)
        server = server_in(state, chosen=chosen)
        server.prepare()
        server.start()
        stack.callback(server.stop)
        server.wait_ready()
        server.make_database()
        server.note_url()
        yield server
        stack.enter_context(_users(server.places.users_lock, fcntl.LOCK_EX))


def _enter_hold(stack: ExitStack, state: Path, command: str, patience: float) -> None:
    end = monotonic() + patience
    while True:
        try:
            stack.enter_context(hold(state / "pg.lock", command))
        except Held:
            if monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def borrowed(
    state: Path, command: str, *, chosen: str = "", seconds: float = 60, say: Callable[[str], object] = lambda _: None
) -> Iterator[str]:
    """The address of a server that stays up for the length of the block. Raises EmbeddedTrouble."""
    end = monotonic() + seconds
    while monotonic() < end:
        with ExitStack() as stack:
            if (state / "pg.lock").exists():
                stack.enter_context(_users(state / "pg.users", fcntl.LOCK_SH))
                if url := running_url(state):
                    yield url
                    return
                stack.close()
            try:
                server = stack.enter_context(owned(state, command, chosen=chosen))
            except Held:
                time.sleep(0.05)
                continue
            say("PostgreSQL started for this command")
            yield server.url
            return
    raise EmbeddedTrouble(f"The database in {state} is held by {holder_of(state / 'pg.lock')}, and does not answer.")


@contextmanager
def _users(place: Path, how: int) -> Iterator[None]:
    handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _answers(url: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=3):
            return True
    except psycopg.Error:
        return False
