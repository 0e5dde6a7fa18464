"""A file of signed notes that only grows: two line feeds between one note and the next, as bundles have them."""

import os
from collections.abc import Iterator
from pathlib import Path

from opora.evidence.notes import Unsigned, open_note
from opora.gateway.keeping.places import sync_folder

_PARTED = "\n\n\n"
_TAIL = 2048


class NoteFile:
    """The notes of one file. What a crash left of a note nobody was given is stepped over, never cut off."""

    def __init__(self, path: Path, verifier_key: str, *, mode: int = 0o600) -> None:
        """Take a file that may not exist yet; only notes signed by this key count."""
        self.path = path
        self._verifier_key = verifier_key
        self._mode = mode

    def append(self, note: str) -> None:
        """Add a note; it is on the disk when this returns. Raises OSError."""
        new = not self.path.exists()
        opened = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, self._mode)
        try:
            text = ("" if _ends_well(opened) else _PARTED) + note + _PARTED[1:]
            left = memoryview(text.encode())
            while left:
                left = left[os.write(opened, left) :]
            os.fdatasync(opened)
        finally:
            os.close(opened)
        if new:
            sync_folder(self.path.parent)

    def notes(self) -> Iterator[tuple[str, str]]:
        """Yield each note and the text it signs, in the order they were given."""
        if self.path.exists():
            yield from self._opened(self.path.read_bytes())

    def last(self) -> tuple[str, str] | None:
        """Return the last note and the text it signs, None if there is none; reads the file's end only, where that will do."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            tail = file.read()
        found = list(self._opened(tail)) or list(self.notes())
        return found[-1] if found else None

    def _opened(self, written: bytes) -> Iterator[tuple[str, str]]:
        for part in written.decode("utf-8", "replace").split(_PARTED):
            note = part.strip("\n") + "\n"
            try:
                yield note, open_note(note, self._verifier_key)
            except Unsigned:
                continue


def _ends_well(opened: int) -> bool:
    size = os.fstat(opened).st_size
    tail = os.pread(opened, len(_PARTED), max(0, size - len(_PARTED)))
    return not size or tail == _PARTED.encode()
