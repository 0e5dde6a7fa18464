#!/usr/bin/env python3
"""Check a record of work on your servers without trusting those who kept it.

    python3 verify.py BUNDLE [--key LINE-OR-FILE] [--receipt FILE] [--json]

One file, Python 3.9 or newer, nothing to install; read it before you believe it. It prints what held, and the first
thing that did not. Exit code 0: the record is whole and nobody changed it. 1: it is not. 2: it could not be checked.
Writes nothing and asks nobody. docs/evidence.md describes every byte, should you rather write your own.
"""

from __future__ import annotations

import argparse
import base64
import codecs
import hashlib
import json
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

HEAD = struct.Struct(">IBB16sQQQ")
GENESIS = b"opora session v1\n"
LARGEST_PAYLOAD = 1 << 20
KINDS = b"HioersnvptfdqxgbE"
HEAD_TITLE = "opora session head v1"
KEYS_GONE = (
    "the keys to what was typed are not in the bundle (kept elsewhere, or destroyed); the chain does not need them"
)
Facts = dict[str, Any]
Files = dict[str, bytes]
Heads = list[tuple[bytes, int]]
Point = tuple[int, int, int, int]
More = Callable[[Files], Iterator[str]]
WANTED = ("session.frames", "agreement.json", "heads.notes", "log.json", "key.txt", "session.cast")


class Bad(Exception):
    """The record is not what it should be; says where and why."""


class Unable(Exception):
    """It cannot be checked: a file is missing or is something else."""


def main(arguments: Sequence[str] | None = None, more: More | None = None) -> int:
    """Run from the command line; returns the exit code. `more` looks at what this file alone cannot prove."""
    parser = argparse.ArgumentParser(prog="verify", description=__doc__.split("\n")[0])
    parser.add_argument("bundle", help="the bundle you downloaded (.zip)")
    parser.add_argument("--key", help="the provider's verifier key, line or file; got from elsewhere than the bundle")
    parser.add_argument("--receipt", help="a signed head your browser kept while you watched")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    chosen = parser.parse_args(arguments)
    key = _text(chosen.key) if chosen.key and "+" not in chosen.key else chosen.key
    said = []
    try:
        for line in verify(chosen.bundle, key and key.strip(), _text(chosen.receipt), more):
            said.append(line)
            if not chosen.json:
                print("ok    " + line)
        code, verdict = 0, "The record is whole and unchanged."
    except Bad as error:
        code, verdict = 1, "BAD   " + str(error)
    except (Unable, MemoryError) as error:
        code, verdict = 2, "The record could not be checked: " + (str(error) or "it is too large for this machine")
    if chosen.json:
        print(json.dumps({"exit": code, "held": said, "verdict": verdict}, ensure_ascii=False))
    else:
        print(verdict)
    return code


def verify(bundle: str, key: str | None = None, receipt: str | None = None, more: More | None = None) -> Iterator[str]:
    """Yield a line for each thing that holds; raise Bad at the first that does not, Unable if it cannot be checked."""
    files = _open(bundle)
    agreement, terms = _agreement(files)
    key_line, where_from = _key(files, key)
    frames = files["session.frames"]
    facts, heads = walk(frames, hashlib.sha256(agreement).digest())
    yield f"{facts['frames']:,} frames, {len(frames):,} bytes, each tied to the one before; session {facts['session'].hex()}"
    for seq, wall in facts["inputs"]:
        if not terms["from"] <= wall < terms["until"]:
            raise Bad(f"frame {seq}: typed outside the agreed window")
    yield f"{len(facts['inputs'])} inputs, every one within the agreed window"
    count = _notes(files["heads.notes"], key_line, facts, heads)
    yield f"{count} signed heads fit the record, the last covers all of it (key {where_from})"
    yield _log(files, key_line, facts, hashlib.sha256(agreement).hexdigest())
    told, keys = facts["header"].get("keys"), files.get("keys.json")
    if keys is not None and hashlib.sha256(keys).hexdigest() != told:
        raise Bad("keys.json is not the one the header names")
    if told:
        yield KEYS_GONE if keys is None else "the sealed keys to what was typed are those of the header"
    if "".join(cast(frames)).encode() != files["session.cast"]:
        raise Bad("session.cast does not show what the frames hold")
    yield "session.cast shows exactly what the frames hold"
    if receipt is not None:  # it passed through a browser, which may have changed its line ends
        note = receipt.replace("\r\n", "\n")
        seen = open_note(note if note.endswith("\n") else note + "\n", key_line, "the receipt")
        yield f"your receipt fits: the first {_head(seen, facts, heads)} frames are those you saw"
    if "checkpoint.tsr" in files and more is None:
        yield _stamp(files)
    yield from more(files) if more is not None else ()


