"""A process beside the gateway that reads the journals after it and finds where late viewers may come in.

Takes what the processor has left: the gateway never waits for it, and without it late viewers are shown records from their
beginning. Only reads; ends with the gateway. Spoken to by lines: any line in, "look"; an entrance out, as JSON.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from opora.evidence.frames import HASH_SIZE, HEAD, Kind
from opora.evidence.journal import SUFFIX, journals
from opora.gateway.live.entrances import Entrance, Finder
from opora.gateway.live.past import Place

PIECE = 1 << 20
NICE = 10
"""How far behind everybody else the process stands; further, a busy machine would never let it come to an end."""
MOST_PLACES = 512
"""Frames of a session whose place is remembered until it is known whether they are entrances."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entrance, where its frame stands in the journals, and the record before it: its size, and its last hash in hex."""

    entrance: Entrance
    place: Place
    size: int
    head: str


@dataclass(slots=True)
class _Session:
    finder: Finder
    places: dict[int, tuple[Place, int, str]]
    size: int = 0
    head: str = ""
    told: Entrance | None = None


class Follower:
    """Reads the journals of one process from a place on."""

    def __init__(self, folder: Path, process: int, journal: str, at: int) -> None:
        """Begin there."""
        self._folder = folder
        self._ours = f"-{process}{SUFFIX}"
        self._journal, self._at = journal, at
        self._sessions: dict[bytes, _Session] = {}

    def look(self) -> Iterator[tuple[str, Found]]:
        """Read what has been written since; yield each session whose newest entrance is another one, as soon as it is known."""
        while self._read() or self._turn_over():
            for name, session in self._sessions.items():
                entrance = session.finder.newest
                if entrance is not None and entrance is not session.told and entrance.seq in session.places:
                    session.told = entrance
                    yield name.hex(), Found(entrance, *session.places[entrance.seq])

    def _turn_over(self) -> bool:
        names = [path.name for path in journals(self._folder) if path.name.endswith(self._ours)]
        following = min((name for name in names if name > self._journal), default="")
        if following:
            self._journal, self._at = following, 0
        return bool(following)

    def _read(self) -> bool:
        """Take a piece of the journal; False when no whole frame has come."""
        if not self._journal:
            return False
        with (self._folder / self._journal).open("rb") as file:
            file.seek(self._at)
            piece = file.read(PIECE)
            if len(piece) >= 4:
                piece += file.read(max(0, int.from_bytes(piece[:4], "big") + 4 - len(piece)))
        at = 0
        while at + HEAD.size <= len(piece):
            length, _, kind, session, seq, _, _ = HEAD.unpack_from(piece, at)
            if at + 4 + length > len(piece):
                break
            self._take(session, seq, kind, piece[at : at + 4 + length], self._at + at)
            at += 4 + length
        self._at += at
        return at > 0

    def _take(self, name: bytes, seq: int, kind: int, frame: bytes, at: int) -> None:
        if kind == Kind.HEADER:
            self._sessions[name] = _Session(Finder(), {})
        session = self._sessions.get(name)
        if session is None:
            return
        session.places[seq] = (Place(seq, self._journal, at), session.size, session.head)
        with suppress(ValueError, TypeError, AttributeError):
            session.finder.take(seq, Kind(kind), frame[HEAD.size : -HASH_SIZE])
        if len(session.places) > MOST_PLACES:
            wanted = session.finder.wanted() | {seq}
            session.places = {one: known for one, known in session.places.items() if one in wanted}
        session.size += len(frame)
        session.head = frame[-HASH_SIZE:].hex()
        if kind == Kind.END:
            del self._sessions[name]


class Finding:
    """The gateway's side of it. `found` is called with a session and its newest entrance."""

    def __init__(self, folder: Path, found: Callable[[str, Found], None]) -> None:
        """Begin without the process."""
        self._folder = folder
        self._found = found
        self._process: asyncio.subprocess.Process | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run it, from where the journals end now."""
        newest = max((path for path in journals(self._folder)), default=None)
        journal, at = (newest.name, newest.stat().st_size) if newest is not None else ("", 0)
        words = (str(self._folder.absolute()), str(os.getpid()), journal, str(at))
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "opora.gateway.live.finding", *words),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=Path(__file__).resolve().parents[3],
                start_new_session=True,
                limit=1 << 20,
            )
        except OSError:
            return  # no room for another process: late viewers are shown records from their beginning
        self._hearing = asyncio.get_running_loop().create_task(self._hear(self._process))

    def look(self) -> None:
        """Something was written: it may look. Never waits."""
        if self._process is not None and self._process.stdin is not None and self._process.returncode is None:
            self._process.stdin.write(b"look\n")

    async def stop(self) -> None:
        """End it."""
        if self._hearing is not None:
            self._hearing.cancel()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            told: dict[str, Any] = json.loads(line)
            place = Place(**told["place"])
            found = Found(Entrance(**told["entrance"]), place, told["size"], told["head"])
            self._found(told["session"], found)


def main(folder: str, process: str, journal: str, at: str) -> None:
    """Look when told to, until the gateway is gone."""
    os.nice(NICE)
    follower = Follower(Path(folder), int(process), journal, int(at))
    for _ in sys.stdin:
        for session, found in follower.look():
            sys.stdout.write(json.dumps({"session": session, **asdict(found)}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
