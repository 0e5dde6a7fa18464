"""The gateway against OpenSSH in one run: echo of keys, fifty megabytes, CPU for each key, and kill -9 at random.

    bin/bench gateway [echo|copy|typists|kills] [--rounds N] [--keys N] [--kills N]

A real host, the real `ssh`, the gateway as a process of its own, all on loopback. Rounds of the ways to be compared
follow one another in turn, so that whatever else the machine does falls on all of them; medians are compared.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench._ways import Typist, cpu_of, ways
from tests.folders import passable_folder
from tests.gateway.hosts import Sshd, why_not
from tests.gateway.neighbours import Authority
from tests.gateway.test_kills import one_round
from tests.gateway.worlds import World, world

MEGABYTES = 50
TYPISTS = 24
"""Who type at the same time, five keys a second each, so that they share the journal's syncs as they do at work."""


def main(words: list[str]) -> int:
    """Measure what is asked for; 0 when every goal is met."""
    parser = argparse.ArgumentParser(prog="bin/bench gateway", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[[], "echo", "copy", "typists", "kills"], default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keys", type=int, default=300, help="keys for each way and round")
    parser.add_argument("--kills", type=int, default=200)
    chosen = parser.parse_args(words)
    if reason := why_not():
        print(f"cannot be measured here: {reason}")
        return 2
    parts: dict[str, Callable[[argparse.Namespace], bool]] = {
        "echo": echo,
        "copy": copy,
        "typists": typists,
        "kills": kills,
    }
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    good = [parts[name](chosen) for name in chosen.what or parts]
    return 0 if all(good) else 1


@contextmanager
def running(**agreed: str) -> Iterator[World]:
    """A world with its gateway as a process."""
    authority = Authority()
    with passable_folder() as folder, tempfile.TemporaryDirectory(dir=Path.cwd()) as kept:
        host = Sshd(folder / "host", authority.public).start()
        try:
            with world(Path(kept), host, authority) as made:
                made.agree(**agreed)
                made.start_process()
                yield made
        finally:
            host.stop()


def echo(chosen: argparse.Namespace) -> bool:
    """Milliseconds from a key to its echo, over direct ssh."""
    good = True
    for durability, most in (("crash-safe", 1.0), ("power-safe", None)):
        with running(durability=durability) as here:
            times: dict[str, list[float]] = {}
            for _ in range(chosen.rounds):
                for way in ways(here):
                    with Typist(way) as typist:
                        times.setdefault(way.name, []).extend(typist.echoes(chosen.keys))
        direct = times["direct"]
        for name, told in times.items():
            added = [quantile(told, at) - quantile(direct, at) for at in (0.5, 0.99)]
            print(
                f"echo {durability:<10} {name:<9} p50 {quantile(told, 0.5):6.2f} ms (+{added[0]:.2f})"
                f"  p99 {quantile(told, 0.99):6.2f} ms (+{added[1]:.2f})"
            )
            if name == "gateway" and most is not None:
                good &= judged("added p50 <= 1.0 ms, p99 <= 5 ms", added[0] <= most and added[1] <= 5.0)
    return good


def copy(chosen: argparse.Namespace) -> bool:
    """Fifty megabytes of text, with a terminal and without, against ProxyJump."""
    good = True
    with running() as here:
        blob = here.sshd.home / "blob"
        line = b"Nov 23 07:00:00 web1 kernel: a line of a log as there are many, with numbers 1234567890\n"
        blob.write_bytes(line * ((MEGABYTES << 20) // len(line)))
        blob.chmod(0o644)
        for terminal, least in ((False, 1.0), (True, 0.9)):
            speeds: dict[str, list[float]] = {}
            spent = 0.0
            for _ in range(chosen.rounds):
                for way in ways(here):
                    before, began = cpu_of(here.process), time.monotonic()
                    size = way.taken(f"cat {blob}", terminal=terminal)
                    speeds.setdefault(way.name, []).append(size / (time.monotonic() - began) / 1e6)
                    spent += cpu_of(here.process) - before if way.name == "gateway" else 0.0
            middle = {name: statistics.median(told) for name, told in speeds.items()}
            ratio = middle["gateway"] / middle["proxyjump"]
            shown = ", ".join(f"{name} {speed:.1f} MB/s" for name, speed in middle.items())
            rate = MEGABYTES * chosen.rounds / spent
            print(f"cat {'with' if terminal else 'without'} terminal: {shown}; gateway {rate:.0f} MB per CPU second")
            good &= judged(f"{ratio:.2f} x ProxyJump >= {least}", ratio >= least)
    return good


def typists(chosen: argparse.Namespace) -> bool:
    """How many who type five keys a second fit on 70 % of a core, from the CPU of each echoed key."""
    good = True
    keys = max(10, chosen.keys // 5)
    for durability, least in (("crash-safe", 400), ("power-safe", 200)):
        with running(durability=durability) as here:
            way = next(one for one in ways(here) if one.name == "gateway")
            with ExitStack() as stack:
                crowd = [stack.enter_context(Typist(way)) for _ in range(TYPISTS)]
                threads = ThreadPoolExecutor(TYPISTS)
                before = cpu_of(here.process)
                for _ in threads.map(lambda typist: typist.echoes(keys, pause=0.2), crowd):
                    pass
                each = (cpu_of(here.process) - before) / (keys * TYPISTS)
        fit = 0.7 / (5 * each)
        print(f"typists {durability}: {each * 1000:.2f} ms of CPU for each key and its echo, {fit:.0f} on a core")
        good &= judged(f"{fit:.0f} >= {least}", fit >= least)
    return good


def kills(chosen: argparse.Namespace) -> bool:
    """kill -9 at random moments while both directions run: bytes seen or received that no record holds."""
    dice = random.Random(4711)
    missing = 0
    with running() as here:
        for number in range(chosen.kills):
            here.agree(durability="crash-safe" if number % 2 else "power-safe")
            seen, recorded, got, typed = one_round(here, dice, number)
            missing += not (recorded.startswith(seen) and typed.startswith(got))
    print(f"kill -9, {chosen.kills} rounds: {missing} with a byte seen or received that is not recorded")
    return judged("0", missing == 0)


def quantile(told: list[float], at: float) -> float:
    """That quantile, in milliseconds."""
    return sorted(told)[min(len(told) - 1, int(len(told) * at))] * 1000


def judged(goal: str, held: bool) -> bool:
    """Say whether a goal is met."""
    print(f"    {goal}: {'ok' if held else 'MISSED'}")
    return held


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
