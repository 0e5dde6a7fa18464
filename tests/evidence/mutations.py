"""Bundles as somebody who wants to deceive, or to break a verifier, would make them: whole zips, changed by a seed."""

import io
import random
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from opora.evidence import verify
from opora.evidence.frames import Kind, canonical
from tests.evidence.recording import STRANGER, Recording, short_session

Parts = dict[str, bytes]


def zipped(parts: Parts, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts in a plain zip."""
    with io.BytesIO() as held:
        with zipfile.ZipFile(held, "w", method) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return held.getvalue()


def zips(parts: Parts) -> Iterator[tuple[str, bytes]]:
    """The same parts in zips that no bundle is, each with its trick."""
    whole = zipped(parts)
    yield "stored", zipped(parts, method=zipfile.ZIP_STORED)
    yield "bzip2", zipped(parts, method=zipfile.ZIP_BZIP2)
    yield "before", b"#!/bin/sh\n" + whole
    yield "after", whole + b"\n"
    yield "remark", whole[:-2] + b"\x03\x00abc"
    yield "two ends", whole + whole[-22:]
    yield "empty", b""
    yield "end alone", b"PK\5\6" + bytes(18)
    yield "count", _patched(whole, -12, "<H", 3, -14)
    yield "far", _patched(whole, -6, "<I", 0xFFFFFFF0)
    for name, flags in (("locked", 1), ("described", 8), ("strong", 0x40), ("utf-8", 0x800)):
        yield name, _directory(whole, 8, "<H", flags)
    yield "zip64", _directory(whole, 24, "<I", 0xFFFFFFFF)
    yield "bomb", _directory(whole, 24, "<I", 0x7FFFFFFF)
    yield "short", _directory(whole, 24, "<I", 10)
    yield "checksum", _directory(whole, 16, "<I", 1)
    yield "elsewhere", _directory(whole, 42, "<I", len(whole) - 30)
    yield "method", _directory(whole, 10, "<H", 12)
    held = zipped({**parts, "../../etc/passwd": b"x", "/absolute": b"x", "SESSION.FRAMES": b"x"})
    yield "strange names", held
    with io.BytesIO() as twice, zipfile.ZipFile(twice, "w") as archive:
        for name in (*parts, "kez.txt"):
            archive.writestr(name, parts.get(name, b""))
        archive.close()
        yield "twice", twice.getvalue().replace(b"kez.txt", b"key.txt")
    yield "renamed inside", whole.replace(b"key.txt", b"kez.txt", 1)
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = bomb.compress(bytes(64 << 20)) + bomb.flush()
    yield "inflated", _stored_as(parts, "session.cast", packed)


def spellings(parts: Parts) -> Iterator[tuple[str, bytes]]:
    """JSON that one reader takes for one thing and another for another; the signatures do not cover these."""
    agreement = parts["agreement.json"]
    log = parts["log.json"]
    end = canonical({"frames": 1, "size": 1})
    for name, text in {
        "utf-16": agreement.decode().encode("utf-16"),
        "mark": b"\xef\xbb\xbf" + agreement,
        "space": b" " + agreement,
        "line": agreement + b"\n",
        "twice": agreement[:-1] + b',"window":{}}',
        "not a number": agreement[:-1] + b',"z":NaN}',
        "fraction": agreement[:-1] + b',"z":1.0}',
        "power": agreement[:-1] + b',"z":1e2}',
        "minus": agreement[:-1] + b',"z":-0}',
        "long": agreement[:-1] + b',"z":123456789012345678901234567890}',
        "half": agreement[:-1] + b',"z":"\\ud800"}',
        "upper": agreement[:-1] + b',"z":"\\u001F"}',
        "slash": agreement[:-1] + b',"z":"\\/"}',
        "unsorted": agreement[:-1] + b',"a":1}',
        "astral": agreement[:-1] + ',"z\ue000":1,"z\U0001f600":2}'.encode(),
        "astral unsorted": agreement[:-1] + ',"z\U0001f600":1,"z\ue000":2}'.encode(),
        "deep": agreement[:-1] + b',"z":' + b"[" * 31 + b"]" * 31 + b"}",
        "too deep": agreement[:-1] + b',"z":' + b"[" * 32 + b"]" * 32 + b"}",
        "bottomless": b'{"a":' * 100_000,
        "raw": agreement.replace(b"Clara", b"Cl\xffra"),
        "proto": agreement[:-1] + b',"z":{"__proto__":1}}',
        "list": b"[]",
        "nothing": b"",
    }.items():
        yield f"agreement {name}", _with_agreement(text)
    for moment in ("2026-02-30T07:00:00Z", "2026-09-14T24:00:00Z", "2026-09-14T07:00:60Z", "20260914T070000Z",
                   "2026-09-14T07:00:00+00:00", "2026-09-14T07:00:00.5Z", "2026-09-14T07:00:00.000001Z",
                   "0000-01-01T00:00:00Z", "2026-W38-1T07:00:00Z", "٢٠٢٦-09-14T07:00:00Z"):  # fmt: skip
        yield f"moment {moment}", _with_agreement(agreement.replace(b"2026-09-14T07:00:00Z", moment.encode()))
    for name, text in {
        "proof of text": log.replace(b'"proof":[', b'"proof":"",["', 1),
        "proof of keys": log.replace(b'"proof":[', b'"proof":{', 1).replace(b"]}", b"}}", 1),
        "index of truth": log.replace(b'"index":1', b'"index":true'),
        "index of text": log.replace(b'"index":1', b'"index":"1"'),
        "no checkpoint": log.replace(b'"checkpoint":', b'"checkpoynt":'),
        "number for a checkpoint": b'{"checkpoint":5,"entries":[]}',
        "entries of text": log[: log.index(b'"entries"')] + b'"entries":"none"}',
        "null": log[: log.index(b'"entries"')] + b'"entries":[null]}',
    }.items():
        yield f"log {name}", zipped({**parts, "log.json": text})
    for name, line in {"mark": b"\xef\xbb\xbf" + parts["key.txt"], "none": b"\n", "two": parts["key.txt"] * 2,
                       "raw": b"\xff" + parts["key.txt"]}.items():  # fmt: skip
        yield f"key {name}", zipped({**parts, "key.txt": line})
    yield "truth for a number", _ended_with(end.replace(b'"frames":1', b'"frames":true'))


def records() -> Iterator[tuple[str, bytes]]:
    """Records signed by the right key, whose frames hold what their kind may not."""
    for name, kind, payload in (
        ("status of truth", Kind.EXIT, b'{"status":true}'),
        ("status of nothing", Kind.EXIT, b'{"status":null}'),
        ("status with a fraction", Kind.EXIT, b'{"status":1.0}'),
        ("status in words", Kind.EXIT, b'{"status":"0"}'),
        ("long status", Kind.EXIT, b'{"status":12345678901234567890}'),
        ("no status", Kind.EXIT, b"{}"),
        ("no exit", Kind.EXIT, b"gone"),
        ("short size", Kind.RESIZE, b"\0\1"),
        ("long size", Kind.RESIZE, b"\0\1\0\1\0"),
        ("marked notice", Kind.NOTICE, b"\xef\xbb\xbfhello \xff\xfe"),
        ("marked output", Kind.OUTPUT, b"\xef\xbb\xbf\xf0\x9f\x98"),
        ("controls", Kind.OUTPUT, bytes(range(256)) * 2),
        ("line ends", Kind.NOTICE, "\u2028\u2029\x7f\x85".encode()),
    ):
        recording = Recording()
        recording.add(kind, payload)
        recording.end()
        yield name, _bundle(recording)
    foreign = short_session()
    foreign.signer = STRANGER
    foreign.sign_head()
    yield "another key", _bundle(foreign)


def flips(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Random damage to the zip's own bytes and to its parts."""
    chance = random.Random(seed)
    whole = zipped(whole_parts(), method=zipfile.ZIP_STORED)
    for number in range(count):
        broken = bytearray(whole)
        # The directory at the end is where readers differ; most of the damage goes there.
        at = chance.randrange(len(broken)) if number % 3 else chance.randrange(len(broken) - 600, len(broken))
        act = chance.randrange(4)
        if act == 0:
            broken[at] ^= 1 << chance.randrange(8)
        elif act == 1:
            del broken[at : at + chance.randrange(1, 40)]
        elif act == 2:
            broken[at:at] = chance.randbytes(chance.randrange(1, 20))
        else:
            broken[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)))
        yield f"flip {seed}/{number}", bytes(broken)


