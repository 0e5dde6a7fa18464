"""A second verifier of bundles, so that one mistake cannot hide in both of the two who look.

It was written from docs/evidence.md alone, by somebody who had not read the other verifier, and shares no code with it.
What the page says and this file does not do is a mistake here; what the other does and the page does not say, one there.
"""

import base64
import codecs
import hashlib
import json
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.evidence.second_notes import (
    Bad,
    Key,
    Unchecked,
    base64_of,
    key_of,
    number_of,
    object_of,
    proven_entry,
    signed_lines,
    text_of,
)

_FIXED = struct.Struct(">Bc16sQQQ")
_LEAST, _MOST = 74, 74 + 1_048_576
_KINDS = frozenset(b"HioersnvptfdqgbxE")
_PARTS = {"agreement.json", "heads.notes", "key.txt", "log.json", "session.cast", "session.frames"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Frame:
    kind: str
    session: bytes
    seq: int
    mono_ns: int
    wall_ns: int
    payload: bytes
    hash: bytes
    end: int  # where in the record its last byte is followed by the next


def check(bundle: bytes, key: str | None = None, receipt: str | bytes | None = None) -> tuple[int, int | None]:
    """The exit code the page asks for, and the first bad frame if a frame is what is wrong."""
    try:
        given = key.strip() if key is not None else None
        head = receipt.decode() if isinstance(receipt, bytes) else receipt
        _check_parts(_parts(bundle), given, head)
    except (Unchecked, UnicodeDecodeError):
        return 2, None
    except Bad as bad:
        return 1, bad.frame
    return 0, None


def _check_parts(parts: dict[str, bytes], given: str | None, receipt: str | None) -> None:
    agreement = hashlib.sha256(parts["agreement.json"]).digest()
    since, until = _window(parts["agreement.json"])
    frames = _frames(parts["session.frames"], agreement)
    for frame in frames:
        if frame.kind == "i" and not since <= frame.wall_ns < until:
            raise Bad("typed outside the window", frame.seq)
    if given is not None and parts["key.txt"] != f"{given}\n".encode():
        raise Bad("the bundle was signed with another key than yours")
    key = key_of(parts["key.txt"])
    _check_heads(frames, text_of(parts["heads.notes"]), key)
    if receipt is not None:
        _check_head(frames, "\n".join(receipt.splitlines()) + "\n", key)
    _check_log(frames, agreement, object_of(parts["log.json"]), key)
    stamp, log = parts.get("checkpoint.tsr"), object_of(parts["log.json"])
    if stamp is not None and hashlib.sha256(log["checkpoint"].encode()).digest() not in stamp:
        raise Bad("the time stamp is another checkpoint's")
    named, keys = object_of(frames[0].payload).get("keys"), parts.get("keys.json")
    if keys is not None and named != hashlib.sha256(keys).hexdigest():
        raise Bad("the sealed keys are not those of the header")
    if parts["session.cast"] != _cast(frames):
        raise Bad("session.cast shows something else than the frames hold")


# The bundle, and how things are spelled in it.


def _parts(bundle: bytes) -> dict[str, bytes]:
    """The zip, as strictly as the page wants it: any other would be read differently by different programs."""
    end = bundle[-22:]
    if len(end) < 22 or end[:8] != b"PK\x05\x06\0\0\0\0" or end[8:10] != end[10:12] or end[20:] != b"\0\0":
        raise Unchecked("no zip's end at the end")
    count, size, begin = struct.unpack("<HII", end[10:20])
    if begin + size != len(bundle) - 22:
        raise Unchecked("something stands around the zip")
    parts: dict[str, bytes | None] = {}
    at = begin
    for _ in range(count):
        entry = bundle[at : at + 46]
        if len(entry) < 46 or entry[:4] != b"PK\x01\x02":
            raise Bad("a damaged directory")
        lengths = struct.unpack_from("<HHH", entry, 28)
        name = bundle[at + 46 : at + 46 + lengths[0]]
        at += 46 + sum(lengths)
        if name.decode("latin-1") in parts:
            raise Bad("a name stands twice")
        parts[name.decode("latin-1")] = _content(bundle, entry, name)
    if at != len(bundle) - 22 or not parts.keys() >= _PARTS:
        raise Bad("a part is missing, or the directory is damaged")
    return {name: content for name, content in parts.items() if content is not None}


def _content(bundle: bytes, entry: bytes, name: bytes) -> bytes | None:
    flags, method = struct.unpack_from("<HH", entry, 8)
    checksum, packed, size = struct.unpack_from("<III", entry, 16)
    (place,) = struct.unpack_from("<I", entry, 42)
    local = bundle[place : place + 30]
    if len(local) < 30 or local[:4] != b"PK\x03\x04" or flags & ~(0x2 | 0x4 | 0x8 | 0x800):
        raise Bad("a damaged or locked file")
    named, extra = struct.unpack_from("<HH", local, 26)
    if bundle[place + 30 : place + 30 + named] != name:
        raise Bad("a file is called otherwise inside")
    told = name.decode("latin-1")
    if told not in _PARTS | {"keys.json", "checkpoint.tsr"}:
        return None
    if method not in (0, 8) or size > (2**31 if told.startswith("session.") else 2**24):
        raise Bad("another method, or too large")
    content = bundle[place + 30 + named + extra :][:packed]
    if method == 8:
        opened = zlib.decompressobj(wbits=-15)
        try:
            content = opened.decompress(content, size + 1)
        except zlib.error as error:
            raise Bad("a damaged file") from error
        if not opened.eof or opened.unused_data:
            raise Bad("more or less than it says")
    if len(content) != size or zlib.crc32(content) != checksum:
        raise Bad("a damaged file")
    return content


# Frames, their chain, and the window.


def _frames(record: bytes, agreement: bytes) -> list[_Frame]:
    frames: list[_Frame] = []
    link, at = b"", 0
    while at < len(record):
        frame, body = _frame(record, at, len(frames))
        if not frames:
            link = hashlib.sha256(b"opora session v1\n" + frame.session + agreement).digest()
        if hashlib.sha256(link + body).digest() != frame.hash:
            raise Bad("the hash does not follow", len(frames))
        _check_order(frames, frame)
        _check_ends(frames, frame, agreement, at)
        frames.append(frame)
        link, at = frame.hash, frame.end
    if not frames or frames[-1].kind != "E":
        raise Bad("there is no end", max(len(frames) - 1, 0))
    return frames


def _frame(record: bytes, at: int, number: int) -> tuple[_Frame, bytes]:
    """The frame that begins there, and its bytes before its hash."""
    length = int.from_bytes(record[at : at + 4])
    end = at + 4 + length
    if not _LEAST <= length <= _MOST or end > len(record):
        raise Bad("no such length, or the bytes end within the frame", number)
    version, kind, session, seq, mono_ns, wall_ns = _FIXED.unpack_from(record, at + 4)
    if version != 1 or kind[0] not in _KINDS:
        raise Bad("no such version or kind", number)
    payload = record[at + 4 + _FIXED.size : end - 32]
    told = _Frame(kind.decode(), session, seq, mono_ns, wall_ns, payload, record[end - 32 : end], end)
    return told, record[at : end - 32]


def _check_order(before: list[_Frame], frame: _Frame) -> None:
    if frame.seq != len(before):
        raise Bad("another number is next", len(before))
    if before and (frame.session != before[0].session or frame.mono_ns < before[-1].mono_ns):
        raise Bad("of another session, or time goes back", len(before))


def _is(value: Any, number: int) -> bool:
    return type(value) is int and value == number


def _check_ends(before: list[_Frame], frame: _Frame, agreement: bytes, at: int) -> None:
    if (frame.kind == "H") != (not before):
        raise Bad("a header is first, and only first", frame.seq)
    if before and before[-1].kind == "E":
        raise Bad("nothing follows an end", frame.seq)
    if frame.kind == "H":
        told = object_of(frame.payload, frame.seq)
        if told.get("session") != frame.session.hex() or told.get("agreement") != agreement.hex():
            raise Bad("the header is of another session or agreement", frame.seq)
    if frame.kind == "E":
        told = object_of(frame.payload, frame.seq)
        if not _is(told.get("frames"), len(before)) or not _is(told.get("size"), at):
            raise Bad("the end counts wrong", frame.seq)


def _window(agreement: bytes) -> tuple[int, int]:
    window = object_of(agreement).get("window")
    if not isinstance(window, dict):
        raise Bad("the agreement has no window")
    return _nanoseconds(window.get("from")), _nanoseconds(window.get("until"))


def _nanoseconds(moment: Any) -> int:
    if not isinstance(moment, str) or not _MOMENT.fullmatch(moment):
        raise Bad("no moment")
    try:
        return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(microseconds=1) * 1000
    except (TypeError, ValueError) as error:
        raise Bad("no moment") from error


# Signed heads.


def _check_heads(frames: list[_Frame], notes: str, key: Key) -> None:
    *before, last = notes.split("\n\n\n")
    covered = [_check_head(frames, note, key) for note in (*(f"{note}\n" for note in before), last)]
    if covered != sorted(covered) or covered[-1] != len(frames):
        raise Bad("the heads are not in order, or none covers all frames")


def _check_head(frames: list[_Frame], note: str, key: Key) -> int:
    lines = signed_lines(note, key)
    count = number_of(lines[2]) if len(lines) == 5 else 0
    if not 1 <= count <= len(frames):
        raise Bad("no head, or the record is shorter than it was")
    last = frames[count - 1]
    head = [
        "opora session head v1",
        last.session.hex(),
        str(count),
        str(last.end),
        base64.b64encode(last.hash).decode(),
    ]
    if lines != head:
        raise Bad("the head signed at that moment was another", count - 1)
    return count


# The log.


def _check_log(frames: list[_Frame], agreement: bytes, log: dict[str, Any], key: Key) -> None:
    if not isinstance(log.get("checkpoint"), str) or not isinstance(log.get("entries"), list):
        raise Bad("no log")
    if set(log) != {"checkpoint", "entries"}:
        raise Bad("the log holds something else")
    lines = signed_lines(log["checkpoint"], key)
    if len(lines) != 3 or not lines[0]:
        raise Bad("no checkpoint")
    size, root = number_of(lines[1]), base64_of(lines[2], 32)
    entries = [proven_entry(told, size, root) for told in log["entries"]]
    session = {"session": frames[0].session.hex(), "agreement": agreement.hex(), "head": frames[-1].hash.hex()}
    for wanted in (
        {"kind": "agreement", "sha256": agreement.hex()},
        {"kind": "session", **session, "frames": len(frames)},
    ):
        if not any(all(told.get(name) == value for name, value in wanted.items()) for told in entries):
            raise Bad("the log does not hold the agreement or the session")


# What is derived from the record, or named in it.


def _cast(frames: list[_Frame]) -> bytes:
    term = object_of(frames[0].payload).get("term")
    if not isinstance(term, dict) or type(term.get("cols")) is not int or type(term.get("rows")) is not int:
        raise Bad("the header names no size of the screen", 0)
    size = f'{{"cols": {term["cols"]}, "rows": {term["rows"]}}}'
    head = f'{{"version": 3, "term": {size}, "timestamp": {frames[0].wall_ns // 1_000_000_000}}}'
    return "".join(f"{line}\n" for line in (head, *_events(frames))).encode()


def _events(frames: list[_Frame]) -> Iterator[str]:
    output, last = codecs.getincrementaldecoder("utf-8")("replace"), frames[0].mono_ns
    for frame in frames:
        if frame.kind not in "oernx":
            continue
        told = output.decode(frame.payload) if frame.kind in "oe" else _shown(frame)
        code = {"e": "o", "n": "m"}.get(frame.kind, frame.kind)
        since, last = (frame.mono_ns - last) // 1000, frame.mono_ns
        yield f"# frame {frame.seq} {frame.hash.hex()}"
        yield f'[{since // 1_000_000}.{since % 1_000_000:06d}, "{code}", {json.dumps(told, ensure_ascii=False)}]'


def _shown(frame: _Frame) -> str:
    if frame.kind == "n":
        return frame.payload.decode("utf-8", "replace")
    if frame.kind == "x":
        status = object_of(frame.payload, frame.seq).get("status", "")
        if status != "" and type(status) is not int:
            raise Bad("an exit has a whole number or none", frame.seq)
        return str(status)
    if len(frame.payload) != 4:
        raise Bad("a size of the screen is two numbers", frame.seq)
    return "{}x{}".format(*struct.unpack(">HH", frame.payload))
