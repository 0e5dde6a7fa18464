"""The words of one-time viewing links. They stand in the link only; we keep their SHA-256."""

import hashlib
import secrets


def new_token() -> str:
    """Return a word nobody can guess (192 bits)."""
    return secrets.token_urlsafe(24)


def hash_of(token: str) -> str:
    """Return what is kept of it."""
    return hashlib.sha256(token.encode()).hexdigest()
