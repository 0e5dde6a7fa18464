"""The relay between a page and the gateway: byte for byte, by rights only, and no letter that a page may not send."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from opora.config.live import relay as relays
from opora.config.live import saying
from opora.config.live.relay import Relay
from tests.live.gateway_double import GatewayDouble

WORK = "00112233445566778899aabbccddeeff"
PAGE = "http://testserver"


@dataclass(frozen=True)
class Clara:
    """A watcher as the room names her."""

    id: str = "contact:5"
    name: str = "Clara"
    kind: str = "customer"
    may_steer: bool = True


@dataclass
class Rights:
    """The desk's word, as a scene wants it."""

    watchers: dict[tuple[str, str], Clara] = field(default_factory=lambda: {("clara", WORK): Clara()})
    typists: dict[tuple[str, str, str], int] = field(default_factory=lambda: {("boris", "T-1042", "web1"): 3})

    def watcher(self, key: str, session: str) -> Clara | None:
        return self.watchers.get((key, session))

    def typist(self, key: str, ticket: str, host: str) -> int | None:
        return self.typists.get((key, ticket, host))


@dataclass
class Page:
    """A browser's end of one socket."""

    shown: list[bytes] = field(default_factory=list)
    accepted: bool = False
    closed: int = 0
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    events: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None

    def say(self, message: bytes) -> None:
        self.events.put_nowait({"type": "websocket.receive", "bytes": message})

    def leave(self) -> None:
        self.events.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def ended(self) -> int:
        assert self.task is not None
        await asyncio.wait_for(self.task, 60)
        return self.closed

    async def has_shown(self, count: int) -> list[bytes]:
        async with asyncio.timeout(60):
            while len(self.shown) < count:
                await asyncio.sleep(0.005)
        return self.shown

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.accept":
            self.accepted = True
        elif message["type"] == "websocket.close":
            self.closed = message["code"]
        else:
            while self.stalled.is_set():
                await asyncio.sleep(0.005)
            self.shown.append(message["bytes"])


@dataclass
class Stage:
    """A relay between pages and a gateway."""

    gateway: GatewayDouble
    rights: Rights
    relay: Relay
    pages: list[Page] = field(default_factory=list)

    def open(self, path: str, *, key: str = "clara", origin: str = PAGE, query: str = "") -> Page:
        page = Page()
        headers = [(b"host", b"testserver"), (b"origin", origin.encode())]
        headers += [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode())] if key else []
        scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": headers}
        page.events.put_nowait({"type": "websocket.connect"})
        page.task = asyncio.create_task(self.relay(scope, page.events.get, page.send))
        self.pages.append(page)
        return page


Play = Callable[[Callable[[Stage], Awaitable[None]]], None]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Play:
    """Plays a scene on a stage; rights are asked again often."""
    monkeypatch.setattr(relays, "LOOK_AGAIN", 0.05)
    settings.ALLOWED_HOSTS = ["testserver"]

    async def run(scene: Callable[[Stage], Awaitable[None]]) -> None:
        rights = Rights()
        async with GatewayDouble() as gateway:
            stage = Stage(gateway, rights, Relay(rights, lambda: gateway.path))
            try:
                await scene(stage)
            finally:
                for page in stage.pages:
                    page.leave()
                    await page.ended()
                stage.relay.end()

    return lambda scene: asyncio.run(run(scene))


