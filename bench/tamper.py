"""Tampering with recorded work: how many of two hundred thousand changes the verifier finds, and how fast it reads.

First a record alone, changed in every way; then a whole bundle: every bit of every part of it is flipped, and its parts are
cut, torn, mixed and exchanged for those of another session by the same provider. Signatures of the bundle are checked by the
library here, not by verify.py's own arithmetic, which is a hundred times slower (tests/evidence/test_notes.py: they agree).
"""

import argparse
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bench._record_changes import AGREEMENT, WAYS, made_record
from opora.evidence import verify
from opora.evidence.frames import Chain, Kind, canonical, read_frames
from tests.evidence.recording import SIGNER, Recording, short_session

GOAL = 40.0


def main() -> int:
    """Print the figures; 1 when a change was missed or reading is slower than 40 MB a second of CPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=120_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    missed = _tamper(made_record(120, 120), options.trials, dice)
    missed += _tamper_with_bundle(dice, options.trials // 3)
    speed = _speed(made_record(250_000, 126))
    print(f"verify: {speed:.0f} MB/s of CPU at 200-byte frames (goal {GOAL:.0f})")
    return 1 if missed or speed < GOAL else 0


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


def _tamper_with_bundle(dice: random.Random, more: int) -> int:
    """Return how many changes of a bundle's parts went unseen: every flip of every bit, and so many others."""
    verify.signed = _signed_by_library
    with tempfile.TemporaryDirectory() as folder:
        whole, other = _parts(short_session(), Path(folder, "one")), _parts(_other_session(), Path(folder, "other"))
    assert _holds(whole) and _holds(other)
    flips = missed = 0
    for name, forged in _flips(whole):
        flips += 1
        if _holds(forged):
            missed += 1
            print(f"missed: a flipped bit of {name}")
    for n in range(more):
        way = BUNDLE_WAYS[n % len(BUNDLE_WAYS)]
        forged = way(Case(whole, other, dice))
        if forged != whole and _holds(forged):
            missed += 1
            print(f"missed: {way.__name__}, trial {n}")
    parts = ", ".join(f"{name} {len(whole[name]):,}" for name in PARTS)
    print(
        f"a bundle ({parts} bytes): {flips:,} flips, every bit, and {more:,} changes of {len(BUNDLE_WAYS)} kinds, {missed} missed"
    )
    return missed


@dataclass(frozen=True, slots=True)
class Case:
    """A bundle's parts, those of another session, and dice."""

    files: verify.Files
    other: verify.Files
    dice: random.Random


def _parts(recording: Recording, folder: Path) -> verify.Files:
    folder.mkdir()
    with zipfile.ZipFile(recording.bundled(folder)) as archive:
        return {name: archive.read(name) for name in PARTS}


def _other_session() -> Recording:
    """Another session under the same agreement, by the same name and key: the nearest thing to swap parts with."""
    recording = Recording(keys=short_session().keys)
    recording.add(Kind.OUTPUT, b"another story\r\n")
    recording.sign_head()
    recording.add(Kind.EXIT, canonical({"status": 1}))
    recording.end()
    return recording


def _holds(files: verify.Files) -> bool:
    """Whether the verifier takes it, by the key the customer got from elsewhere."""
    opened = verify._open
    verify._open = lambda _: _all_there(files)
    try:
        return bool(list(verify.verify("", key=SIGNER.verifier_key)))
    except (verify.Bad, verify.Unable):
        return False
    finally:
        verify._open = opened


def _all_there(files: verify.Files) -> verify.Files:
    if any(name not in files for name in verify.WANTED):
        raise verify.Bad("the bundle lacks a part")
    return files


