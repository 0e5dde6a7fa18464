"""Reads the ledger's log from outside: what stands in it under a checkpoint the ledger has signed.

Opens files for reading only, and reads only what has been added since the last time.
"""

from pathlib import Path

from opora.evidence import tree
from opora.evidence.notes import Checkpoint
from opora.gateway.keeping.notefile import NoteFile
from opora.gateway.keeping.register import Register

_LENGTH = 4


class Unproven(Exception):
    """The log does not hold what was signed for; nothing in it is believed."""


class Witness:
    """What is proven of the log so far; `register` holds nothing that no signed checkpoint covers."""

    def __init__(self, log: Path, checkpoints: Path, verifier_key: str) -> None:
        """Take the two files and the ledger's public key."""
        self.register = Register()
        self._path = log
        self._checkpoints = NoteFile(checkpoints, verifier_key)
        self._tree = tree.Growing()
        self._read = 0
        self._seen = (-1, -1)

    def look(self) -> int:
        """Read on up to the newest signed checkpoint; returns how many entries it covers. Raises Unproven."""
        now = self._state()
        if now != self._seen:
            newest = self._newest()
            if newest.entries < self._tree.size:
                raise Unproven("the newest checkpoint covers less than one before")
            self._follow(newest)
            self._seen = now
        return self._tree.size

    def _newest(self) -> Checkpoint:
        last = self._checkpoints.last()
        if last is None:
            raise Unproven("no checkpoint was signed yet")
        return Checkpoint.from_text(last[1])

    def _follow(self, checkpoint: Checkpoint) -> None:
        entries = self._entries(checkpoint.entries - self._tree.size)
        growing = self._tree.copy()
        for entry in entries:
            growing.add(tree.leaf_hash(entry))
        if growing.root() != checkpoint.root:
            raise Unproven(f"the log's first {checkpoint.entries} entries are not those that were signed for")
        for entry in entries:
            self.register.learn(self._tree.size, entry)
            self._tree.add(tree.leaf_hash(entry))
            self._read += _LENGTH + len(entry)

    def _entries(self, count: int) -> list[bytes]:
        found = []
        with self._path.open("rb") as file:
            file.seek(self._read)
            for _ in range(count):
                size = int.from_bytes(file.read(_LENGTH), "big")
                entry = file.read(size)
                if not size or len(entry) < size:
                    raise Unproven("the log is shorter than was signed for")
                found.append(entry)
        return found

    def _state(self) -> tuple[int, int]:
        try:
            return self._checkpoints.path.stat().st_size, self._path.stat().st_size
        except OSError:
            raise Unproven("there is no log yet") from None
