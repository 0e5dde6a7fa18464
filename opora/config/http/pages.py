"""Pages, API and static files: Django's sync handler in a bounded set of threads, with a bounded queue before it."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from opora.config.http import static
from opora.config.http.answers import answer, words
from opora.config.http.bodies import Body, Gone, TooLarge, read_body
from opora.config.http.handing import Handed
from opora.config.http.tracing import request_id

log = logging.getLogger("opora.web")

THREADS = 8
WAITING = 64
"""Requests that may wait for a thread; one more is told to come again."""
LONGEST_BODY = 180.0
"""Seconds in which a body must have come: 30 MB at 1.4 Mbit/s."""

_FORGED = frozenset(
    {b"x-forwarded-%s" % word for word in (b"proto", b"for", b"host", b"port")} | {b"x-real-ip", b"x-request-id"}
)
"""Headers that the server has already used when a trusted proxy sent them; Django must believe nobody else."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Pages:
    """The ASGI side of Django's sync handler."""

    def __init__(self) -> None:
        from django.core.wsgi import get_wsgi_application

        self.busy = 0
        self.refused = 0
        self.limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 2 * 1024 * 1024
        self._files = ThreadPoolExecutor(max_workers=4, thread_name_prefix="files")
        wsgi = static.with_static_files(get_wsgi_application())
        self._app = WSGIMiddleware(_closing_connections(wsgi), workers=THREADS, send_queue_size=10)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        try:
            async with asyncio.timeout(LONGEST_BODY):
                body = await read_body(scope, receive, limit=self.limit)
        except TooLarge:
            text = words("too_large", headers, limit=self.limit // 2**20)
            await answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text, extra=[(b"connection", b"close")])
        except TimeoutError:
            await answer(send, HTTPStatus.REQUEST_TIMEOUT, words("slow", headers), extra=[(b"connection", b"close")])
        except Gone:
            return
        else:
            try:
                await self._serve(scope, body, receive, send)
            finally:
                body.close()

    async def _serve(self, scope: Scope, body: Body, receive: Receive, send: Send) -> None:
        if self.busy >= THREADS + WAITING:
            self.refused += 1
            text = words("busy", scope["headers"])
            await answer(send, HTTPStatus.SERVICE_UNAVAILABLE, text, extra=[(b"retry-after", b"3")])
            return
        handed = Handed()
        self.busy += 1
        try:
            await self._make_page(scope, body, handed, send)
        finally:
            self.busy -= 1
        await handed.send(receive, send, self._files)

    async def _make_page(self, scope: Scope, body: Body, handed: Handed, send: Send) -> None:
        mark = secrets.token_hex(8)
        token = request_id.set(mark)

        async def send_marked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", mark.encode())]
            elif handed.file is not None:
                return
            await send(message)

        inner = {**scope, "headers": _honest_headers(scope["headers"], body.size), "opora.handed": handed}
        try:
            await self._app(inner, body.receive, send_marked)  # type: ignore[arg-type]
        finally:
            request_id.reset(token)

    def warm(self) -> None:
        """Load every address and its views now, so that the first reader does not wait for it, and open a connection."""
        from django.db import OperationalError, connection
        from django.urls import get_resolver

        get_resolver().url_patterns  # noqa: B018
        try:
            connection.ensure_connection()
        except OperationalError as error:
            log.warning("the database is away; pages wait for it: %s", str(error).partition("\n")[0])
        connection.close()

    def end(self) -> None:
        """Let the threads go."""
        self._app.executor.shutdown(wait=False, cancel_futures=True)
        self._files.shutdown(wait=False, cancel_futures=True)


def _honest_headers(headers: list[tuple[bytes, bytes]], size: int) -> list[tuple[bytes, bytes]]:
    """The headers without what only a trusted proxy may say, and with the length of the body that we have read."""
    kept = [
        pair for pair in headers if pair[0] not in _FORGED and pair[0] not in (b"transfer-encoding", b"content-length")
    ]
    return [*kept, (b"content-length", str(size).encode())] if size else kept


def _closing_connections(app: Any) -> Any:
    """Gives the thread's database connection back even when the handler broke off before its own end."""
    from django.db import close_old_connections

    def closing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        handed: Handed = environ["asgi.scope"]["opora.handed"]
        environ["wsgi.file_wrapper"] = handed.take
        try:
            made: Iterable[bytes] = app(environ, start_response)
        except BaseException:
            close_old_connections()
            raise
        if handed.file is not None:
            close_old_connections()
        return made

    return closing
