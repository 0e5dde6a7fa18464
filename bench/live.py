"""The live view: how far fifty viewers are behind the engineer, what they miss, and how soon one who comes late sees all.

    bin/bench live [--viewers N] [--lines N]

A real host, the real `ssh`, the gateway as a process of its own, all on loopback. The engineer's client and all viewers are
read in this one process, by one clock: what it takes to read fifty streams is counted against the gateway.
"""

import argparse
import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import uvloop

from bench.gateway import judged, quantile, running
from opora.evidence.frames import Kind, read_frames
from opora.gateway.live.messages import told
from tests.gateway.hosts import why_not
from tests.gateway.worlds import World

BETWEEN = 0.01
"""Seconds between two lines."""


class Watcher(asyncio.Protocol):
    """A viewer who notes when each piece came, and reads them when all is over."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.came: dict[int, float] = {}
        self.over = asyncio.Event()
        self._pieces: list[tuple[float, bytes]] = []
        self._rest = self._line = b""

    @classmethod
    async def at(cls, path: Path, session: str, name: str) -> "Watcher":
        """Come and watch."""
        transport, watcher = await asyncio.get_running_loop().create_unix_connection(cls, str(path))
        who = {"id": name, "name": name, "kind": "customer"}
        transport.write(told("W", {"session": session, "from": 0, "viewer": who}))
        return watcher

    def data_received(self, data: bytes) -> None:
        self._pieces.append((time.monotonic(), data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set()

    def read(self) -> None:
        """Read what has come by now."""
        pieces, self._pieces = self._pieces, []
        for at, piece in pieces:
            self._rest += piece
            while len(self._rest) >= 5 and len(self._rest) >= (size := int.from_bytes(self._rest[:4], "big") + 4):
                letter, payload, self._rest = self._rest[4:5], self._rest[5:size], self._rest[size:]
                if letter == b"F":
                    self._take(at, payload)

    def _take(self, at: float, payload: bytes) -> None:
        place = 0
        for frame in read_frames(payload):
            self.frames.append(payload[place : place + frame.size])
            place += frame.size
            if frame.kind is Kind.OUTPUT:
                *lines, self._line = (self._line + frame.payload).split(b"\n")
                self.came.update({int(line): at for line in lines})


def main(words: list[str]) -> int:
    """Measure; 0 when every goal is met."""
    parser = argparse.ArgumentParser(prog="bin/bench live", description=__doc__)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--lines", type=int, default=1000)
    chosen = parser.parse_args(words)
    if reason := why_not():
        print(f"cannot be measured here: {reason}")
        return 2
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with running() as world:
        return 0 if uvloop.run(_measure(world, chosen.viewers, chosen.lines)) else 1


async def _measure(world: World, viewers: int, lines: int) -> bool:
    order = f"for n in $(seq {lines}); do echo $n; sleep {BETWEEN}; done"
    words, environment = world.words()
    engineer = await asyncio.create_subprocess_exec(
        *words,
        f"read go; {order}; read go",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=environment,
    )
    assert engineer.stdin is not None and engineer.stdout is not None
    path, session = world.settings.socket("live"), await _session(world)
    watchers = [await Watcher.at(path, session, f"Clara {n}") for n in range(viewers)]
    await asyncio.sleep(1.0)
    engineer.stdin.write(b"go\n")
    seen: dict[int, float] = {}
    while len(seen) < lines:
        line = await engineer.stdout.readline()
        seen[int(line)] = time.monotonic()
    late, waited = await _late(path, session, lines)
    engineer.stdin.write(b"go\n")
    for watcher in (*watchers, late):
        await watcher.over.wait()
        watcher.read()
    return _report(seen, watchers, late, waited, lines)


async def _session(world: World) -> str:
    """The session's name, once the desk was told that it is opened."""
    async with asyncio.timeout(60):
        while not world.desk.opened:
            await asyncio.sleep(0.05)
    return str(world.desk.opened[0]["session"])


async def _late(path: Path, session: str, lines: int) -> tuple[Watcher, float]:
    """One who comes when the last line was shown, and the seconds until he saw it."""
    began = time.monotonic()
    late = await Watcher.at(path, session, "late")
    while lines not in late.came:
        await asyncio.sleep(0.001)
        late.read()
    return late, time.monotonic() - began


def _report(seen: dict[int, float], watchers: list[Watcher], late: Watcher, waited: float, lines: int) -> bool:
    behind = [watcher.came[n] - at for watcher in watchers for n, at in seen.items() if n in watcher.came]
    missing = sum(lines - len(watcher.came) for watcher in [*watchers, late])
    whole = late.frames
    same = all(watcher.frames == whole for watcher in watchers)
    p50, p99 = quantile(behind, 0.5), quantile(behind, 0.99)
    print(f"{len(watchers)} viewers, {lines} lines: {missing} missing; {len(whole)} frames, the same for all: {same}")
    print(
        f"behind the engineer: p50 {p50:.1f} ms, p99 {p99:.1f} ms; who comes late has all after {waited * 1000:.0f} ms"
    )
    good = judged("nothing missing or double", not missing and same)
    good &= judged("p50 <= 10 ms, p99 <= 150 ms", p50 <= 10 and p99 <= 150)
    return judged("late <= 300 ms", waited <= 0.3) and good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
