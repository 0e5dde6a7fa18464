"""What the ledger does when it is asked: agreements, signed heads, ends of sessions, entries of the log, checkpoints.

Everything may be asked twice: the second time gives the same answer and writes nothing. Whatever goes back, contradicts
what was signed before, or was never begun is refused in words.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from opora.evidence import tree
from opora.evidence.following import Follower, Misfit
from opora.evidence.frames import canonical
from opora.evidence.ledger import Ledger
from opora.evidence.notes import Checkpoint, SessionHead, Signer
from opora.evidence.segments import Segment
from opora.gateway.keeping.heads import Heads
from opora.gateway.keeping.notefile import NoteFile
from opora.gateway.keeping.places import Places, sync_folder, write_once
from opora.gateway.keeping.records import Record
from opora.gateway.keeping.register import Register
from opora.gateway.sockets import Refused

Facts = dict[str, Any]

ASKED_FOR = frozenset({"certificate", "window-key", "signature", "key-destroyed", "view", "export"})
"""Kinds of entries others may ask for; all the rest the ledger writes by its own knowledge."""
YEARS, YEARS_AT_MOST = 10, 100
LEEWAY = 3600 * 1_000_000_000
"""Nanoseconds by which a disk's clock may be behind ours when journals older than a session are passed over."""


class Damaged(Exception):
    """The log is not what was signed before; the ledger will not go on from it."""


