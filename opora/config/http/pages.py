"""Pages, API and static files: Django's sync handler in a bounded set of threads, with a bounded queue before it."""

import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from opora.config.http import static
from opora.config.http.answers import answer, words
from opora.config.http.bodies import Gone, TooLarge, read_body
from opora.config.http.tracing import request_id

THREADS = 8
WAITING = 64
"""Requests that may wait for a thread; one more is told to come again."""

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
        wsgi = static.with_static_files(get_wsgi_application())
        self._app = WSGIMiddleware(_closing_connections(wsgi), workers=THREADS, send_queue_size=10)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        if self.busy >= THREADS + WAITING:
            self.refused += 1
            await answer(send, HTTPStatus.SERVICE_UNAVAILABLE, words("busy", headers), extra=[(b"retry-after", b"3")])
            return
        self.busy += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self.busy -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        try:
            body = await read_body(scope, receive, limit=self.limit)
        except TooLarge:
            megabytes = self.limit // 2**20
            text = words("too_large", headers, limit=megabytes)
            await answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text, extra=[(b"connection", b"close")])
            return
        except Gone:
            return
        mark = secrets.token_hex(8)
        inner = {
            **scope,
            "headers": [pair for pair in headers if pair[0] not in _FORGED and pair[0] != b"transfer-encoding"],
        }
        if not any(name == b"content-length" for name, _ in headers):
            inner["headers"].append((b"content-length", str(body.size).encode()))
        token = request_id.set(mark)

        async def send_marked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", mark.encode())]
            await send(message)

        try:
            await self._app(inner, body.receive, send_marked)  # type: ignore[arg-type]
        finally:
            request_id.reset(token)
            body.close()

    def warm(self) -> None:
        """Load every address and its views now, so that the first reader does not wait for it."""
        from django.db import connection
        from django.urls import get_resolver

        get_resolver().url_patterns  # noqa: B018
        connection.ensure_connection()
        connection.close()

    def end(self) -> None:
        """Let the threads go."""
        self._app.executor.shutdown(wait=False, cancel_futures=True)


def _closing_connections(app: Any) -> Any:
    """Gives the thread's database connection back even when the handler broke off before its own end."""
    from django.db import close_old_connections

    def closing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            return app(environ, start_response)  # type: ignore[no-any-return]
        except BaseException:
            close_old_connections()
            raise

    return closing
