"""A second verifier of bundles, written from docs/evidence.md alone and sharing no line with the first.

It takes its signatures from a library where the first does the arithmetic itself, walks the record as a stream where the
first jumps about in it, and builds the log's root downwards. Two that agree on every flip are worth more than one.
"""

import base64
import codecs
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LETTERS = set("HioersnvptfdqxgbE")
NEEDED = ("agreement.json", "heads.notes", "key.txt", "log.json", "session.cast", "session.frames")


class Wrong(Exception):
    """The record is not what it should be; `frame` is the first bad one where there is one."""

    def __init__(self, why: str, frame: int | None = None) -> None:
        super().__init__(why)
        self.frame = frame


class Unchecked(Exception):
    """It could not be checked at all."""


@dataclass
class Told:
    """One frame as it stands in the record."""

    letter: str
    session: bytes
    seq: int
    mono: int
    wall: int
    payload: bytes
    digest: bytes


@dataclass
class Walked:
    """What walking the chain found."""

    frames: list[Told] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    header: dict[str, Any] = field(default_factory=dict)

    @property
    def session(self) -> str:
        return self.frames[0].session.hex()


def check(bundle: bytes, key: str | None = None, receipt: str | None = None) -> tuple[int, int | None]:
    """Return the exit code of docs/evidence.md and the first bad frame, if it is a frame that is bad."""
    try:
        _check(bundle, key, receipt)
    except Wrong as wrong:
        return 1, wrong.frame
    except Unchecked:
        return 2, None
    return 0, None


def _check(bundle: bytes, key: str | None, receipt: str | None) -> None:
    files = _unpacked(bundle)
    line = files["key.txt"].decode("utf-8", "replace").strip()
    if key is not None and key != line:
        raise Wrong("signed with another key")
    agreement = hashlib.sha256(files["agreement.json"]).digest()
    opens, closes = _window(files["agreement.json"])
    walked = _walk(files["session.frames"], agreement)
    for frame in walked.frames:
        if frame.letter == "i" and not opens <= frame.wall < closes:
            raise Wrong("typed outside the window", frame.seq)
    verifier = NoteVerifier(line)
    covered = 0
    for note in _text(files["heads.notes"]).split("\n\n\n"):
        if note.strip("\n"):
            covered = max(covered, _head(verifier.opened(note.strip("\n") + "\n"), walked))
    if covered != len(walked.frames):
        raise Wrong("the end is not signed for")
    if receipt is not None:
        _head(verifier.opened(receipt), walked)
    _log(_object(files["log.json"]), verifier, walked, agreement.hex())
    wanted = walked.header.get("keys")
    if wanted and "keys.json" in files and hashlib.sha256(files["keys.json"]).hexdigest() != wanted:
        raise Wrong("keys.json is another")
    if _cast(walked) != files["session.cast"]:
        raise Wrong("session.cast shows something else")


