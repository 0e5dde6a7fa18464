"""Tampering with recorded work: how many of a hundred thousand changes the verifier finds, and how fast it reads."""

import argparse
import random
import time
from collections.abc import Callable

from opora.evidence import verify
from opora.evidence.frames import Chain, Kind, canonical, read_frames

SESSION, AGREEMENT = bytes(range(16)), bytes(32)
GOAL = 40.0


def main() -> int:
    """Print the figures; 1 when a change was missed or reading is slower than 40 MB a second of CPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=120_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    missed = _tamper(_record(120, 120), options.trials, random.Random(options.seed))
    speed = _speed(_record(250_000, 126))
    print(f"verify: {speed:.0f} MB/s of CPU at 200-byte frames (goal {GOAL:.0f})")
    return 1 if missed or speed < GOAL else 0


def _record(count: int, size: int) -> list[bytes]:
    chain, dice = Chain(SESSION, AGREEMENT), random.Random(7)
    header = canonical({"session": SESSION.hex(), "agreement": AGREEMENT.hex()})
    frames = [chain.link(Kind.HEADER, header, mono_ns=0, wall_ns=0)]
    kinds = (Kind.OUTPUT, Kind.OUTPUT, Kind.INPUT)
    frames += [chain.link(kinds[n % 3], dice.randbytes(size), mono_ns=n, wall_ns=n) for n in range(1, count)]
    end = canonical({"frames": chain.frames, "size": chain.size})
    return [*frames, chain.link(Kind.END, end, mono_ns=count, wall_ns=count)]


def _tamper(frames: list[bytes], trials: int, dice: random.Random) -> int:
    _, heads = verify.walk(b"".join(frames), AGREEMENT)
    signed = heads[-1]
    missed = 0
    for n in range(trials):
        way = WAYS[n % len(WAYS)]
        if not _found(way(list(frames), dice), signed):
            missed += 1
            print(f"missed: {way.__name__}, trial {n}")
        if n % 20_000 == 19_999:
            print(f"{n + 1:,} changes, {missed} missed", flush=True)
    print(f"{trials:,} changes of {len(WAYS)} kinds, {missed} missed")
    return missed


def _found(forged: bytes, signed: tuple[bytes, int]) -> bool:
    """What the verifier holds against a record: its chain, and the last head that was signed for it."""
    try:
        _, heads = verify.walk(forged, AGREEMENT)
    except verify.Bad:
        return True
    return heads[-1] != signed


def flip_a_bit(frames: list[bytes], dice: random.Random) -> bytes:
    whole = bytearray(b"".join(frames))
    whole[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
    return bytes(whole)


def remove(frames: list[bytes], dice: random.Random) -> bytes:
    del frames[dice.randrange(len(frames))]
    return b"".join(frames)


def double(frames: list[bytes], dice: random.Random) -> bytes:
    at = dice.randrange(len(frames))
    return b"".join([*frames[:at], frames[at], *frames[at:]])


def swap(frames: list[bytes], dice: random.Random) -> bytes:
    one, other = dice.sample(range(len(frames)), 2)
    frames[one], frames[other] = frames[other], frames[one]
    return b"".join(frames)


def cut_short(frames: list[bytes], dice: random.Random) -> bytes:
    whole = b"".join(frames)
    return whole[: dice.randrange(1, len(whole))]


def insert(frames: list[bytes], dice: random.Random) -> bytes:
    frames.insert(dice.randrange(1, len(frames)), dice.choice(frames))
    return b"".join(frames)


def rewrite_and_chain_anew(frames: list[bytes], dice: random.Random) -> bytes:
    """The strongest hand: change one payload and compute every hash after it, as whoever holds the disk can."""
    at = dice.randrange(1, len(frames) - 1)
    chain, forged = Chain(SESSION, AGREEMENT), []
    for frame in read_frames(b"".join(frames)):
        payload = dice.randbytes(9) if frame.seq == at else frame.payload
        if frame.kind == Kind.END:
            payload = canonical({"frames": chain.frames, "size": chain.size})
        forged.append(chain.link(frame.kind, payload, mono_ns=frame.mono_ns, wall_ns=frame.wall_ns))
    return b"".join(forged)


WAYS: tuple[Callable[[list[bytes], random.Random], bytes], ...] = (
    *[flip_a_bit] * 6,
    remove,
    double,
    swap,
    cut_short,
    insert,
    rewrite_and_chain_anew,
)


def _speed(frames: list[bytes]) -> float:
    """Return megabytes of record a second of CPU, the best of five."""
    whole, best = b"".join(frames), 0.0
    for _ in range(5):
        began = time.process_time()
        verify.walk(whole, AGREEMENT)
        best = max(best, len(whole) / (time.process_time() - began) / 1e6)
    return best
