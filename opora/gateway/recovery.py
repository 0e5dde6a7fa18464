"""After a crash: what the journals of earlier processes hold is never cut; what breaks off is described and ended.

A torn last frame was shown to nobody. The session's chain goes on in the new journal with a frame that tells of the gap.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from opora.evidence.frames import Chain, Frame, Kind, canonical
from opora.evidence.journal import journals, read_journal
from opora.gateway import clock
from opora.gateway.sealing import Sealing

if TYPE_CHECKING:
    from opora.gateway.gateway import Gateway

LAST_WORD = 1 << 40
"""The number under which the desk is told of an end that the process itself did not live to tell."""
DONE = ".done"
"""The ending of the empty file beside a journal all of whose sessions have ended."""


@dataclass(slots=True)
class Open:
    """A session as far as the journals tell it."""

    agreement: str
    frames: int = 0
    size: int = 0
    head: bytes = b""
    mono_ns: int = 0
    ended: bool = False

    def take(self, frame: Frame) -> None:
        """Count one frame more."""
        self.frames += 1
        self.size += frame.size
        self.head = frame.digest
        self.mono_ns = frame.mono_ns
        self.ended = frame.kind is Kind.END


async def recover(gateway: "Gateway") -> None:
    """End what was open when an earlier process died, and tell the ledger and the desk. Raises RecordLost."""
    old = [path for path in journals(gateway.settings.journals) if path != gateway.recorder.path and not _is_done(path)]
    sessions: dict[bytes, Open] = {}
    torn: list[tuple[str, int, str]] = []
    for path in old:
        remains = read_journal(path)
        for frame in remains.frames:
            _found(sessions, frame).take(frame)
        if remains.why:
            torn.append((path.name, len(remains.torn), remains.why))
    # Without a header it is one that an earlier recovery has ended already, in a journal that is read only now.
    sessions = {name: session for name, session in sessions.items() if session.agreement}
    lost = {name: session for name, session in sessions.items() if not session.ended}
    place = 0
    for name, session in lost.items():
        place = _end(gateway, name, session, torn)
    if place:
        await gateway.recorder.durable(place)
    for name, session in sessions.items():
        reason = "gateway-lost" if name in lost else "ended"
        await gateway.seal(Sealing(name.hex(), session.agreement, session.frames, session.size, session.head, reason))
    for name, session in lost.items():
        facts = {"reason": "gateway-lost", "why": "", "frames": session.frames, "head": session.head.hex()}
        gateway.teller.tell(name.hex(), LAST_WORD, "ended", facts)
    for path in old:
        path.with_suffix(DONE).touch(mode=0o600)


def _is_done(path: Path) -> bool:
    return path.with_suffix(DONE).exists()


def _found(sessions: dict[bytes, Open], frame: Frame) -> Open:
    if frame.session not in sessions:
        sessions[frame.session] = Open(_agreement_of(frame))
    return sessions[frame.session]


def _agreement_of(frame: Frame) -> str:
    return str(json.loads(frame.payload).get("agreement", "")) if frame.kind is Kind.HEADER else ""


def _end(gateway: "Gateway", name: bytes, session: Open, torn: list[tuple[str, int, str]]) -> int:
    """Write the gap and the end of one session; returns the place up to which the record must be durable."""
    chain = Chain.resumed(name, frames=session.frames, size=session.size, head=session.head)
    gap = {
        "why": "the gateway ended without ending this session",
        "torn": [{"journal": journal, "bytes": size, "why": why} for journal, size, why in torn],
    }
    # The clock of a machine that started anew may stand before the last frame; the order must not go back.
    mono = max(clock.mono_ns(), session.mono_ns)
    place = gateway.recorder.append(chain.link(Kind.GAP, canonical(gap), mono_ns=mono, wall_ns=clock.now_ns()))
    ending = canonical({"frames": chain.frames, "size": chain.size})
    place = gateway.recorder.append(chain.link(Kind.END, ending, mono_ns=mono, wall_ns=clock.now_ns()))
    session.frames, session.size, session.head = chain.frames, chain.size, chain.head
    return place
