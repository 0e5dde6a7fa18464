"""The signed heads of all sessions: each leads further than the one before, also over a restart."""

from pathlib import Path

from opora.evidence.notes import SessionHead, Signer
from opora.gateway.keeping.notefile import NoteFile
from opora.gateway.sockets import Refused


class Heads:
    """One file of notes a session, and the last of each in memory."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        """Take the folder and the key that signs."""
        self._folder = folder
        self._signer = signer
        self._last: dict[str, tuple[SessionHead, str]] = {}

    def sign(self, head: SessionHead) -> str:
        """Return the note; the same head again gives the same note. Raises Refused for one that goes back."""
        session = head.session.hex()
        last = self.last(session)
        if last is not None:
            before, note = last
            if head == before:
                return note
            if head.frames <= before.frames or head.size <= before.size:
                raise Refused("back", f"{before.frames} frames were signed for already; {head.frames} would go back.")
        note = self._signer.sign(head.text())
        self._file(session).append(note)
        self._last[session] = head, note
        return note

    def last(self, session: str) -> tuple[SessionHead, str] | None:
        """Return the furthest head and its note, None if nothing was signed yet."""
        if session not in self._last:
            for head, note in self.all(session):
                self._last[session] = head, note
        return self._last.get(session)

    def all(self, session: str) -> list[tuple[SessionHead, str]]:
        """Return the heads with their notes in the order they were signed."""
        rising: list[tuple[SessionHead, str]] = []
        for note, text in self._file(session).notes():
            head = SessionHead.from_text(text)
            if not rising or head.frames > rising[-1][0].frames:
                rising.append((head, note))
        return rising

    def _file(self, session: str) -> NoteFile:
        return NoteFile(self._folder / f"{session}.notes", self._signer.verifier_key)
