"""A real session by the real `ssh`, watched: what Clara sees is what is recorded, and her word counts."""

import asyncio
import hashlib
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from opora.evidence.following import Follower
from opora.evidence.frames import Kind, read_frames
from opora.evidence.journal import journals, session_frames
from opora.gateway.live.hub import Hub
from tests.gateway.watching import Caller
from tests.gateway.worlds import World


@pytest.fixture
def watched(here: World) -> Iterator[World]:
    """A world in which sessions can be watched."""
    here.hub = Hub(here.settings.journals)
    here.start()
    here.within(here.hub.serve(here.settings.socket("live")))
    yield here
    here.within(here.hub.close())


def seen(world: World, session: str, *, start: int = 0) -> Caller:
    """Watch to the end and return what was seen."""

    async def watching() -> Caller:
        caller = await Caller.watching(world.settings.socket("live"), session, start=start)
        await caller.until_end()
        return caller

    return asyncio.run(watching())


def steered(world: World, work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_clara_sees_exactly_what_is_recorded(watched: World) -> None:
    run = watched.ssh("seq 1 60000; echo done >&2")
    assert run.returncode == 0
    watched.desk.wait_told("ended")
    (session,) = {frame.session for frame in watched.frames()}
    caller = seen(watched, session.hex())
    assert caller.last == ("X", {"reason": "exit"})
    follower = Follower(session, hashlib.sha256(watched.desk.agreement.encode()).digest())
    for frame in caller.frames:
        follower.take(frame)
    assert follower.ended
    output = [frame.payload for raw in caller.frames for frame in read_frames(raw) if frame.kind is Kind.OUTPUT]
    assert b"".join(output) == run.stdout
    kept = [frame for path in journals(watched.settings.journals) for frame in session_frames(path, session)]
    assert caller.frames == kept


def test_clara_stops_the_work_while_she_watches(watched: World) -> None:
    words, environment = watched.words()

    async def story() -> None:
        engineer = await asyncio.create_subprocess_exec(
            *words, "echo begun; sleep 600", stdout=asyncio.subprocess.PIPE, env=environment
        )
        assert engineer.stdout is not None
        assert await engineer.stdout.readline() == b"begun\n"
        (session,) = {frame.session.hex() for frame in watched.frames()}
        clara = await Caller.watching(watched.settings.socket("live"), session)
        await clara.until(2)
        clara.say("D", {"do": "stop", "why": "not this"})
        await clara.until_end()
        assert clara.last == ("X", {"reason": "stop"})
        kinds = [frame.kind for raw in clara.frames for frame in read_frames(raw)]
        assert kinds[-3:] == [Kind.TERMINATE, Kind.NOTICE, Kind.END]
        assert Kind.VIEWER in kinds
        assert clara.states[-1]["state"] == "ended"
        assert await asyncio.wait_for(engineer.wait(), 30) != 0

    steered(watched, story())
    told = watched.desk.wait_told("ended")
    assert told["facts"]["reason"] == "stop"


def test_it_listens_at_the_live_socket_as_a_program(here: World) -> None:
    here.start_process()
    path: Path = here.settings.socket("live")
    assert path.stat().st_mode & 0o777 == 0o600

    async def story() -> None:
        caller = await Caller.watching(path, "00" * 16)
        await caller.until_end()
        assert caller.last[1]["code"] == "session"

    steered(here, story())
