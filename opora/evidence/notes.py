"""Signed notes: a text and an Ed25519 signature under it, in the format of C2SP signed-note and tlog-checkpoint.

Two texts are signed: the head of one session's chain, and the size and root of the log over all sessions. Keeps no
key and decides nothing about who may sign.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

HEAD_TITLE = "opora session head v1"
ED25519 = b"\x01"


class Unsigned(Exception):
    """A note without the signature that was asked for, or with a wrong one."""


@dataclass(frozen=True, slots=True)
class SessionHead:
    """How far a session's chain had come: `frames` frames, `size` bytes, the last frame's hash."""

    session: bytes
    frames: int
    size: int
    head: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{HEAD_TITLE}\n{self.session.hex()}\n{self.frames}\n{self.size}\n{_b64(self.head)}\n"

    @classmethod
    def from_text(cls, text: str) -> "SessionHead":
        """Return the head a signed text tells. Raises ValueError if it is another kind of text."""
        title, session, frames, size, head, rest = text.split("\n")
        if title != HEAD_TITLE or rest:
            raise ValueError("this is no session head")
        return cls(bytes.fromhex(session), int(frames), int(size), base64.b64decode(head, validate=True))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far the log had come: its name, how many entries, the root of their tree (RFC 6962)."""

    origin: str
    entries: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed, after C2SP tlog-checkpoint."""
        return f"{self.origin}\n{self.entries}\n{_b64(self.root)}\n"

    @classmethod
    def from_text(cls, text: str) -> "Checkpoint":
        """Return the checkpoint a signed text tells. Raises ValueError if it is another kind of text."""
        origin, entries, root, rest = text.split("\n")
        if rest:
            raise ValueError("this is no checkpoint")
        return cls(origin, int(entries), base64.b64decode(root, validate=True))


class Signer:
    """One private key under a name, as the ledger process holds it."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        """Take the key. `name` may hold neither spaces nor plus signs (C2SP signed-note)."""
        if not name or any(letter.isspace() or letter == "+" for letter in name):
            raise ValueError("a signer's name has neither spaces nor plus signs")
        self.name = name
        self._key = key
        self._public = key.public_key().public_bytes_raw()

    @property
    def verifier_key(self) -> str:
        """Return the public half as one line to give to customers: `name+id+key`."""
        return f"{self.name}+{key_id(self.name, self._public).hex()}+{_b64(ED25519 + self._public)}"

    def sign(self, text: str) -> str:
        """Return the note: the text, an empty line, the signature's line."""
        if not text.endswith("\n"):
            raise ValueError("a signed text ends with a line's end")
        signature = key_id(self.name, self._public) + self._key.sign(text.encode())
        return f"{text}\n\N{EM DASH} {self.name} {_b64(signature)}\n"


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes that tell keys apart in a signature's line (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def read_verifier_key(line: str) -> tuple[str, bytes]:
    """Return name and raw public key. Raises ValueError for a line that is no Ed25519 key or misspelt."""
    name, shown_id, encoded = line.strip().split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    if raw[:1] != ED25519 or len(raw) != 33 or shown_id != key_id(name, raw[1:]).hex():
        raise ValueError("this is no Ed25519 verifier key")
    return name, raw[1:]


def open_note(note: str, verifier_key: str) -> str:
    """Return the signed text. Raises Unsigned unless this very key signed it."""
    name, public = read_verifier_key(verifier_key)
    text, parted, signatures = note.rpartition("\n\n")
    text += "\n"
    start = f"\N{EM DASH} {name} "
    for line in signatures.split("\n") if parted else []:
        if line.startswith(start) and _signed(text, line[len(start) :], name, public):
            return text
    raise Unsigned(f"the note is not signed by {name}")


def _signed(text: str, encoded: str, name: str, public: bytes) -> bool:
    try:
        raw = base64.b64decode(encoded, validate=True)
        if raw[:4] != key_id(name, public):
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
