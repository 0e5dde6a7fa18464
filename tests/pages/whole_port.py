"""The whole web port, live stream included, in a thread of the test's own process and on its own database."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import pytest

from opora.desk.kernel import clock, live
from tests.runs.program import free_port


@pytest.fixture
def whole_port(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The whole web port in a thread, and a publisher, on this test's database."""
    import uvicorn
    from django.db import connection

    from opora.config import asgi, database
    from opora.config.web import websocket

    before = _callers()
    told = connection.settings_dict
    parts = {"dbname": told["NAME"], "user": told["USER"], "host": told["HOST"] or told["OPTIONS"].get("host")}
    address = " ".join(f"{key}={value}" for key, value in parts.items() if value)
    monkeypatch.setattr(database, "direct_url", lambda: address)
    program = asgi.Program()
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(program, port=port, ws=websocket, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    )
    serving = threading.Thread(target=server.run, daemon=True)
    stopping = threading.Event()
    publishing = threading.Thread(target=_publish, args=(stopping,), daemon=True)
    serving.start()
    publishing.start()
    while not server.started:
        assert serving.is_alive()
        stopping.wait(0.05)
    yield SimpleNamespace(url=f"http://localhost:{port}", streams=program.streams)
    stopping.set()
    program.end_streams()
    server.should_exit = True
    serving.join(10)
    publishing.join(10)
    _hang_up(_callers() - before)


def _callers() -> set[int]:
    """Who is connected to this test's database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pid from pg_stat_activity where datname = current_database()")
        return {row[0] for row in cursor.fetchall()}


def _hang_up(callers: set[int]) -> None:
    """End what the port's threads left open, and nobody else's: the test's own connection goes on to the next test."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(pid) from unnest(%s::int[]) as pid", [sorted(callers)])


def _publish(stopping: threading.Event) -> None:
    from django.db import connection

    publisher = live.Publisher()
    while not stopping.is_set():
        with suppress(Exception):
            publisher.publish(clock.now())
        stopping.wait(0.03)
    connection.close()