def unzipped(bundle: bytes) -> Iterator[tuple[str, bytes]]:
    """The parts a verifier looks at."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        for name in archive.namelist():
            if name not in ("README.txt", "verify.py", "verify.html"):
                yield name, archive.read(name)


def whole_parts() -> Parts:
    """The parts of a bundle nobody has touched."""
    return dict(unzipped(_bundle(short_session())))


def _bundle(recording: Recording) -> bytes:
    """A bundle of whatever was recorded; where no honest player could show it, with nothing to show."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        try:
            list(verify.cast(b"".join(recording.frames)))
        except (verify.Bad, ValueError):
            patched.setattr(verify, "cast", lambda frames: iter(()))
        made = recording.bundled(Path(folder)).read_bytes()
    return zipped(dict(unzipped(made)))


def _with_agreement(text: bytes) -> bytes:
    recording = Recording(agreement=text)
    recording.add(Kind.INPUT, b"df")
    recording.end()
    return _bundle(recording)


def _ended_with(payload: bytes) -> bytes:
    recording = Recording()
    whole = payload.replace(b'"size":1', f'"size":{recording.chain.size}'.encode())
    recording.add(Kind.END, whole)
    recording.sign_head()
    return _bundle(recording)


def _patched(whole: bytes, at: int, form: str, value: int, *also: int) -> bytes:
    changed = bytearray(whole)
    for place in (at, *also):
        struct.pack_into(form, changed, len(whole) + place, value)
    return bytes(changed)


def _directory(whole: bytes, at: int, form: str, value: int) -> bytes:
    """The same with a field of the first directory entry of session.frames changed."""
    changed = bytearray(whole)
    entry = whole.index(b"PK\1\2")
    while whole[entry + 46 :][:14] != b"session.frames":
        entry = whole.index(b"PK\1\2", entry + 4)
    struct.pack_into(form, changed, entry + at, value)
    return bytes(changed)


def _stored_as(parts: Parts, name: str, packed: bytes) -> bytes:
    """The parts, with one whose packed bytes are others than its sizes tell."""
    whole = zipped({**parts, name: packed}, method=zipfile.ZIP_STORED)
    changed = bytearray(whole)
    entry = whole.index(name.encode(), whole.index(b"PK\1\2")) - 46
    struct.pack_into("<H", changed, entry + 10, 8)
    struct.pack_into("<I", changed, entry + 24, 100)
    return bytes(changed)