def walk(frames: bytes, agreement_hash: bytes) -> tuple[Facts, Heads]:
    """Follow the chain; return the facts and the head after every frame. Raises Bad at the first that is not right."""
    at, seq, mono_before = 0, 0, 0
    inputs: list[tuple[int, int]] = []
    heads: Heads = []
    size, unpack, sha256 = len(frames), HEAD.unpack_from, hashlib.sha256
    head = session = b""
    header: Facts = {}
    ending: Facts | None = None
    while at < size:
        if size - at < HEAD.size:
            raise Bad(f"frame {seq}, byte {at}: the record breaks off")
        length, version, kind, whose, number, mono, wall = unpack(frames, at)
        stop = at + length - 28
        if version != 1 or not 74 <= length <= 74 + LARGEST_PAYLOAD or kind not in KINDS:
            raise Bad(f"frame {seq}, byte {at}: no frame begins here")
        if stop + 32 > size:
            raise Bad(f"frame {seq}, byte {at}: the record breaks off")
        if seq == 0:
            session = whose
            head = sha256(GENESIS + session + agreement_hash).digest()
        head = sha256(head + frames[at:stop]).digest()
        if head != frames[stop : stop + 32]:
            raise Bad(f"frame {seq}, byte {at}: changed, moved or taken out; its hash does not follow")
        if number != seq or whose != session or mono < mono_before or ending is not None:
            raise Bad(f"frame {seq}, byte {at}: out of its place")
        if kind == 105:
            inputs.append((seq, wall))
        elif kind == 72 or seq == 0:
            header = _header(seq, kind, frames[at + 46 : stop], session, agreement_hash)
        elif kind == 69:
            ending = _ending(seq, at, frames[at + 46 : stop])
        heads.append((head, stop + 32))
        mono_before, seq, at = mono, seq + 1, stop + 32
    if ending is None:
        raise Bad(f"the record breaks off after frame {seq - 1}: no end was written" if seq else "the record is empty")
    facts = {"session": session, "frames": seq, "inputs": inputs, "header": header, "head": heads[-1][0].hex()}
    return facts, heads


def _header(seq: int, kind: int, payload: bytes, session: bytes, agreement_hash: bytes) -> Facts:
    if kind != 72 or seq != 0:
        raise Bad(f"frame {seq}: the header stands first, and once")
    header = _json(payload, "frame 0: the header")
    if header.get("session") != session.hex() or header.get("agreement") != agreement_hash.hex():
        raise Bad("frame 0: the header speaks of another session or agreement")
    return header


def _ending(seq: int, at: int, payload: bytes) -> Facts:
    ending = _json(payload, f"frame {seq}: the end")
    if ending.get("frames") is True or ending.get("frames") != seq or ending.get("size") != at:
        raise Bad(f"frame {seq}: the end counts another record")
    return ending


def _notes(raw: bytes, key_line: str, facts: Facts, heads: Heads) -> int:
    """Check each signed head against the chain; return how many there are."""
    count, covered, written = 0, 0, raw.decode("utf-8", "replace")
    if not written.endswith("\n") or written.encode() != raw:
        raise Bad("heads.notes breaks off, or cannot be read")
    for note in written[:-1].split("\n\n\n"):
        before, covered = covered, _head(open_note(note + "\n", key_line, "a signed head"), facts, heads)
        if covered < before:
            raise Bad("the signed heads are out of order")
        count += 1
    if covered != facts["frames"]:
        raise Bad(f"the signed heads cover {covered} of {facts['frames']} frames: the end is not signed for")
    return count


