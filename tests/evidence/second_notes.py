"""Keys, signed notes and proofs of the log for the second verifier; from docs/evidence.md alone, as it is."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Bad(Exception):
    """The record is not whole or not unchanged; `frame` is the first bad one, where a frame is to blame."""

    def __init__(self, why: str, frame: int | None = None) -> None:
        super().__init__(why)
        self.frame = frame


class Unchecked(Exception):
    """Nothing can be said: no bundle, or no key."""


@dataclass(frozen=True)
class Key:
    name: str
    id: bytes
    raw: bytes


def text_of(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Bad("not UTF-8") from error


def object_of(content: bytes, frame: int | None = None) -> dict[str, Any]:
    """The object that stands there, if it stands there in its one spelling."""
    try:
        value = json.loads(content.decode())
        if _levels(value) > 32:
            raise Bad("too deep", frame)
        spelled = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise Bad("no JSON", frame) from error
    if not isinstance(value, dict) or spelled != content:
        raise Bad("no JSON object, or in another spelling", frame)
    return value


def _levels(value: Any) -> int:
    """How deep lists and objects stand in each other. Raises ValueError for a number that is not whole."""
    if isinstance(value, float):
        raise ValueError("not whole")
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((_levels(one) for one in inner), default=0)


def base64_of(text: Any, size: int) -> bytes:
    try:
        content = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError) as error:
        raise Bad("no base64") from error
    if len(content) != size or base64.b64encode(content).decode() != text:
        raise Bad("base64 of another size or in another spelling")
    return content


def number_of(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16 and str(int(value)) == value:
        return int(value)
    raise Bad("no number")


def key_of(line: bytes) -> Key:
    """The key of a verifier key's line, which a line feed ends."""
    try:
        name, told, encoded = line.decode().split("+", 2)
        public = base64_of(encoded.removesuffix("\n"), 33)
    except (ValueError, Bad) as error:
        raise Unchecked("no verifier key") from error
    key_id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    if not line.endswith(b"\n") or not name or " " in name or public[0] != 1 or told != key_id.hex():
        raise Unchecked("no verifier key")
    return Key(name, key_id, public[1:])


def signed_lines(note: str, key: Key) -> list[str]:
    """The lines of a note's text, if the key signed it."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise Bad("no note")
    signed = 0
    for line in signatures[:-1].split("\n"):
        dash, name, signature = line.split(" ") if line.count(" ") == 2 else ("", "", "")
        content = base64_of(signature, 68) if name == key.name else b""
        if dash != "—":
            raise Bad("no signature")
        if content[:4] == key.id:
            _check_signature(f"{text}\n".encode(), content[4:], key)
            signed += 1
    if signed != 1:
        raise Bad("not signed by this key")
    return text.split("\n")


def _check_signature(text: bytes, signature: bytes, key: Key) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, text)
    except InvalidSignature as error:
        raise Bad("the signature is false") from error


def proven_entry(told: Any, size: int, root: bytes) -> dict[str, Any]:
    if not isinstance(told, dict) or not isinstance(told.get("entry"), str) or not isinstance(told.get("proof"), list):
        raise Bad("no entry")
    if set(told) != {"index", "entry", "proof"}:
        raise Bad("an entry holds something else")
    index, leaf = told.get("index"), told["entry"].encode("utf-8", "surrogatepass")
    if type(index) is not int or not 0 <= index < size:
        raise Bad("no such entry in the log")
    if _root(leaf, index, size, [base64_of(node, 32) for node in told["proof"]]) != root:
        raise Bad("the entry does not lead to the checkpoint")
    return object_of(leaf)


def _root(entry: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """RFC 9162, 2.1.3.2, step by step; nothing if the proof is too long or too short."""
    first, last = index, size - 1
    root = hashlib.sha256(b"\0" + entry).digest()
    for node in proof:
        if last == 0:
            return None
        if first & 1 or first == last:
            root = hashlib.sha256(b"\1" + node + root).digest()
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\1" + root + node).digest()
        first, last = first >> 1, last >> 1
    return root if last == 0 else None
