"""The ASGI side: `GET /live/events` (server-sent events) and `POST /live/presence`. No thread is held by an open stream."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from opora.config.http.answers import answer, answer_json, words
from opora.config.http.bodies import Gone, TooLarge, read_body
from opora.config.live import rights
from opora.config.live.callers import header, session_key
from opora.config.live.hearing import Hearing, changes_of
from opora.config.live.hub import RELOAD, Hub, Tab, piece_for
from opora.config.live.presence import CHANNEL, DOING, BadToken, Presence, read_token, token_for
from opora.desk.kernel import clock, live

BEAT = 15.0
LOOK_AGAIN = 4
"""Beats after which the session is looked at again: who has signed out hears no more."""
TELL_PRESENCE = 0.25
MOST_MISSED = 500

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Streams:
    """All live streams of this web process."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.presence = Presence(self.hub)
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")
        self._hearing: Hearing | None = None
        self._beat: asyncio.Task[None] | None = None
        self._ended = False

    def count(self) -> int:
        return len(self.hub.tabs)

    def hears(self) -> bool:
        """Whether changes reach this process now."""
        return self._hearing is not None and self._hearing.listening.is_set()

    def join(self) -> None:
        """Wait until its threads are gone; after `end`, not in the event loop."""
        if self._hearing is not None:
            self._hearing.join()
        self._threads.shutdown(wait=True)

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start to hear; called in the event loop."""
        self._hearing = Hearing(
            tell=lambda changes: loop.call_soon_threadsafe(self.hub.hand_out, changes),
            hear=lambda said: loop.call_soon_threadsafe(self._heard, said),
            contacts=lambda topics: asyncio.run_coroutine_threadsafe(self._contacts(topics), loop).result(10),
        )
        self._hearing.start()
        self._beat = loop.create_task(self._beat_on())

    def end(self) -> None:
        """End every stream; called in the event loop, more than once without harm."""
        self._ended = True
        self.hub.end()
        if self._hearing is not None:
            self._hearing.stop()
        if self._beat is not None:
            self._beat.cancel()
        self._threads.shutdown(wait=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = (scope["method"], scope["path"])
        if asked == ("GET", "/live/events"):
            await self._stream(scope, receive, send)
        elif asked == ("POST", "/live/presence"):
            await self._take_presence(scope, receive, send)
        else:
            await answer(send, HTTPStatus.NOT_FOUND, words("not_here", scope["headers"]))

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = session_key(scope)
        person = await self._in_thread(rights.admit, key) if key else None
        if person is None or self._ended:
            await answer(send, HTTPStatus.UNAUTHORIZED, words("sign_in", scope["headers"]))
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        asked = ",".join(query.get("topics", [])).split(",")
        tab = Tab(person, await self._in_thread(rights.allowed_topics, person, asked))
        self.hub.add(tab)
        writing = asyncio.create_task(self._write(tab, key, _last_seen(scope, query), send))
        leaving = asyncio.create_task(_until_left(receive))
        try:
            await asyncio.wait([writing, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.hub.drop(tab)
            self.presence.left(tab.key, person)
            for task in (writing, leaving):
                task.cancel()

    async def _write(self, tab: Tab, session: str, last: live.Position | None, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
        upto = await self._in_thread(live.published)
        hello: dict[str, Any] = {"topics": sorted(tab.topics), "at": str(last or upto)}
        if tab.person.kind == "staff":
            hello["tab"] = token_for(tab.person, tab.key)
        first = [f"retry: 2000\nevent: hello\ndata: {json.dumps(hello)}\n\n".encode()]
        if last is not None and last < upto:
            first += await self._in_thread(self._missed, tab, last, upto)
        if tab.person.kind == "staff":
            tickets = [int(topic[7:]) for topic in tab.topics if topic.startswith("ticket:")]
            first += [self.presence.piece(ticket, tab.person) for ticket in tickets]
        await _send_piece(send, b"".join(first))
        silent = 0
        while True:
            try:
                piece = await asyncio.wait_for(tab.queue.get(), BEAT)
            except TimeoutError:
                piece = b": beat\n\n"
                silent += 1
                if silent % LOOK_AGAIN == 0 and await self._in_thread(rights.admit, session) != tab.person:
                    break
            pieces: list[bytes | None] = [piece]
            while not tab.queue.empty():
                pieces.append(tab.queue.get_nowait())
            if together := b"".join(filter(None, pieces)):
                await _send_piece(send, together)
            if None in pieces:
                break
        await send({"type": "http.response.body", "body": b""})

    def _missed(self, tab: Tab, last: live.Position, upto: live.Position) -> list[bytes]:
        events = live.read_range(last, upto, MOST_MISSED + 1)
        if len(events) > MOST_MISSED:
            return [RELOAD]
        own = {tab.person.id} if tab.person.kind == "contact" else set()
        changes = [change for change in changes_of(events, lambda _: own) if change.topics & tab.topics]
        return [piece for change in changes if (piece := piece_for(tab.person, change))]

    async def _take_presence(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(scope, receive, limit=4096)
            said = json.loads((await body.receive())["body"])
            body.close()
            token = read_token(str(said["tab"]))
            ticket, doing = said["ticket"], said["doing"]
            if doing not in DOING or type(ticket) is not int or not 0 < ticket < 2**63:
                raise ValueError
        except Gone:
            return
        except (BadToken, TooLarge, ValueError, KeyError, TypeError):
            await answer_json(send, HTTPStatus.BAD_REQUEST, {"error": "tab, ticket and doing are needed"})
            return
        self.presence.say(key=token["k"], staff=token["s"], name=token["n"], ticket=ticket, doing=doing)
        await send({"type": "http.response.start", "status": 204, "headers": [(b"cache-control", b"no-store")]})
        await send({"type": "http.response.body", "body": b""})

    async def _beat_on(self) -> None:
        while True:
            await asyncio.sleep(TELL_PRESENCE)
            if said := self.presence.take_unsent():
                try:
                    await self._in_thread(live.tell, CHANNEL, said)
                except Exception:
                    self.presence.hear(said, now=clock.monotonic())
            self.presence.forget_silent(now=clock.monotonic())

    def _heard(self, said: list[dict[str, Any]]) -> None:
        self.presence.hear(said, now=clock.monotonic())

    async def _contacts(self, topics: frozenset[str]) -> set[int]:
        return self.hub.listening_contacts(topics)

    async def _in_thread(self, function: Callable[..., Any], *words: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, asking, function, *words)


_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def asking(function: Callable[..., Any], *words: Any) -> Any:
    """Ask something of the database in a thread, and leave no connection behind that has died."""
    from django.db import close_old_connections

    try:
        return function(*words)
    finally:
        close_old_connections()


def _last_seen(scope: Scope, query: dict[str, list[str]]) -> live.Position | None:
    told = header(scope, b"last-event-id")
    return live.position_from(told or next(iter(query.get("after", [])), ""))


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_piece(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})