def _head(text: str, facts: Facts, heads: Heads) -> int:
    try:
        title, session, frames, size, head, rest = text.split("\n")
        count = _number(frames)
        told = (session, _number(size), _unbase64(head))
    except ValueError:
        raise Bad("a signed head is no head") from None
    if title != HEAD_TITLE or rest or not 0 < count <= facts["frames"]:
        raise Bad(f"a signed head tells of {frames} frames, the record has {facts['frames']}")
    expected, end = heads[count - 1]
    if told != (facts["session"].hex(), end, expected):
        raise Bad(f"frame {count - 1}: the head signed at that moment was another")
    return count


def _log(files: Files, key_line: str, facts: Facts, agreement: str) -> str:
    """Check that the log's signed checkpoint holds this agreement and this session's end."""
    log = _json(files["log.json"], "log.json")
    try:
        origin, size, root, _ = open_note(log["checkpoint"], key_line, "the log's checkpoint").split("\n")
        entries = [(e["index"], e["entry"].encode(), [_unbase64(h) for h in e["proof"]]) for e in log["entries"]]
        expected, count = _unbase64(root), _number(size)
        parts = [
            set(part) == {"index", "entry", "proof"} and isinstance(part["proof"], list) for part in log["entries"]
        ]
        if not origin or not all(parts) or set(log) != {"checkpoint", "entries"}:
            raise ValueError
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Bad("log.json is not what it should be") from None
    told = []
    for index, entry, proof in entries:
        if not included(hashlib.sha256(b"\x00" + entry).digest(), index, count, proof, expected):
            raise Bad(f"entry {index} of the log is not under the signed checkpoint")
        told.append(_json(entry, "an entry of the log"))
    if not any(entry.get("kind") == "agreement" and entry.get("sha256") == agreement for entry in told):
        raise Bad("the log does not hold the agreement")
    end = {"kind": "session", "session": facts["session"].hex(), "frames": facts["frames"], "agreement": agreement}
    if not any(end.items() <= entry.items() and entry.get("head") == facts["head"] for entry in told):
        raise Bad("the log does not hold the end of this session")
    return f"agreement and session stand in the log {origin} of {count:,} entries"


def _stamp(files: Files) -> str:
    """Hold the time stamp of a third party (RFC 3161) against the checkpoint; its signature is for others to prove."""
    digest = hashlib.sha256(_json(files["log.json"], "log.json")["checkpoint"].encode()).digest()
    if digest not in files["checkpoint.tsr"]:
        raise Bad("checkpoint.tsr stamps something else than this checkpoint")
    how = f"openssl ts -verify -digest {digest.hex()} -in checkpoint.tsr -CAfile PEM"
    return f"a time stamp names this checkpoint, not proven here: opora verify --tsa PEM, or {how}"


def _agreement(files: Files) -> tuple[bytes, dict[str, int]]:
    raw = files["agreement.json"]
    window = _json(raw, "agreement.json").get("window", {})
    try:
        return raw, {"from": _nanoseconds(window["from"]), "until": _nanoseconds(window["until"])}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Bad("the agreement names no window") from None


def _nanoseconds(moment: str) -> int:
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{6})?Z", moment):
        raise ValueError("another spelling")
    since = datetime.fromisoformat(moment[:-1] + "+00:00") - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return ((since.days * 86400 + since.seconds) * 1000000 + since.microseconds) * 1000


def _open(bundle: str) -> Files:
    """Unzip the parts (APPNOTE 6.3): stored or deflated, no more than they say, and nothing before, after or between twice."""
    try:
        raw = Path(bundle).read_bytes()
        mark, disk, first, here, count, size, at, remark = struct.unpack("<4s4H2IH", raw[-22:])
        if mark != b"PK\5\6" or disk or first or here != count or remark or at + size != len(raw) - 22:
            raise ValueError("no zip, or something stands around it")
    except (OSError, ValueError, struct.error) as error:
        raise Unable(f"{bundle} is no bundle ({error})") from None
    files: Files = {}
    try:
        for _ in range(count):
            name, content, at = _part(raw, at)
            if name in files:
                raise Bad("the bundle holds two files of one name")
            files[name] = content
    except (struct.error, zlib.error) as error:
        raise Bad(f"the bundle is damaged: {error}") from None
    missing = [name for name in WANTED if name not in files]
    if missing or at != len(raw) - 22:
        raise Bad(f"the bundle lacks {', '.join(missing)}" if missing else "the bundle is damaged")
    return files


