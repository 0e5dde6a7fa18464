"""Private keys of the gateway's processes: made at the first start, readable for their owner only, never printed."""

from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from opora.gateway.keeping.places import Taken, write_once


class Unusable(Exception):
    """A key file that cannot be used; says which and why."""


def own_key(path: Path) -> Ed25519PrivateKey:
    """Return the Ed25519 key in the file; make one if there is none. Raises Unusable for a key others may read."""
    if not path.exists():
        made = Ed25519PrivateKey.generate()
        text = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with suppress(Taken):  # another process of ours made it in this very moment
            write_once(path, text)
    try:
        if path.stat().st_mode & 0o077:
            raise Unusable(f"{path} can be read by others; a private key must not (chmod 400)")
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise Unusable(f"{path} cannot be read as a private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Unusable(f"{path} is no Ed25519 key")
    return key
