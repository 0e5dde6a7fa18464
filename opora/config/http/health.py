"""`/healthz`: this process answers. `/readyz`: it can do its work. `/metrics`: what it and the workers counted."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from django.conf import settings

from opora.config import pulse, schema
from opora.config.http import metrics
from opora.config.http.answers import answer, answer_json, words
from opora.desk.kernel import clock

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Health:
    """The ASGI side of the three addresses. It has a thread of its own: full page threads must not look like death."""

    PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

    def __init__(self, pages: Any, streams: Any) -> None:
        self._pages = pages
        self._streams = streams
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="health")
        self._heart = pulse.Heart("web", lambda: {"tabs": streams.count(), "busy": pages.busy})

    def begin(self) -> None:
        self._heart.start()

    def end(self) -> None:
        self._heart.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/healthz":
            await answer_json(send, HTTPStatus.OK, {"alive": True})
        elif path == "/readyz":
            found = await self._in_thread(readiness)
            asked_all = b"all" in scope["query_string"]
            ready = found["ready"] and (not asked_all or found["worker"] == found["mail"] == "ok")
            await answer_json(
                send, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, {**found, "ready": ready}
            )
        elif not _may_measure(scope):
            await answer(send, HTTPStatus.NOT_FOUND, words("not_here", scope["headers"]))
        else:
            text = await self._in_thread(lambda: metrics.text(self._pages, self._streams))
            await answer(send, HTTPStatus.OK, text, kind="text/plain; version=0.0.4")

    async def _in_thread(self, function: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with_connection, function)


def readiness() -> dict[str, Any]:
    """What this process needs to answer pages, and whether the others say that they live."""
    from django.db import DatabaseError, connection

    from opora.desk.channels.email import queries as email

    found: dict[str, Any] = {"ready": False, "database": "away", "migrated": "unknown"}
    found |= {"worker": "unknown", "mail": "unknown"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT value->>'hash' FROM kernel_mark WHERE name = %s", [schema.MARK])
            row = cursor.fetchone()
        found["database"] = "ok"
        current = bool(row) and row[0] == _our_hash()
        found["migrated"] = "ok" if current or not schema.judge().missing else "waiting"
        if alarms := [f"{alarm.kind} {alarm.about}".strip() for alarm in email.alarms(at=clock.now())]:
            found["alarms"] = alarms
        for kind in ("worker", "mail"):
            found[kind] = "ok" if pulse.alive(kind, at=clock.now()) else "silent"
    except DatabaseError:
        return found
    found["ready"] = found["migrated"] == "ok"
    return found


_hash: list[str] = []


def _our_hash() -> str:
    if not _hash:
        _hash.append(schema.files_hash())
    return _hash[0]


def _with_connection(function: Callable[[], Any]) -> Any:
    from django.db import close_old_connections

    try:
        return function()
    finally:
        close_old_connections()


def _may_measure(scope: Scope) -> bool:
    """Only the networks of OPORA_METRICS_FROM, by default this machine itself, not through a proxy."""
    client = scope.get("client")
    if not client:
        return False
    try:
        caller = ipaddress.ip_address(client[0])
    except ValueError:
        return False
    return any(caller in network for network in settings.OPORA_METRICS_FROM)