def _part(raw: bytes, at: int) -> tuple[str, bytes, int]:
    mark, flags, method, crc, packed, size, *more, local = struct.unpack_from("<4s4x2H4x3I3H8xI", raw, at)
    here, named, extra = struct.unpack_from("<4s22x2H", raw, local)
    name, start = raw[at + 46 : at + 46 + more[0]], local + 30 + named + extra
    if (mark, here, name) != (b"PK\1\2", b"PK\3\4", raw[local + 30 : local + 30 + named]) or flags & ~0x80E:
        raise Bad("the bundle is damaged, or locked")
    told, content = name.decode("latin-1"), raw[start : start + packed]
    if told not in (*WANTED, "keys.json", "checkpoint.tsr"):
        return told, b"", at + 46 + sum(more)
    if size > (1 << 31 if told.startswith("session") else 1 << 24):
        raise Bad(f"{told} is larger than any that is made")
    if method == 8:
        inflating = zlib.decompressobj(-15)
        content = inflating.decompress(content, size + 1)
        method = 0 if inflating.eof and not inflating.unused_data else method
    if method or len(content) != size or zlib.crc32(content) != crc:
        raise Bad(f"the bundle is damaged: {told}")
    return told, content, at + 46 + sum(more)


def _json(raw: bytes, what: str) -> Facts:
    """Return an object in its one spelling, so that nobody reads another content in the same bytes."""
    try:
        told = json.loads(raw.decode(), parse_float=_number, parse_constant=_number)
        again = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        bones = re.sub(rb'"(?:[^"\\]|\\.)*"|[^][{}"]', b"", raw)
        for _ in range(32):
            bones = re.sub(rb"\[]|{}", b"", bones)
        if isinstance(told, dict) and again == raw and not bones:
            return told
    except (ValueError, TypeError, RecursionError):
        pass
    raise Bad(f"{what} cannot be read")


def _key(files: Files, given: str | None) -> tuple[str, str]:
    inside = files["key.txt"]
    if given is not None:
        if inside != given.encode() + b"\n":
            raise Bad("the bundle was signed with another key than yours")
        return given, "yours"
    if not inside.endswith(b"\n"):
        raise Unable("the verifier key is misspelt")
    return inside[:-1].decode("utf-8", "replace"), "from the bundle itself: give --key to prove whose it is"


def _unbase64(written: str) -> bytes:
    """Return what base64 holds; only the one right spelling will do, for the spare bits of another prove nothing."""
    raw = base64.b64decode(written, validate=True)
    if base64.b64encode(raw).decode() != written:
        raise ValueError("another spelling")
    return raw


def _number(written: str) -> int:
    number = int(written) if len(written) < 16 else -1
    if str(number) != written or number < 0:
        raise ValueError("another spelling")
    return number


def _text(path: str | None) -> str | None:
    try:
        return path and Path(path).read_bytes().decode()
    except (OSError, ValueError) as error:
        print(f"The record could not be checked: {error}")
        raise SystemExit(2) from None