def _unpacked(bundle: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            names = archive.namelist()
            files = {name: archive.read(name) for name in names}
    except Exception as trouble:
        raise Unchecked(str(trouble)) from trouble
    if len(names) != len(set(names)) or any(name not in files for name in NEEDED):
        raise Wrong("a file is missing, or is there twice")
    return files


def _window(agreement: bytes) -> tuple[int, int]:
    try:
        window = _object(agreement)["window"]
        return _nanoseconds(window["from"]), _nanoseconds(window["until"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Wrong("the agreement names no window") from None


def _nanoseconds(moment: str) -> int:
    told = datetime.fromisoformat(moment)
    if told.tzinfo is None:
        raise ValueError("a moment without a zone")
    since = told - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return (since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds) * 1000


def _walk(record: bytes, agreement: bytes) -> Walked:
    walked, stream, chained, ended = Walked(), io.BytesIO(record), b"", False
    while start := stream.read(4):
        seq = len(walked.frames)
        length = int.from_bytes(start, "big")
        body = stream.read(length) if len(start) == 4 and 74 <= length <= 74 + (1 << 20) else b""
        if len(body) != length or length < 74 or body[0] != 1 or chr(body[1]) not in LETTERS:
            raise Wrong("no whole frame begins here", seq)
        frame = _frame(body)
        if seq == 0:
            chained = hashlib.sha256(b"opora session v1\n" + frame.session + agreement).digest()
        chained = hashlib.sha256(chained + start + body[:-32]).digest()
        first = walked.frames[0] if walked.frames else frame
        before = walked.frames[-1].mono if walked.frames else 0
        if chained != frame.digest:
            raise Wrong("its hash does not follow", seq)
        if ended or frame.seq != seq or frame.session != first.session or frame.mono < before:
            raise Wrong("it is out of its place", seq)
        if (frame.letter == "H") != (seq == 0):
            raise Wrong("the header stands first, and once", seq)
        if frame.letter == "E":
            ended = True
            counted = _object(frame.payload, seq)
            if (counted.get("frames"), counted.get("size")) != (seq, walked.sizes[-1] if seq else 0):
                raise Wrong("the end counts another record", seq)
        if seq == 0:
            walked.header = _object(frame.payload, seq)
            named = walked.header.get("session"), walked.header.get("agreement")
            if named != (frame.session.hex(), agreement.hex()):
                raise Wrong("the header speaks of another session or agreement", 0)
        walked.frames.append(frame)
        walked.sizes.append(stream.tell())
    if not ended:
        raise Wrong("no end was written", len(walked.frames) - 1)
    return walked


def _frame(body: bytes) -> Told:
    seq, mono, wall = (int.from_bytes(body[at : at + 8], "big") for at in (18, 26, 34))
    return Told(chr(body[1]), body[2:18], seq, mono, wall, body[42:-32], body[-32:])


class NoteVerifier:
    """The provider's key as C2SP signed-note writes it: `NAME+ID+KEY`."""

    def __init__(self, line: str) -> None:
        try:
            self.name, shown, encoded = line.split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise Unchecked("the key is misspelt") from None
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        if raw[:1] != b"\x01" or len(raw) != 33 or shown != self.id.hex():
            raise Unchecked("the key is misspelt")
        self._key = Ed25519PublicKey.from_public_bytes(raw[1:])

    def opened(self, note: str) -> list[str]:
        """Return the signed lines."""
        text, parted, under = note.rpartition("\n\n")
        for line in under.split("\n") if parted else []:
            found = re.fullmatch("\N{EM DASH} (\\S+) ([A-Za-z0-9+/=]+)", line)
            if found and found[1] == self.name and self._holds((text + "\n").encode(), found[2]):
                return text.split("\n")
        raise Wrong("a note is not signed by this key")

    def _holds(self, text: bytes, encoded: str) -> bool:
        try:
            raw = base64.b64decode(encoded, validate=True)
            if raw[:4] != self.id:
                return False
            self._key.verify(raw[4:], text)
        except (ValueError, InvalidSignature):
            return False
        return True


def _head(lines: list[str], walked: Walked) -> int:
    if len(lines) != 5 or lines[0] != "opora session head v1":
        raise Wrong("a signed head is no head")
    count = int(lines[2]) if lines[2].isdecimal() else 0
    if not 0 < count <= len(walked.frames):
        raise Wrong("a head tells of frames that are not there")
    here = (walked.session, str(walked.sizes[count - 1]), base64.b64encode(walked.frames[count - 1].digest).decode())
    if (lines[1], lines[3], lines[4]) != here:
        raise Wrong("the head signed then was another", count - 1)
    return count


def _log(log: dict[str, Any], verifier: NoteVerifier, walked: Walked, agreement: str) -> None:
    try:
        _, size, root = verifier.opened(log["checkpoint"])
        wanted, count = base64.b64decode(root, validate=True), int(size)
        told = []
        for part in log["entries"]:
            proof = [base64.b64decode(one, validate=True) for one in part["proof"]]
            leaf = hashlib.sha256(b"\x00" + part["entry"].encode()).digest()
            if _root(leaf, part["index"], count, proof) != wanted:
                raise Wrong("an entry is not under the checkpoint")
            told.append(_object(part["entry"].encode()))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Wrong("log.json is not what it should be") from None
    ending = {
        "kind": "session",
        "session": walked.session,
        "agreement": agreement,
        "frames": len(walked.frames),
        "head": walked.frames[-1].digest.hex(),
    }
    for needed in ({"kind": "agreement", "sha256": agreement}, ending):
        if not any(needed.items() <= entry.items() for entry in told):
            raise Wrong("agreement or session is not in the log")


def _root(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root of RFC 6962 (2.1.1), from the top: the larger half is the largest power of two below the size."""
    if not 0 <= index < size:
        return None
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    half = 1 << ((size - 1).bit_length() - 1)
    *below, beside = proof
    if index < half:
        left, right = _root(leaf, index, half, below), beside
    else:
        left, right = beside, _root(leaf, index - half, size - half, below)
    return hashlib.sha256(b"\x01" + left + right).digest() if left is not None and right is not None else None


def _cast(walked: Walked) -> bytes:
    try:
        return "".join(_cast_lines(walked)).encode()
    except (ValueError, TypeError, AttributeError, KeyError):
        raise Wrong("a frame holds what its kind may not") from None


def _cast_lines(walked: Walked) -> Iterator[str]:
    term, first = walked.header.get("term", {}), walked.frames[0]
    size = {"cols": int(term.get("cols", 80)), "rows": int(term.get("rows", 24))}
    yield json.dumps({"version": 3, "term": size, "timestamp": first.wall // 1_000_000_000}) + "\n"
    before, decoder = first.mono, codecs.getincrementaldecoder("utf-8")("replace")
    for frame in walked.frames:
        if frame.letter in "oe":
            code, text = "o", decoder.decode(frame.payload)
        elif frame.letter == "r":
            if len(frame.payload) != 4:
                raise ValueError("a size is two numbers of two bytes")
            sides = int.from_bytes(frame.payload[:2], "big"), int.from_bytes(frame.payload[2:], "big")
            code, text = "r", f"{sides[0]}x{sides[1]}"
        elif frame.letter == "n":
            code, text = "m", frame.payload.decode("utf-8", "replace")
        elif frame.letter == "x":
            code, text = "x", str(json.loads(frame.payload).get("status", ""))
        else:
            continue
        micros = (frame.mono - before) // 1000
        before = frame.mono
        yield f"# frame {frame.seq} {frame.digest.hex()}\n"
        shown = f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
        yield f"[{shown}, {json.dumps(code)}, {json.dumps(text, ensure_ascii=False)}]\n"


def _object(raw: bytes, frame: int | None = None) -> dict[str, Any]:
    try:
        told = json.loads(raw)
    except ValueError:
        raise Wrong("a text is no JSON", frame) from None
    if not isinstance(told, dict):
        raise Wrong("a text is no object", frame)
    return told


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Wrong("a text is no UTF-8") from None
