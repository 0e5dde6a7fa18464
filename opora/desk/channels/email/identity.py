"""Who we are in letters and the keys that sign them."""

from functools import lru_cache

from django.conf import settings

from .tokens import derive_key


def mailbox() -> str:
    """Our address, lower case."""
    return str(settings.OPORA_MAIL_ADDRESS)


def domain() -> str:
    """The domain of our address."""
    return mailbox().rpartition("@")[2]


def display_name() -> str:
    """The name our letters come from."""
    return str(settings.OPORA_MAIL_NAME)


def token_key() -> bytes:
    """The key of the signed tokens."""
    return _key(settings.SECRET_KEY, "token")


def loop_mark() -> str:
    """What our own letters carry, so that we know them when they come back; differs between installations."""
    return _key(settings.SECRET_KEY, "loop").hex()[:24]


@lru_cache(8)
def _key(secret: str, purpose: str) -> bytes:
    return derive_key(secret, purpose)