def _signed_by_library(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _flips(whole: verify.Files) -> Iterator[tuple[str, verify.Files]]:
    for name in PARTS:
        for place in range(len(whole[name]) * 8):
            changed = bytearray(whole[name])
            changed[place // 8] ^= 1 << place % 8
            yield name, {**whole, name: bytes(changed)}


def cut_a_part(case: Case) -> verify.Files:
    name = case.dice.choice(PARTS)
    return {**case.files, name: case.files[name][: case.dice.randrange(len(case.files[name]))]}


def take_bytes_out(case: Case) -> verify.Files:
    name, start, stop = _range(case)
    return {**case.files, name: case.files[name][:start] + case.files[name][stop:]}


def put_bytes_in(case: Case) -> verify.Files:
    name, start, stop = _range(case)
    return {**case.files, name: case.files[name][:stop] + case.files[name][start:stop] + case.files[name][stop:]}


def swap_two_places(case: Case) -> verify.Files:
    name, start, stop = _range(case)
    middle = case.dice.randint(start, stop)
    part = case.files[name]
    return {**case.files, name: part[:start] + part[middle:stop] + part[start:middle] + part[stop:]}


def swap_two_lines(case: Case) -> verify.Files:
    name = case.dice.choice(("heads.notes", "session.cast", "log.json"))
    lines = case.files[name].split(b"," if name == "log.json" else b"\n")
    one, two = case.dice.randrange(len(lines)), case.dice.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return {**case.files, name: (b"," if name == "log.json" else b"\n").join(lines)}


def splice_in_the_others(case: Case) -> verify.Files:
    name, start, stop = _range(case)
    return {**case.files, name: case.files[name][:start] + case.other[name][start:stop] + case.files[name][stop:]}


def exchange_parts(case: Case) -> verify.Files:
    """Some parts of the one session and some of the other; never all that differ, for that is the other bundle, and true."""
    differing = [name for name in PARTS if case.files[name] != case.other[name]]
    chosen = case.dice.sample(differing, case.dice.randrange(1, len(differing)))
    return {name: (case.other if name in chosen else case.files)[name] for name in PARTS}


def chain_anew(case: Case) -> verify.Files:
    """One payload rewritten, all hashes after it computed again, and the cast made from it: only signatures can tell."""
    frames = list(read_frames(case.files["session.frames"]))
    at = case.dice.randrange(1, len(frames) - 1)
    chain, forged = Chain(frames[0].session, verify.hashlib.sha256(case.files["agreement.json"]).digest()), []
    for frame in frames:
        payload = (
            case.dice.randbytes(9) if frame.seq == at and frame.kind in (Kind.OUTPUT, Kind.INPUT) else frame.payload
        )
        kind = Kind.NOTICE if frame.seq == at and payload == frame.payload else frame.kind
        if frame.kind is Kind.END:
            payload = canonical({"frames": chain.frames, "size": chain.size})
        forged.append(chain.link(kind, payload, mono_ns=frame.mono_ns, wall_ns=frame.wall_ns))
    written = b"".join(forged)
    return {**case.files, "session.frames": written, "session.cast": "".join(verify.cast(written)).encode()}


def _range(case: Case) -> tuple[str, int, int]:
    name = case.dice.choice(PARTS)
    start = case.dice.randrange(len(case.files[name]))
    return name, start, min(len(case.files[name]), start + case.dice.choice((1, 2, 7, 40, 200)))


PARTS = ("session.frames", "agreement.json", "heads.notes", "log.json", "key.txt", "session.cast", "keys.json")
BUNDLE_WAYS: tuple[Callable[[Case], verify.Files], ...] = (
    cut_a_part,
    take_bytes_out,
    put_bytes_in,
    swap_two_places,
    swap_two_lines,
    splice_in_the_others,
    exchange_parts,
    chain_anew,
)


def _found(forged: bytes, signed: tuple[bytes, int]) -> bool:
    """What the verifier holds against a record: its chain, and the last head that was signed for it."""
    try:
        _, heads = verify.walk(forged, AGREEMENT)
    except verify.Bad:
        return True
    return heads[-1] != signed


def _speed(frames: list[bytes]) -> float:
    """Return megabytes of record a second of CPU, the best of five."""
    whole, best = b"".join(frames), 0.0
    for _ in range(5):
        began = time.process_time()
        verify.walk(whole, AGREEMENT)
        best = max(best, len(whole) / (time.process_time() - began) / 1e6)
    return best


if __name__ == "__main__":
    sys.exit(main())
