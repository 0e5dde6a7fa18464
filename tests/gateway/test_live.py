"""The live view: everybody sees every frame once and in order, nobody slows the work, and nobody types who watches."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from opora.gateway import clock
from opora.gateway.live.feed import MEMORY
from opora.gateway.live.viewer import MOST_IN_LINE, SILENT
from opora.gateway.sockets import Refused
from tests.gateway.watching import Caller, Work, chained, live


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def settle(condition: Any) -> None:
    """Let the loop turn until something has come about."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.001)


def test_fifty_viewers_see_every_frame_once_whenever_they_come(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            work = Work(hub, hub.journals)
            callers: list[Caller] = []
            hearing: list[asyncio.Task[None]] = []
            for number in range(50):
                callers.append(await Caller.watching(path, work.hex, name=f"Clara {number}"))
                hearing.append(asyncio.create_task(callers[-1].until_end()))
                work.say(40, size=300)
                await asyncio.sleep(0)
            work.say(500)
            await settle(lambda: len(hub.viewers(work.hex)) == 50)
            hub.finish(work.hex, "exit")
            await asyncio.gather(*hearing)
            for caller in callers:
                assert caller.frames == work.frames
                assert caller.last == ("X", {"reason": "exit"})

    run(story())


def test_who_comes_late_gets_what_memory_no_longer_holds_out_of_the_journals(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            before = Work(hub, hub.journals, session=bytes(16))
            before.say(1000)
            work = Work(hub, tmp_path)
            work.journal, work.folder = before.journal, hub.journals
            work.journal.append(work.frames[0])
            for round_ in range(12):
                work.say(700, size=300)
                before.journal = work.journal
                before.say(50)
                if round_ % 4 == 1:
                    work._number += round_ + 1
                    work.turn_over()
            feed = hub.feed(work.hex)
            assert feed is not None and feed.first > 1000
            for start in (0, 1, 3333, feed.first - 1, feed.first, len(work.frames) - 1, len(work.frames)):
                caller = await Caller.watching(path, work.hex, start=start)
                await caller.hear()
                await caller.until(len(work.frames) - start)
                assert caller.frames == work.frames[start:]
                assert caller.states
                caller.close()
            chained(work.session, work.frames)

    run(story())


def test_who_takes_nothing_costs_no_memory_and_misses_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            work = Work(hub, hub.journals)
            slow, quick = [await Caller.watching(path, work.hex, name=name) for name in ("Clara", "Carl")]
            hearing = asyncio.create_task(quick.until(4001))
            for _ in range(40):
                work.say(100, size=4000)
                await asyncio.sleep(0.002)
            await hearing
            feed = hub.feed(work.hex)
            assert feed is not None and feed.size <= 2 * MEMORY
            waiting = [connection.transport.get_write_buffer_size() for connection in hub.connections]
            assert max(waiting) < 2 * MOST_IN_LINE
            await slow.until(4001)
            assert slow.frames == quick.frames == work.frames

    run(story())


def test_the_session_is_told_who_comes_goes_looks_away_and_falls_silent(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            work = Work(hub, hub.journals)
            clara = await Caller.watching(path, work.hex)
            dan = await Caller.watching(path, work.hex, name="Dan")
            await settle(lambda: len(hub.viewers(work.hex)) == 2)
            for visible in (True, False, False, True):
                clara.say("B", {"visible": visible})
            await settle(lambda: len(work.seen) == 4)
            assert [(order["event"], order["viewer"]["name"]) for order in work.seen] == [
                *(("joined", "Clara"), ("joined", "Dan"), ("hidden", "Clara"), ("visible", "Clara")),
            ]
            dan.close()
            await settle(lambda: len(work.seen) == 5)
            (connection,) = hub.connections
            connection.look(clock.monotonic() + SILENT - 1)
            connection.look(clock.monotonic() + SILENT + 1)
            await clara.until_end()
            await settle(lambda: len(work.seen) == 6)
            assert [order["event"] for order in work.seen[4:]] == ["left", "lost"]
            assert hub.viewers(work.hex) == []
            assert [viewer["name"] for viewer in clara.states[1]["viewers"]] == ["Clara", "Dan"]

    run(story())


def test_viewers_steer_and_ask_and_never_type(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            work = Work(hub, hub.journals)
            clara = await Caller.watching(path, work.hex)
            clara.say("D", {"do": "pause", "why": "wait"})
            clara.say("Q", {"text": " What is this? ", "by": {"id": "contact:5", "name": "Clara", "kind": "customer"}})
            clara.say("Q", {"text": "  "})
            clara.say("I", b"rm -rf /\r")
            await clara.until_end()
            assert clara.last[1]["code"] == "malformed"
            await settle(lambda: len(work.seen) == 4)
            who = {"id": "contact:Clara", "name": "Clara", "kind": "customer"}
            assert work.seen[1] == {"do": "pause", "by": who, "why": "wait"}
            assert work.seen[2]["text"] == "What is this?"
            assert {order["do"] for order in work.seen} == {"viewer", "pause", "question"}

    run(story())


def test_an_order_needs_no_viewer(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            work = Work(hub, hub.journals)
            caller = await Caller.at(path)
            caller.say("D", {"session": work.hex, "do": "stop", "by": {"name": "desk"}, "why": "taken back"})
            await caller.until_end()
            await settle(lambda: work.seen)
            assert work.seen == [{"do": "stop", "by": {"name": "desk"}, "why": "taken back"}]
            assert caller.states

    run(story())


@pytest.mark.parametrize(
    ("letter", "told", "code"),
    [
        ("W", {"session": "00" * 16, "viewer": {"id": "1", "name": "Clara", "kind": "customer"}}, "session"),
        ("W", {"session": "OURS", "from": 99, "viewer": {"id": "1", "name": "Clara", "kind": "customer"}}, "from"),
        ("W", {"session": "OURS", "from": -1, "viewer": {"id": "1", "name": "Clara", "kind": "customer"}}, "from"),
        ("W", {"session": "OURS"}, "malformed"),
        ("W", b"[]", "malformed"),
        ("W", b"\xff", "malformed"),
        ("D", {"session": "OURS", "do": "pause", "by": {"name": "Clara"}, "why": "\ud800"}, "malformed"),
        ("D", {"session": "OURS", "do": "shut", "by": {}}, "malformed"),
        ("B", {"visible": True}, "letter"),
        ("I", b"ls\r", "letter"),
        ("T", {"staff": 2, "ticket": "T-1042", "host": "web1", "cols": 80, "rows": 24}, "letter"),
        ("W", b"x" * 70_000, "malformed"),
    ],
)
def test_it_shows_the_door_to_who_talks_nonsense(tmp_path: Path, letter: str, told: Any, code: str) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            work = Work(hub, hub.journals)
            if isinstance(told, dict) and told.get("session") == "OURS":
                told["session"] = work.hex
            caller = await Caller.at(path)
            caller.say(letter, told)
            await caller.until_end()
            assert (caller.last[0], caller.last[1]["code"], caller.frames) == ("N", code, [])
            assert work.seen == []

    run(story())


def test_it_lets_in_only_so_many(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path, most_viewers=2) as (hub, path):
            work = Work(hub, hub.journals)
            here = [await Caller.watching(path, work.hex) for _ in range(2)]
            for caller in here:
                await caller.until(1)
            third = await Caller.watching(path, work.hex)
            await third.until_end()
            assert third.last[1]["code"] == "crowded"

    run(story())


def test_a_signed_head_comes_after_the_frames_it_signs_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            work = Work(hub, hub.journals)
            clara = await Caller.watching(path, work.hex)
            work.say(9)
            hub.head(work.hex, f"opora session head v1\n{work.hex}\n10\n1234\nhash\n\n— name signature\n")
            late = await Caller.watching(path, work.hex)
            work.say(5)
            hub.finish(work.hex, "exit")
            await asyncio.gather(clara.until_end(), late.until_end())
            for caller in (clara, late):
                ((frames, note),) = caller.heads
                assert frames >= 10 and note.startswith("opora session head v1\n")
                assert len(caller.frames) == 15

    run(story())


class FakeGateway:
    """Opens terminals; keeps what came, shows what it is told."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.came: list[Any] = []
        self.open = asyncio.Event()
        self.end: Any = None
        self.refusal: Refused | None = None

    async def terminal(self, *, end: Any, **asked: Any) -> "FakeGateway":
        self.asked, self.end = asked, end
        await self.open.wait()
        if self.refusal:
            raise self.refusal
        return self

    def typed(self, data: bytes) -> None:
        self.came.append(data)

    def resized(self, columns: int, rows: int) -> None:
        self.came.append((columns, rows))

    def full(self, full: bool) -> None:
        self.came.append(full)

    def gone(self) -> None:
        self.came.append("gone")


WANTED = {"staff": 2, "ticket": "T-1042", "host": "web1", "cols": 80, "rows": 24}


def test_a_browsers_terminal_types_and_sees(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            gateway = FakeGateway()
            hub.terminal = gateway.terminal
            caller = await Caller.at(path)
            caller.say("T", WANTED)
            await settle(lambda: gateway.asked)
            assert gateway.asked == {**WANTED, "page": ""}
            caller.say("Z", {"cols": 100, "rows": 30})
            caller.say("I", b"early ")
            (connection,) = hub.connections
            await settle(lambda: connection._typing is not None and connection._typing._early)
            gateway.open.set()
            await settle(lambda: len(gateway.came) == 2)
            caller.say("I", "жук".encode())
            gateway.end.write(b"\x1b[1mhere\xff")
            assert await caller.hear() == ("O", b"\x1b[1mhere\xff")
            await settle(lambda: len(gateway.came) == 3)
            assert gateway.came == [(100, 30), b"early ", "жук".encode()]
            caller.say("D", {"do": "stop"})
            await caller.until_end()
            assert caller.last[1]["code"] == "malformed"
            await settle(lambda: gateway.came[-1] == "gone")

    run(story())


def test_a_browsers_terminal_is_told_why_not_and_when_it_ends(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            gateway = FakeGateway()
            hub.terminal, gateway.refusal = gateway.terminal, Refused("window", "The window has not begun.")
            gateway.open.set()
            caller = await Caller.at(path)
            caller.say("T", WANTED)
            await caller.until_end()
            assert caller.last == ("N", {"code": "window", "reason": "The window has not begun."})
            gateway.refusal = None
            again = await Caller.at(path)
            again.say("T", WANTED)
            await settle(lambda: gateway.end is not None and len(hub.connections) == 1)
            gateway.end.exit(7, "exit")
            await again.until_end()
            assert again.last == ("X", {"reason": "exit", "status": 7})

    run(story())
