"""kill -9 at random moments: what an engineer saw and what a host received is in the record, every byte of it."""

import random
import re
import subprocess
import time
from pathlib import Path

import pytest

from opora.evidence.frames import Kind
from tests.gateway.worlds import World

ROUNDS = 5


def one_round(here: World, dice: random.Random, number: int) -> tuple[bytes, bytes, bytes, bytes]:
    """Kill the gateway while both directions run, and start it again.

    Returns what was seen, what is recorded of that, what the host received, and what is recorded of that.
    """
    process = here.process
    assert process is not None
    words, environment = here.words()
    got = here.sshd.home / f"got-{number}"
    command = f"exec 3<&0; cat <&3 > {got} & seq 1 100000000"
    client = subprocess.Popen(
        [*words, f"({command}) 2>/dev/null"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert client.stdin is not None and client.stdout is not None
    seen = client.stdout.read(1)
    end = time.monotonic() + dice.uniform(0.05, 0.35)
    marker = 0
    while time.monotonic() < end:
        client.stdin.write(b"%d\n" % marker)
        client.stdin.flush()
        marker += 1
        seen += client.stdout.read1(1 << 20)
    process.kill()
    process.wait()
    seen += client.communicate(timeout=30)[0]
    here.start_process()
    here.desk.wait_told("ended", times=number + 1)
    session = here.desk.opened[-1]["session"]
    return seen, here.recorded(Kind.OUTPUT, session), received(got), here.typed(session)


def received(path: Path) -> bytes:
    """What the host's process wrote down of what it was sent."""
    return path.read_bytes() if path.exists() else b""


@pytest.mark.parametrize("durability", ["crash-safe", "power-safe"])
def test_it_loses_nothing_that_was_seen_or_executed_when_it_is_killed(here: World, durability: str) -> None:
    here.agree(durability=durability)
    dice = random.Random(f"kill {durability}")
    total = 0
    here.start_process()
    for number in range(ROUNDS):
        seen, recorded, got, typed = one_round(here, dice, number)
        assert recorded.startswith(seen), f"round {number}: {len(seen)} seen, {len(recorded)} recorded"
        assert typed.startswith(got), f"round {number}: {len(got)} received, {len(typed)} recorded"
        assert re.match(rb"1\n2\n3\n", seen)
        total += len(got)
    assert total
