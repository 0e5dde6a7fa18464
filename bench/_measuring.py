"""What a page costs: CPU of this process and of the database's, and statements. Wall time is noise and not judged."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WARM, TIMES = 8, 150


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of CPU in Python and in PostgreSQL, and statements, for one time."""

    python: float
    postgres: float
    statements: int

    @property
    def cpu(self) -> float:
        """All the CPU, in milliseconds."""
        return self.python + self.postgres


def cost_of(act: Callable[[], object], *, warm: int = WARM, times: int = TIMES) -> Cost:
    """The cost of doing it once, when warm: the tenth best of a hundred times.

    What else runs on the machine empties the processor's caches between two statements and can double the same work;
    the best times are those it left alone.
    """
    for _ in range(warm):
        act()
    statements = _statements_of(act)
    pid = backend()
    spent: list[tuple[float, float, float]] = []
    for _ in range(times):
        theirs, ours = backend_cpu(pid), time.process_time_ns()
        act()
        python, postgres = (time.process_time_ns() - ours) / 1e6, (backend_cpu(pid) - theirs) / 1e6
        spent.append((python + postgres, python, postgres))
    _all, python, postgres = sorted(spent)[times // 10]
    return Cost(python, postgres, statements)


def _statements_of(act: Callable[[], object]) -> int:
    from django.db import connection

    count = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        stack.enter_context(connection.execute_wrapper(counting))
        act()
    return count


def backend() -> int:
    """The process number of the PostgreSQL behind our connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


def backend_cpu(pid: int) -> int:
    """Nanoseconds it has been on a processor (proc(5), schedstat)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


class Reader:
    """One who is signed in and asks for pages through the program's own handler, without a network between."""

    def __init__(self, email: str) -> None:
        from django.core.handlers.wsgi import WSGIHandler
        from django.core.signals import request_finished, request_started
        from django.db import close_old_connections
        from django.test import Client

        from opora.desk.people.models import Account

        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        client = Client()
        client.force_login(Account.objects.get(email=email))
        self._cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        self._handler = WSGIHandler()

    def get(self, path: str) -> bytes:
        """The page's octets. Raises RuntimeError for anything but 200."""
        place, _, query = path.partition("?")
        said: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": place,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8480",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost:8480",
            "HTTP_COOKIE": self._cookies,
            "HTTP_ACCEPT_LANGUAGE": "en",
            "wsgi.url_scheme": "http",
            "wsgi.input": open(os.devnull, "rb"),  # noqa: SIM115, PTH123
        }
        answer = self._handler(environ, lambda *words: said.append(words[0]))
        octets = b"".join(answer)
        answer.close()
        environ["wsgi.input"].close()
        if not said[0].startswith("200"):
            raise RuntimeError(f"{path}: {said[0]}")
        return octets


def table(rows: list[tuple[str, Cost, float, int]]) -> bool:
    """Print the figures beside their goals; whether all are met."""
    print(f"{'':<46}{'Python':>9}{'PostgreSQL':>12}{'all CPU':>9}{'goal':>7}{'statements':>12}{'goal':>6}")
    good = True
    for name, cost, cpu_goal, statements_goal in rows:
        held = cost.cpu <= cpu_goal and cost.statements <= statements_goal
        good = good and held
        print(
            f"{name:<46}{cost.python:>6.1f} ms{cost.postgres:>9.1f} ms{cost.cpu:>6.1f} ms{cpu_goal:>7.0f}"
            f"{cost.statements:>12}{statements_goal:>6}  {'ok' if held else 'MISSED'}"
        )
    return good