def test_it_introduces_the_watcher_and_passes_on_every_byte(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open(f"/live/work/{WORK}", query="from=12")
        caller = await stage.gateway.caller()
        assert caller.heard[0][:1] == b"W"
        viewer = {"id": "contact:5", "name": "Clara", "kind": "customer"}
        assert caller.hello == {"session": WORK, "from": 12, "viewer": viewer}
        told = [b"S" + b'{"state":"live"}', b"F" + bytes(range(256)) * 9000, b"H\xe2\x80\x94"]
        for message in told:
            await caller.tell(message[:1], message[1:])
        assert await page.has_shown(3) == told
        assert stage.relay.count() == 1

    play(scene)


def test_it_says_itself_who_pauses_and_asks(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open(f"/live/work/{WORK}")
        caller = await stage.gateway.caller()
        page.say(b'B{"visible": true}')
        page.say(b'D{"do": "pause", "why": "Wait", "by": {"id": "staff:1", "name": "Somebody else"}}')
        page.say('Q{"text": "Что это?"}'.encode())
        assert json.loads((await caller.wait_for(b"B"))[1:]) == {"visible": True}
        by = {"id": "contact:5", "name": "Clara", "kind": "customer"}
        assert json.loads((await caller.wait_for(b"D"))[1:]) == {"do": "pause", "why": "Wait", "by": by}
        assert json.loads((await caller.wait_for(b"Q"))[1:]) == {"text": "Что это?", "by": by}

    play(scene)


@pytest.mark.parametrize(
    "said",
    [
        b"Irm -rf /\r",
        b'Z{"cols":80,"rows":24}',
        b'W{"session":"x"}',
        b'T{"staff":1}',
        b"",
        b"D",
        b"D[]",
        b'D{"do":"erase"}',
        b'Q{"text":7}',
        b'Q{"text":"\\ud800"}',
        b'Q{"text":"' + b"a" * 2001 + b'"}',
        b"B" + b"[" * 50_000,
    ],
)
def test_it_lets_go_of_a_watcher_who_says_what_no_watcher_may(play: Play, said: bytes) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open(f"/live/work/{WORK}")
        caller = await stage.gateway.caller()
        page.say(said)
        assert await page.ended() == saying.WRONG
        await asyncio.wait_for(caller.gone.wait(), 60)
        assert len(caller.heard) == 1

    play(scene)


@pytest.mark.parametrize("said", [b'D{"do":"stop"}', b'Q{"text":"Look here: evil.example"}'])
def test_only_those_who_may_steer_pause_stop_or_ask(play: Play, said: bytes) -> None:
    async def scene(stage: Stage) -> None:
        stage.rights.watchers["clara", WORK] = Clara(kind="guest", may_steer=False)
        page = stage.open(f"/live/work/{WORK}")
        caller = await stage.gateway.caller()
        page.say(said)
        assert await page.ended() == saying.MAY_NOT
        assert len(caller.heard) == 1

    play(scene)


def test_it_ends_when_rights_end(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open(f"/live/work/{WORK}")
        caller = await stage.gateway.caller()
        stage.rights.watchers.clear()
        assert await page.ended() == saying.MAY_NOT
        await asyncio.wait_for(caller.gone.wait(), 60)

    play(scene)


@pytest.mark.parametrize(
    ("path", "key", "code"),
    [
        (f"/live/work/{WORK}", "", saying.MAY_NOT),
        (f"/live/work/{WORK}", "dan", saying.MAY_NOT),
        (f"/live/work/{WORK[:-1]}", "clara", relays.NOT_HERE),
        (f"/live/work/{WORK.upper()}", "clara", relays.NOT_HERE),
        ("/live/terminal/T-1042/web2", "boris", saying.MAY_NOT),
        ("/live/terminal/T-1042", "boris", relays.NOT_HERE),
        ("/live/else", "clara", relays.NOT_HERE),
    ],
)
def test_strangers_and_wrong_addresses_reach_no_gateway(play: Play, path: str, key: str, code: int) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open(path, key=key)
        assert await page.ended() == code
        assert stage.gateway.callers == []

    play(scene)


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://testserver.evil.example", "file://"])
def test_a_foreign_page_is_not_even_accepted(play: Play, origin: str) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open(f"/live/work/{WORK}", origin=origin)
        assert await page.ended() == saying.MAY_NOT
        assert not page.accepted
        assert stage.gateway.callers == []

    play(scene)


def test_a_typist_types_and_resizes_and_nothing_else(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open("/live/terminal/T-1042/web1", key="boris", query="cols=120&rows=32")
        caller = await stage.gateway.caller()
        wanted = {"staff": 3, "ticket": "T-1042", "host": "web1", "cols": 120, "rows": 32}
        assert (caller.heard[0][:1], caller.hello) == (b"T", wanted)
        page.say(b"I\xff\x00\r")
        page.say(b'Z{"cols":100000,"rows":1}')
        assert await caller.wait_for(b"I") == b"I\xff\x00\r"
        assert json.loads((await caller.wait_for(b"Z"))[1:]) == {"cols": 1000, "rows": 2}
        page.say(b'D{"do":"resume"}')
        assert await page.ended() == saying.WRONG

    play(scene)


def test_a_slow_page_makes_the_gateway_wait_and_not_this_process_swell(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open(f"/live/work/{WORK}")
        caller = await stage.gateway.caller()
        page.stalled.set()
        piece = bytes(64 << 10)
        taken = 0
        with pytest.raises(TimeoutError):
            for _ in range(200):
                await asyncio.wait_for(caller.tell(b"F", piece), 0.5)
                taken += 1
        assert taken < 40
        page.stalled.clear()
        await page.has_shown(taken)

    play(scene)


def test_it_says_when_there_is_no_gateway(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        stage.relay._socket = lambda: Path("/nowhere/live.sock")
        assert await stage.open(f"/live/work/{WORK}").ended() == relays.NO_GATEWAY

    play(scene)


def test_a_gateway_that_goes_ends_the_socket_in_peace(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        page = stage.open(f"/live/work/{WORK}")
        caller = await stage.gateway.caller()
        await caller.tell(b"X", {"reason": "exit"})
        caller.writer.close()
        assert await page.ended() == relays.LEFT
        assert page.shown == [b'X{"reason": "exit"}']
        assert stage.relay.count() == 0

    play(scene)
