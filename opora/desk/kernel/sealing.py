"""Secrets of what we connect to: sealed with the installation's key, or only named and read from the environment or a file.

Never shown again, never logged. Each purpose has a key of its own. Pure but for the reading of what a name points to.
"""

import hmac
import os
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SEALED = "sealed:"


class Unreadable(Exception):
    """The secret cannot be had; the words say why and never hold it."""


def seal(secret: str, key: str, *, purpose: str) -> str:
    """What may be kept in a row: a name as it is, anything else sealed."""
    if not secret or secret.startswith(("env:", "file:", SEALED)):
        return secret
    return SEALED + _box(key, purpose).encrypt(secret.encode()).decode("ascii")


def unseal(kept: str, *keys: str, purpose: str) -> str:
    """The secret itself; the first of the keys that opens it counts. Raises Unreadable."""
    from cryptography.fernet import InvalidToken

    kind, _, rest = kept.partition(":")
    if kind == "env":
        if rest not in os.environ:
            raise Unreadable(f"the environment has no {rest}")
        return os.environ[rest]
    if kind == "file":
        try:
            return Path(rest).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unreadable(f"{rest}: {error.strerror}") from error
    if not kept.startswith(SEALED):
        return ""
    for key in keys:
        try:
            return _box(key, purpose).decrypt(rest.encode()).decode()
        except InvalidToken:
            continue
    raise Unreadable("it was sealed with another key; enter it once more")


def _box(key: str, purpose: str) -> "Fernet":
    from cryptography.fernet import Fernet

    return Fernet(urlsafe_b64encode(hmac.digest(key.encode(), b"opora." + purpose.encode(), sha256)))
