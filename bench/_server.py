"""An empty desk in a database of its own, which is dropped afterwards, and the server it lies on."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
IN_MEMORY = {"tmpfs", "ramfs"}


@contextmanager
def desk(server: AbstractContextManager[str] | None = None) -> Iterator[None]:
    """A migrated database on the server (default: one in memory, or the one of OPORA_TEST_DATABASE_URL)."""
    os.environ.setdefault("OPORA_STATE", tempfile.mkdtemp(prefix="opora-bench-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opora.config.settings")
    os.environ.update(OPORA_MAIL_SENDER_CAP="0", OPORA_MAIL_TICKET_CAP="0", OPORA_MAIL_FUSE="0")
    with server or in_memory() as url:
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.db import connection

        name = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = f"opora_bench_{os.getpid()}"
        made = connection.creation.create_test_db(verbosity=0, serialize=False)
        try:
            yield
        finally:
            _part_everybody_from(made)
            connection.creation.destroy_test_db(name, verbosity=0)


def _part_everybody_from(database: str) -> None:
    """End the other sessions: the server may not have noticed yet that a process it served was killed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [database],
        )


@contextmanager
def in_memory() -> Iterator[str]:
    """The server of OPORA_TEST_DATABASE_URL, or one of our own that loses everything when it falls."""
    from opora.config.embedded import throwaway

    if given := os.environ.get("OPORA_TEST_DATABASE_URL"):
        yield given
        return
    with throwaway() as server:
        yield server.url


@contextmanager
def on_disk() -> Iterator[str]:
    """The embedded server as `opora up` starts it: what it has acknowledged outlives the loss of power.

    Its folder is `.state/bench` or OPORA_BENCH_STATE. Raises SystemExit when that is no disk or the server is not durable.
    """
    from opora.config.embedded import borrowed

    state = Path(os.environ.get("OPORA_BENCH_STATE") or CHECKOUT / ".state" / "bench")
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (kind := _file_system(state)) in IN_MEMORY:
        sys.exit(
            f"{state} lies in memory ({kind}): nothing is durable there. Set OPORA_BENCH_STATE to a folder on a disk."
        )
    with borrowed(state, "bench", say=lambda words: print(words, file=sys.stderr)) as url:
        _must_be_durable(url)
        yield url


def _file_system(place: Path) -> str:
    """The kind of file system the folder is on (proc(5), mountinfo)."""
    real = place.resolve()
    found = ("", "")
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        point = before.split()[4]
        if real.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, after.split()[0])
    return found[1]


def _must_be_durable(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        for name, value in DURABLE.items():
            (found,) = connection.execute(f"show {name}").fetchone()  # type: ignore[misc]
            if found != value:
                sys.exit(f"The server is not durable: {name} is {found}.")
