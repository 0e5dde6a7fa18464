"""Live streams driven in this process: the real hub, database and NOTIFY; only the socket is played."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection, connections

from opora.config import database
from opora.config.live.streams import Streams
from opora.desk.kernel import clock, live

PATIENCE = 60.0
"""Long, for a transaction in any other database of the server may hold the publisher's horizon back."""


@dataclass
class Event:
    """One server-sent event as a browser would see it."""

    name: str
    facts: dict[str, Any]
    id: str = ""


@dataclass
class Browser:
    """One open tab."""

    status: int = 0
    events: list[Event] = field(default_factory=list)
    raw: bytes = b""
    task: asyncio.Task[None] | None = None
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, name: str, *, where: Callable[[dict[str, Any]], bool] = lambda _: True) -> Event:
        """The next event of this name, taken out of the queue. Fails when it does not come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for event in self.events:
                    if event.name == name and where(event.facts):
                        self.events.remove(event)
                        return event
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        self.left.set()
        if self.task is not None:
            await asyncio.wait([self.task], timeout=PATIENCE)

    async def _receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.raw += message.get("body", b"")
        while b"\n\n" in self.raw:
            block, _, self.raw = self.raw.partition(b"\n\n")
            lines = dict(line.split(": ", 1) for line in block.decode().split("\n") if ": " in line and line[0] != ":")
            if "event" in lines:
                self.events.append(Event(lines["event"], json.loads(lines["data"]), lines.get("id", "")))


@dataclass
class Stage:
    """Streams in a running loop, with browsers before them."""

    streams: Streams
    browsers: list[Browser] = field(default_factory=list)

    async def open(self, session: str, topics: str = "", *, last: str = "", wait: bool = True) -> Browser:
        """A tab of whoever holds this session."""
        browser = Browser()
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())] if session else []
        headers += [(b"last-event-id", last.encode())] if last else []
        scope = {
            "method": "GET",
            "path": "/live/events",
            "headers": headers,
            "query_string": f"topics={topics}".encode(),
        }
        browser.task = asyncio.create_task(self.streams(scope, browser._receive, browser._send))
        self.browsers.append(browser)
        if wait:
            async with asyncio.timeout(PATIENCE):
                while not browser.status or (browser.status == 200 and not browser.events):
                    await asyncio.sleep(0.01)
        return browser

    async def say(self, body: dict[str, Any] | bytes) -> int:
        """POST /live/presence; returns the status."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answers: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            answers.append(message.get("status", 0))

        scope = {"method": "POST", "path": "/live/presence", "headers": [], "query_string": b""}
        await self.streams(scope, receive, send)
        return answers[0]

    async def do[T](self, function: Callable[[], T]) -> T:
        """Something of the desk, in a thread with a connection of its own."""

        def there() -> T:
            try:
                return function()
            finally:
                connections.close_all()

        return await asyncio.to_thread(there)


def publish_until(ended: threading.Event) -> None:
    """What the worker's loop does."""
    publisher = live.Publisher()
    try:
        while not ended.wait(0.02):
            publisher.publish(clock.now())
    finally:
        connections.close_all()


def is_all_published() -> bool:
    """Whether the past is told, so that a scene hears only of itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tx::text, id FROM kernel_event e ORDER BY e.tx DESC, e.id DESC LIMIT 1")
        row = cursor.fetchone()
    return row is None or live.published() >= (int(row[0]), row[1])


@pytest.fixture
def on_stage(transactional_db, monkeypatch) -> Callable[[Callable[[Stage], Awaitable[None]]], None]:
    """Plays a scene: an async function that gets the stage."""
    wanted = connection.get_connection_params()
    host, port = wanted.get("host", ""), wanted.get("port", "")
    address = f"postgresql://{wanted.get('user', '')}@/{wanted['dbname']}?host={host}" + (
        f"&port={port}" if port else ""
    )
    monkeypatch.setattr(database, "direct_url", lambda: address)
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)

    async def play(scene: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
        stage = Stage(Streams())
        ended = threading.Event()
        publishing = asyncio.create_task(asyncio.to_thread(publish_until, ended))
        stage.streams.begin(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(PATIENCE):
                while not stage.streams.hears() or not await stage.do(is_all_published):
                    await asyncio.sleep(0.01)
            await scene(stage)
        finally:
            stage.streams.end()
            for browser in stage.browsers:
                await browser.close()
            ended.set()
            await publishing
            await asyncio.to_thread(stage.streams.join)

    return lambda scene: asyncio.run(play(scene))


def session_of(account) -> str:
    """The key of a session in which this account is signed in."""
    session = SessionMiddleware(lambda _: None).SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.create()
    return session.session_key
