"""A record of work, and the ways in which somebody who holds it may change it."""

import random
from collections.abc import Callable

from opora.evidence.frames import Chain, Kind, canonical, read_frames

SESSION, AGREEMENT = bytes(range(16)), bytes(32)


def made_record(count: int, size: int) -> list[bytes]:
    """Return the frames of a record, each with so many bytes of what was typed or shown."""
    chain, dice = Chain(SESSION, AGREEMENT), random.Random(7)
    header = canonical({"session": SESSION.hex(), "agreement": AGREEMENT.hex()})
    frames = [chain.link(Kind.HEADER, header, mono_ns=0, wall_ns=0)]
    kinds = (Kind.OUTPUT, Kind.OUTPUT, Kind.INPUT)
    frames += [chain.link(kinds[n % 3], dice.randbytes(size), mono_ns=n, wall_ns=n) for n in range(1, count)]
    end = canonical({"frames": chain.frames, "size": chain.size})
    return [*frames, chain.link(Kind.END, end, mono_ns=count, wall_ns=count)]


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