def included(node: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the path of hashes leads from a leaf to the root of the log's tree (RFC 9162, 2.1.3.2)."""
    if type(index) is not int or not 0 <= index < size:
        return False
    here, last = index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        here, last = here >> 1, last >> 1
    return last == 0 and node == root


def open_note(note: str, key_line: str, what: str) -> str:
    """Return the text of a note (C2SP signed-note); raise Bad unless the key signed it."""
    try:
        name, shown, encoded = key_line.split("+", 2)
        raw = _unbase64(encoded)
    except ValueError:
        raise Unable("the verifier key is misspelt") from None
    number = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or number.hex() != shown or not name or " " in name:
        raise Unable("the verifier key is misspelt")
    text, parted, signatures = note.rpartition("\n\n")
    ours = [signature for signature in _signatures(signatures if parted else "", name, what) if signature[:4] == number]
    if len(ours) == 1 and signed(raw[1:], (text + "\n").encode(), ours[0][4:]):
        return text + "\n"
    raise Bad(f"{what} is not signed by {name}")


def _signatures(lines: str, name: str, what: str) -> list[bytes]:
    """Return the signatures under that name; raise Bad for a line that is none."""
    found = []
    if not lines.endswith("\n"):
        raise Bad(f"{what} breaks off")
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        whose, _, encoded = rest.partition(" ")
        try:
            signature = _unbase64(encoded) if whose == name else b""
        except ValueError:
            signature = b""
        if dash != "\N{EM DASH}" or not encoded or " " in encoded or (whose == name and len(signature) != 68):
            raise Bad(f"{what} holds a line that is no signature")
        found.append(signature)
    return found


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)  # noqa: E741 - the square root of -1, as RFC 8032 has it


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether an Ed25519 signature holds, by the arithmetic of RFC 8032 (5.1.7) alone."""
    point, commitment = _point(public), _point(signature[:32])
    base, scalar = _point(_BASE), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or commitment is None or base is None or scalar >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left = _times(scalar, base)
    right = _plus(commitment, _times(challenge, point))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


_BASE = (46316835694926478169428394003475163141307993866256225615783033603165251855960).to_bytes(32, "little")


def _point(encoded: bytes) -> Point | None:
    if len(encoded) != 32:
        return None
    y = int.from_bytes(encoded, "little")
    odd, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = P - x
    return x, y, 1, x * y % P


def _plus(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _plus(result, point)
        point = _plus(point, point)
        scalar >>= 1
    return result


# The same frames as asciicast v3, for any player; the lines that begin with # tie it to the record.


def cast(frames: bytes) -> Iterator[str]:
    """Yield the lines of session.cast. The frames must have been walked before."""
    at, before, started = 0, None, False
    text = codecs.getincrementaldecoder("utf-8")("replace")
    while at < len(frames):
        length, _, kind, _, seq, mono, wall = HEAD.unpack_from(frames, at)
        payload = frames[at + 46 : at + length - 28]
        if not started:
            yield _cast_header(_json(payload, "frame 0: the header"), wall)
            before, started = mono, True
        try:
            event = _cast_event(chr(kind), payload, text)
        except (ValueError, struct.error) as error:
            raise Bad(f"frame {seq}: holds what its kind may not: {error}") from None
        if event is not None:
            passed, before = mono - before, mono
            shown = f"{passed // 10**9}.{passed % 10**9 // 1000:06d}"
            yield f"# frame {seq} {frames[at + length - 28 : at + length + 4].hex()}\n"
            yield f"[{shown}, {json.dumps(event[0])}, {json.dumps(event[1], ensure_ascii=False)}]\n"
        at += length + 4


def _cast_header(header: Facts, wall: int) -> str:
    term = header.get("term")
    size = {side: isinstance(term, dict) and term.get(side) for side in ("cols", "rows")}
    if not all(type(side) is int for side in size.values()):
        raise Bad("frame 0: the header names no size of the screen")
    return json.dumps({"version": 3, "term": size, "timestamp": wall // 10**9}) + "\n"


def _cast_event(kind: str, payload: bytes, text: codecs.IncrementalDecoder) -> tuple[str, str] | None:
    if kind in "oe":
        return "o", text.decode(payload)
    if kind == "r":
        return "r", "x".join(str(side) for side in struct.unpack(">HH", payload))
    if kind == "n":
        return "m", payload.decode("utf-8", "replace")
    if kind == "x":
        status = _json(payload, "an exit").get("status", "")
        if status != "" and type(status) is not int:
            raise ValueError("a status that is no whole number")
        return "x", str(status)
    return None


if __name__ == "__main__":
    sys.exit(main())
