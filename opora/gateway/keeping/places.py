"""Where the ledger keeps what it keeps, and how a file is written that will never be written again."""

import os
from dataclasses import dataclass
from pathlib import Path


class Taken(Exception):
    """The file is there already, and holds something else."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files below the ledger's own folder, and what the gateway leaves for it."""

    state: Path
    gateway: Path | None = None
    """The gateway's folder where gateway and ledger are users of their own; else it is the same."""

    @property
    def lent(self) -> int:
        """What is added to the mode of a file that the signer must read."""
        return 0o040 if self.gateway else 0

    @property
    def agreements(self) -> Path:
        """Each agreement's text, named by its SHA-256."""
        return self.state / "agreements"

    @property
    def journals(self) -> Path:
        """What the recorder writes; only read here."""
        return (self.gateway or self.state) / "journals"

    @property
    def typed(self) -> Path:
        """Where the recorder leaves the sealed keys to what is typed, to be destroyed here."""
        return self.gateway / "typed" if self.gateway else self.journals

    @property
    def sealed(self) -> Path:
        """The records of ended sessions."""
        return self.state / "sealed"

    @property
    def heads(self) -> Path:
        """The signed heads, a file a session."""
        return self.state / "heads"

    @property
    def bundles(self) -> Path:
        """What was made for customers to take away."""
        return self.state / "bundles"

    @property
    def stamps(self) -> Path:
        """Checkpoints with the time stamp of a third party, named by the number of entries they cover."""
        return self.state / "stamps"

    @property
    def keys(self) -> Path:
        """Private keys, each readable for its process alone."""
        return self.state / "keys"

    @property
    def log(self) -> Path:
        """The log of all agreements, certificates, sessions, views and exports."""
        return self.state / "log"

    @property
    def checkpoints(self) -> Path:
        """The signed checkpoints of the log."""
        return self.state / "checkpoints"

    def make(self) -> None:
        """Make the folders that are missing, for their owner alone; none of another user's."""
        ours = (self.state, self.agreements, self.sealed, self.heads, self.bundles, self.stamps, self.keys)
        for folder in ours if self.gateway else (*ours, self.journals):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def stamped(self, entries: int) -> Path:
        """The checkpoint of so many entries, as it was sent to be stamped."""
        return self.stamps / f"{entries:020d}.note"

    def stamp(self, entries: int) -> Path:
        """The authority's reply about it."""
        return self.stamps / f"{entries:020d}.tsr"

    def input_keys(self, session: str) -> Path:
        """The sealed keys to what was typed in a session, as the recorder left them."""
        return self.typed / f"{session}.keys.json"


def write_once(path: Path, content: bytes, *, mode: int = 0o400) -> None:
    """Write a file whole or not at all, on the disk when this returns. The same content again does nothing.

    Raises Taken if the file holds other content.
    """
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    unfinished.unlink(missing_ok=True)
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        if path.read_bytes() != content:
            raise Taken(f"{path.name} holds something else already") from None
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
