"""Hashes and seals with the desk's own key: what is kept in the database is of no use without it."""

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Refused

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def digest(purpose: str, *parts: object) -> str:
    """A keyed hash (hex) of the parts, different for every purpose."""
    return _digest(settings.SECRET_KEY, purpose, parts)


def digests(purpose: str, *parts: object) -> list[str]:
    """The hash under the desk's key and under each older one, for what is kept longer than a key."""
    return [_digest(key, purpose, parts) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def same(one: str, other: str) -> bool:
    """Equal, compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def digits(count: int) -> str:
    """A random number of so many digits, as text."""
    return "".join(secrets.choice("0123456789") for _each in range(count))


def word(count: int) -> str:
    """Random letters and digits that cannot be mistaken for each other."""
    return "".join(secrets.choice(ALPHABET) for _each in range(count))


def seal(secret: bytes) -> str:
    """The secret, encrypted with the desk's key."""
    return _box(settings.SECRET_KEY).encrypt(secret).decode()


def unseal(sealed: str) -> bytes:
    """The secret again. Raises Refused when the desk's key was changed and the old one is not among the fallbacks."""
    from cryptography.fernet import InvalidToken

    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _box(key).decrypt(sealed.encode())
        except InvalidToken:
            continue
    raise Refused(
        "signin.seal_broken",
        _("This authenticator was set up under another key of the desk. Use a recovery code and set it up again."),
    )


def _digest(key: str | bytes, purpose: str, parts: tuple[object, ...]) -> str:
    text = "\x1f".join([purpose, *(str(part) for part in parts)])
    return hmac.new(_bytes(key), text.encode(), hashlib.sha256).hexdigest()


def _bytes(key: str | bytes) -> bytes:
    return key.encode() if isinstance(key, str) else key


def _box(key: str | bytes) -> "Fernet":
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"opora seal\x1f" + _bytes(key)).digest()))
