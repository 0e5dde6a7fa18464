"""Sealed input: what an engineer typed may hold passwords, so it is readable only to those who hold a key.

One content key a session, wrapped for the customer, and in two halves for two escrow holders who must come together.
The wrapped keys stand outside the chain, which holds their hash: destroying them is the lawful erasure, and the
chain stays provable. X25519, HKDF-SHA256 and ChaCha20-Poly1305 (RFC 7748, 5869, 8439); docs/evidence.md, "Sealed input".
"""

import base64
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from opora.evidence.frames import canonical

KEY_SIZE = 32
WRAP_INFO = b"opora input key v1"
_NO_NONCE = bytes(12)  # every wrapping key is used once


class Sealed(Exception):
    """The key given does not open this, or what is sealed was changed."""


class InputSeal:
    """The content key of one session, while it runs. Lives in the recorder's memory only."""

    def __init__(self, session: bytes, key: bytes | None = None) -> None:
        """Make a new key, or take the one that `unwrap` gave back."""
        self.session = session
        self._key = key or os.urandom(KEY_SIZE)
        self._cipher = ChaCha20Poly1305(self._key)

    def seal(self, seq: int, typed: bytes) -> bytes:
        """Return the payload for the input frame of that number. A number is used once, so its nonce is too."""
        return self._cipher.encrypt(_nonce(seq), typed, self.session)

    def unseal(self, seq: int, payload: bytes) -> bytes:
        """Return what was typed. Raises Sealed if this is another session's key or the payload was changed."""
        try:
            return self._cipher.decrypt(_nonce(seq), payload, self.session)
        except InvalidTag:
            raise Sealed(f"the input of frame {seq} does not open with this key") from None

    def wrapped_for(self, customer: bytes, escrow: tuple[bytes, bytes]) -> bytes:
        """Return the keys document: the content key for the customer's public key, its halves for the two holders'."""
        half = os.urandom(KEY_SIZE)
        halves = (half, _xor(half, self._key))
        return canonical(
            {
                "format": "opora input keys v1",
                "session": self.session.hex(),
                "customer": _wrap(self._key, customer, self.session),
                "escrow": [_wrap(part, holder, self.session) for part, holder in zip(halves, escrow, strict=True)],
            }
        )


def opened_by_customer(keys: dict[str, Any], private: X25519PrivateKey) -> InputSeal:
    """Return the session's seal, opened with the customer's private key. Raises Sealed."""
    session = bytes.fromhex(keys["session"])
    return InputSeal(session, _unwrap(keys["customer"], private, session))


def opened_by_escrow(keys: dict[str, Any], first: X25519PrivateKey, second: X25519PrivateKey) -> InputSeal:
    """Return the session's seal, opened by both escrow holders together. Raises Sealed."""
    session = bytes.fromhex(keys["session"])
    one, other = (_unwrap(part, key, session) for part, key in zip(keys["escrow"], (first, second), strict=True))
    return InputSeal(session, _xor(one, other))


def _wrap(content: bytes, public: bytes, session: bytes) -> dict[str, str]:
    once = X25519PrivateKey.generate()
    sent = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    box = ChaCha20Poly1305(_wrapping_key(shared, sent, public)).encrypt(_NO_NONCE, content, session)
    return {"for": _b64(public), "once": _b64(sent), "box": _b64(box)}


def _unwrap(wrapped: dict[str, str], private: X25519PrivateKey, session: bytes) -> bytes:
    sent = base64.b64decode(wrapped["once"])
    public = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(sent))
    cipher = ChaCha20Poly1305(_wrapping_key(shared, sent, public))
    try:
        return cipher.decrypt(_NO_NONCE, base64.b64decode(wrapped["box"]), session)
    except InvalidTag:
        raise Sealed("this private key is not the one the session's key was wrapped for") from None


def _wrapping_key(shared: bytes, sent: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), KEY_SIZE, salt=sent + public, info=WRAP_INFO).derive(shared)


def _nonce(seq: int) -> bytes:
    return seq.to_bytes(12, "big")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