class Keeper:
    """The log and all that hangs on it, open for one process. Safe to ask from several threads."""

    def __init__(self, places: Places, signer: Signer, *, now_ns: Callable[[], int]) -> None:
        """Open or begin the log. Raises Damaged if it does not hold what the last checkpoint signed."""
        places.make()
        self.places = places
        self.signer = signer
        self._now_ns = now_ns
        self._lock = threading.RLock()
        self._sealing = threading.Lock()
        self.heads = Heads(places.heads, signer)
        origin = f"{signer.name.rpartition('/')[0] or signer.name}/log"
        self.log = Ledger(places.log, origin, mode=0o600 | places.lent)
        self.register = Register()
        for index in range(len(self.log)):
            self.register.learn(index, self.log.entry(index))
        self._checkpoints = NoteFile(places.checkpoints, signer.verifier_key, mode=0o600 | places.lent)
        self._checkpoint, self._covered = self._last_checkpoint()

    def agree(self, text: str) -> Facts:
        """Keep an agreement and enter it into the log; returns its SHA-256 and the entry's number."""
        raw = text.encode()
        told = _canonical_object(raw)
        if not _keeps(told.get("retention_years", YEARS)):
            raise Refused("agreement", "An agreement keeps its records for one year at least.")
        digest = hashlib.sha256(raw).hexdigest()
        with self._lock:
            write_once(self.places.agreements / f"{digest}.json", raw, mode=0o400 | self.places.lent)
            if digest not in self.register.agreements:
                self._enter({"kind": "agreement", "sha256": digest, "ticket": str(told.get("ticket", ""))})
            self.checkpoint()
            return {"sha256": digest, "entry": self.register.agreements[digest]}

    def knows(self, text: str) -> bool:
        """Return whether that agreement stands in the log."""
        with self._lock:
            return hashlib.sha256(text.encode()).hexdigest() in self.register.agreements

    def withdraw(self, agreement: str, *, by: str, why: str) -> Facts:
        """Note that an agreement was taken back: from now on nobody gets a certificate under it."""
        with self._lock:
            self._known(agreement)
            if agreement not in self.register.withdrawn:
                self._enter({"kind": "withdrawn", "agreement": agreement, "by": by, "why": why})
            self.checkpoint()
            return {}

    def begin(self, session: bytes, agreement: str) -> Facts:
        """Enter that a session began: whoever withholds its record later cannot hide that there was one."""
        with self._lock:
            self._known(agreement)
            before = self.register.opened.get(session.hex())
            if before is None and agreement in self.register.withdrawn:
                raise Refused("withdrawn", "This agreement was taken back.")
            if before is None:
                self._enter({"kind": "opened", "session": session.hex(), "agreement": agreement})
            elif before != agreement:
                raise Refused("session", "This session was begun under another agreement.")
            return {}

    def head(self, head: SessionHead) -> str:
        """Sign how far a session's record has come; returns the note. Refuses what goes back or was never begun."""
        session = head.session.hex()
        with self._lock:
            if session not in self.register.opened:
                raise Refused("session", "This session was not begun here.")
            last = self.heads.last(session)
            if session in self.register.ended and (last is None or last[0] != head):
                raise Refused("ended", "This session has ended; nothing more is signed for it.")
            return self.heads.sign(head)

    def end(self, head: SessionHead, *, agreement: str, reason: str, journal: str = "", at: int = 0) -> Facts:
        """Check an ended session's record from the journals, seal it, sign for all of it and enter it into the log."""
        since = self.register.opened_at.get(head.session.hex(), 0) - LEEWAY
        self.begin(head.session, agreement)
        record = Record(self.places.journals, head.session, first=journal, at=at, since_ns=since)
        with self._sealing:
            if head.session.hex() not in self.register.ended:
                self._check(record, head, agreement)
                segments = record.seal(self.places.sealed)
                with self._lock:
                    self._close(head, segments, agreement, reason)
        return self._closed(head)

    def enter(self, entry: Facts) -> int:
        """Enter what signer and desk may tell (`ASKED_FOR`); returns the entry's number. The ledger says when."""
        if entry.get("kind") not in ASKED_FOR:
            raise Refused("kind", f"Entries of the kind {entry.get('kind')!r} are not taken from others.")
        with self._lock:
            return self._enter(entry)

    def extend(self, session: bytes, *, until: int, by: str) -> Facts:
        """Keep a record longer than was agreed. Shorter is refused, whoever asks."""
        with self._lock:
            entry, _ = self.ended(session)
            kept = self.register.kept_until[entry["session"]]
            if until < kept:
                raise Refused("retention", "The time for which a record is kept is only ever extended.")
            if until > kept:
                self._enter({"kind": "retention", "session": entry["session"], "until": until, "by": by})
            return {"until": until}

    def erase(self, session: bytes, *, by: str, why: str) -> Facts:
        """Destroy the sealed keys to what was typed in an ended session, and the bundles here that hold them.

        The log says so first, and keeps by whom and why. Record, chain and signatures stay as they are: only nobody can
        open the input frames any more by what lies here.
        """
        with self._lock:
            entry, _ = self.ended(session)
            if entry["session"] not in self.register.erased:
                self._enter({"kind": "erased", "session": entry["session"], "by": by, "why": why})
                self.checkpoint()
            self.places.input_keys(entry["session"]).unlink(missing_ok=True)
            sync_folder(self.places.typed)
            for bundle in self.places.bundles.glob(f"{entry['session']}-*.zip"):
                bundle.unlink(missing_ok=True)
            sync_folder(self.places.bundles)
            return {}

    def checkpoint(self) -> str:
        """Return a signed checkpoint over the whole log; signs a new one only when the log has grown."""
        with self._lock:
            if self._covered != len(self.log) or not self._checkpoint:
                now = self.log.checkpoint()
                note = self.signer.sign(now.text())
                self._checkpoints.append(note)
                self._checkpoint, self._covered = note, now.entries
            return self._checkpoint

    def ended(self, session: bytes) -> tuple[Facts, int]:
        """Return the log's entry of an ended session and its number. Raises Refused if there is none."""
        with self._lock:
            index = self.register.ended.get(session.hex())
            if index is None:
                raise Refused("session", "There is no ended session of that name.")
            return json.loads(self.log.entry(index)), index

    def close(self) -> None:
        """Close the log."""
        self.log.close()

    def _check(self, record: Record, head: SessionHead, agreement: str) -> None:
        session = head.session.hex()
        signed = {told.frames: (told.size, told.head) for told, _ in self.heads.all(session)}
        try:
            found = record.follow(bytes.fromhex(agreement), signed)
            _compare(found, head)
        except Misfit as misfit:
            self._report(session, str(misfit))
            raise Refused("misfit", f"The record does not fit: {misfit}.") from misfit

    def _close(self, head: SessionHead, segments: list[Segment], agreement: str, reason: str) -> None:
        self.heads.sign(head)
        self._enter(
            {
                "kind": "session",
                "session": head.session.hex(),
                "agreement": agreement,
                "frames": head.frames,
                "size": head.size,
                "head": head.head.hex(),
                "reason": reason,
                "segments": [segment.digest for segment in segments],
                "keep_until": _years_after(self._now_ns(), self._years(agreement)),
            }
        )

    def _closed(self, head: SessionHead) -> Facts:
        with self._lock:
            entry, index = self.ended(head.session)
            if (entry["frames"], entry["head"]) != (head.frames, head.head.hex()):
                raise Refused("ended", "This session has ended, and otherwise.")
            return {
                "note": self.heads.sign(head),
                "entry": index,
                "checkpoint": self.checkpoint(),
                "segments": entry["segments"],
                "keep_until": self.register.kept_until[entry["session"]],
            }

    def _report(self, session: str, why: str) -> None:
        """Put a contradiction into the log, where nobody takes it out again; once for each."""
        with self._lock:
            if (session, why) not in self.register.misfits:
                self._enter({"kind": "misfit", "session": session, "why": why})
                self.checkpoint()

    def _known(self, agreement: str) -> None:
        if agreement not in self.register.agreements:
            raise Refused("agreement", "This agreement does not stand in the log.")

    def _years(self, agreement: str) -> int:
        told = json.loads((self.places.agreements / f"{agreement}.json").read_bytes())
        return min(int(told.get("retention_years", YEARS)), YEARS_AT_MOST)

    def _enter(self, entry: Facts) -> int:
        index = self.log.append({**entry, "at": self._now_ns()})
        self.register.learn(index, self.log.entry(index))
        return index

    def _last_checkpoint(self) -> tuple[str, int]:
        found = self._checkpoints.last()
        if found is None:
            return "", 0
        note, last = found[0], Checkpoint.from_text(found[1])
        leaves = [tree.leaf_hash(self.log.entry(n)) for n in range(min(last.entries, len(self.log)))]
        if len(leaves) < last.entries or tree.root(leaves) != last.root or last.origin != self.log.origin:
            raise Damaged(f"{self.places.log} does not hold the {last.entries} entries that were signed for")
        return note, last.entries


def _canonical_object(raw: bytes) -> Facts:
    try:
        told = json.loads(raw)
        if isinstance(told, dict) and canonical(told) == raw:
            return told
    except ValueError:
        pass
    raise Refused("agreement", "An agreement is one JSON object in its canonical spelling.")


def _keeps(years: object) -> bool:
    return type(years) is int and years >= 1


def _compare(found: Follower, head: SessionHead) -> None:
    if (found.frames, found.size, found.head) != (head.frames, head.size, head.head):
        raise Misfit(f"it has {found.frames} frames and {found.size} bytes, or another last hash, than was said")


def _years_after(at_ns: int, years: int) -> int:
    then = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
    try:
        later = then.replace(year=then.year + years)
    except ValueError:  # the 29th of February
        later = then.replace(year=then.year + years, day=28)
    return int(later.timestamp()) * 1_000_000_000
