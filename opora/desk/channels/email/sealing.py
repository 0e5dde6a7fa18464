"""Secrets of mailboxes: sealed with the installation's key, or only named and read from the environment or a file."""

from opora.desk.kernel import sealing
from opora.desk.kernel.sealing import Unreadable

__all__ = ["Unreadable", "seal", "unseal"]

PURPOSE = "email.mailbox secret"


def seal(secret: str, key: str) -> str:
    """What may be kept in a mailbox's row: a name as it is, anything else sealed."""
    return sealing.seal(secret, key, purpose=PURPOSE)


def unseal(kept: str, *keys: str) -> str:
    """The secret itself; the first of the keys that opens it counts. Raises Unreadable."""
    return sealing.unseal(kept, *keys, purpose=PURPOSE)
