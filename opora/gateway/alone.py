"""One process of a kind in a folder: whoever comes second is told so before it touches anything.

A second gateway would take the sessions of the first for lost and end their records; a second signer would take its socket.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opora.gateway.settings import BadSetting


@contextmanager
def alone(state: Path, name: str) -> Iterator[None]:
    """Be the only one of that name in this folder until the block ends (or the process dies). Raises BadSetting."""
    path = state / f"{name}.lock"
    with path.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadSetting(f"another {name} keeps {path}") from None
        yield
