"""What an SSH client signs to enter (RFC 4252, 7), read to the last byte: nothing else is ever signed with a window's key."""

import struct
from dataclasses import dataclass

REQUEST = 50
"""SSH_MSG_USERAUTH_REQUEST."""
KIND = b"ssh-ed25519"
LONGEST = 4096


class NoProof(ValueError):
    """These bytes are no request to enter by a public key."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A request to enter as `login` by the key `public` (its wire form)."""

    session: bytes
    login: bytes
    public: bytes


def read_proof(raw: bytes) -> Proof:
    """Return what the bytes ask for. Raises NoProof for everything that is not exactly such a request."""
    if len(raw) > LONGEST:
        raise NoProof("it is too long")
    session, rest = _string(raw)
    if len(session) not in (20, 32, 48, 64):
        raise NoProof("its session is no hash of a key exchange")
    if rest[:1] != bytes([REQUEST]):
        raise NoProof("it is another message")
    login, rest = _string(rest[1:])
    service, rest = _string(rest)
    method, rest = _string(rest)
    if (service, method, rest[:1]) != (b"ssh-connection", b"publickey", b"\x01"):
        raise NoProof("it asks for something else")
    kind, rest = _string(rest[1:])
    public, rest = _string(rest)
    if kind != KIND or rest:
        raise NoProof("it is of another kind, or more than it says")
    return Proof(session, login, public)


def string(raw: bytes) -> bytes:
    """Return the wire form of a string (RFC 4251, 5)."""
    return struct.pack(">I", len(raw)) + raw


def _string(raw: bytes) -> tuple[bytes, bytes]:
    if len(raw) < 4:
        raise NoProof("it is cut short")
    length = int.from_bytes(raw[:4], "big")
    if len(raw) < 4 + length:
        raise NoProof("it is cut short")
    return raw[4 : 4 + length], raw[4 + length :]
