"""Public keys as people paste them. Pure. A private key pasted by mistake is refused before anything keeps it."""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

KINDS = frozenset(
    {
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "ssh-rsa",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)
SHORTEST_RSA = 3072
LONGEST_LINE = 4000


class NoKey(ValueError):
    """What was pasted is no public key we take; `code` says why: private, unreadable, kind, weak."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key without its comment, its fingerprint as `ssh-keygen -l` prints it, and the comment."""

    line: str
    fingerprint: str
    comment: str


def read_public_key(pasted: str) -> PublicKey:
    """Return the key of one line as it stands in a .pub file or in a known_hosts file. Raises NoKey."""
    if "PRIVATE KEY" in pasted:
        raise NoKey("private")
    words = pasted.strip().split()
    if len(pasted) > LONGEST_LINE or "\n" in pasted.strip():
        raise NoKey("unreadable")
    if len(words) >= 3 and words[0] not in KINDS and words[1] in KINDS:
        words = words[1:]
    if len(words) < 2:
        raise NoKey("unreadable")
    kind, encoded = words[:2]
    blob = _blob(kind, encoded)
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return PublicKey(f"{kind} {encoded}", f"SHA256:{digest}", " ".join(words[2:])[:80])


def read_sealing_key(pasted: str) -> str:
    """Return an X25519 public key in base64: 32 bytes that are not all zero. Raises NoKey."""
    if "PRIVATE KEY" in pasted:
        raise NoKey("private")
    try:
        raw = base64.b64decode(pasted.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise NoKey("unreadable") from None
    if len(raw) != 32 or not any(raw):
        raise NoKey("unreadable")
    return base64.b64encode(raw).decode()


def _blob(kind: str, encoded: str) -> bytes:
    if kind not in KINDS:
        raise NoKey("kind")
    try:
        blob = base64.b64decode(encoded, validate=True)
        parts = _parts(blob)
    except (binascii.Error, ValueError, struct.error):
        raise NoKey("unreadable") from None
    if len(parts) < 2 or parts[0] != kind.encode():
        raise NoKey("unreadable")
    if kind == "ssh-ed25519" and len(parts[1]) != 32:
        raise NoKey("unreadable")
    if kind == "ssh-rsa" and (len(parts) < 3 or int.from_bytes(parts[2]).bit_length() < SHORTEST_RSA):
        raise NoKey("weak")
    return blob


def _parts(blob: bytes) -> list[bytes]:
    """Return the strings of the SSH wire form (RFC 4253, 6.6). Raises ValueError if they do not fill the bytes."""
    parts: list[bytes] = []
    at = 0
    while at < len(blob):
        (length,) = struct.unpack_from(">I", blob, at)
        at += 4
        if at + length > len(blob):
            raise ValueError("a part is longer than the key")
        parts.append(blob[at : at + length])
        at += length
    return parts
