"""The log over all sessions: agreements, ends of sessions, certificates, views and exports, in one append-only file.

Every entry is a leaf of an RFC 6962 tree, so a checkpoint signed today proves that nothing from yesterday was taken
out. Reads no clock: an entry says its own time.
"""

import os
from pathlib import Path
from typing import Any

from opora.evidence import tree
from opora.evidence.frames import canonical
from opora.evidence.notes import Checkpoint

_LENGTH = 4


class Ledger:
    """The log, open for one process. A torn last entry was never acknowledged and is set aside, not counted."""

    def __init__(self, path: Path, origin: str, *, mode: int = 0o600) -> None:
        """Open the log, or create it with that mode. Raises ValueError if the file is damaged before its end."""
        self.origin = origin
        self.path = path
        self._entries: list[bytes] = []
        self._leaves: list[bytes] = []
        self._tree = tree.Growing()
        self._broken = False
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)
        self._load()

    def __len__(self) -> int:
        """Return how many entries the log has."""
        return len(self._leaves)

    def append(self, facts: dict[str, Any]) -> int:
        """Add an entry; returns its number. It is on the disk when this returns.

        Raises OSError if it is not; the log then refuses everything after, until it is opened anew.
        """
        if self._broken:
            raise OSError("the log could not be written to before")
        entry = canonical(facts)
        left = memoryview(len(entry).to_bytes(_LENGTH, "big") + entry)
        self._broken = True
        while left:
            left = left[os.write(self._file, left) :]
        os.fdatasync(self._file)
        self._broken = False
        self._hold(entry)
        return len(self._leaves) - 1

    def entry(self, index: int) -> bytes:
        """Return an entry's bytes."""
        return self._entries[index]

    def checkpoint(self) -> Checkpoint:
        """Return how far the log has come, ready to be signed."""
        return Checkpoint(self.origin, len(self._leaves), self._tree.root())

    def proof_of(self, index: int, *, entries: int | None = None) -> list[bytes]:
        """Return the path from an entry to the root of the log's first `entries` (all, if not said)."""
        return tree.inclusion_proof(self._leaves[:entries], index)

    def proof_of_growth(self, old: int) -> list[bytes]:
        """Return the proof that the log's first `old` entries still stand as they were."""
        return tree.consistency_proof(self._leaves, old)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _load(self) -> None:
        written = self.path.read_bytes()
        at = 0
        while at < len(written):
            size = int.from_bytes(written[at : at + _LENGTH], "big")
            stop = at + _LENGTH + size
            if stop > len(written):
                self._set_aside(written[at:], at)
                return
            self._hold(written[at + _LENGTH : stop])
            at = stop

    def _set_aside(self, torn: bytes, whole: int) -> None:
        """Keep what a crash left of an entry nobody was told of, beside the log, and go on from the last whole one."""
        aside = self.path.with_suffix(f".torn-{whole}")
        aside.write_bytes(torn)
        os.ftruncate(self._file, whole)
        os.fsync(self._file)

    def _hold(self, entry: bytes) -> None:
        leaf = tree.leaf_hash(entry)
        self._entries.append(entry)
        self._leaves.append(leaf)
        self._tree.add(leaf)
