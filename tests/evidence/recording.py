"""A short recorded session, put together the way a recorder does it, for the tests of evidence and for its vectors.

Everything is fixed - keys, moments, session - so that the same bytes come out every time.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from opora.evidence import bundle
from opora.evidence.frames import Chain, Kind, canonical
from opora.evidence.ledger import Ledger
from opora.evidence.notes import SessionHead, Signer
from opora.evidence.sealing import InputSeal

SESSION = bytes(range(16))
STARTED = 1_789_369_200_000_000_000  # 2026-09-14T07:00:00Z
SECOND = 1_000_000_000
AGREEMENT = canonical(
    {
        "format": "opora agreement v1",
        "ticket": "T-1042",
        "customer": "Clara's Bakery",
        "host": "web1",
        "engineer": "Boris",
        "level": "superuser",
        "window": {"from": "2026-09-14T07:00:00Z", "until": "2026-09-14T09:00:00Z"},
    }
)
SIGNER = Signer("opora.example/ledger", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = Signer("opora.example/ledger", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
CLARA = X25519PrivateKey.from_private_bytes(bytes([7] * 32))
HOLDERS = (X25519PrivateKey.from_private_bytes(bytes([8] * 32)), X25519PrivateKey.from_private_bytes(bytes([9] * 32)))


def public(key: X25519PrivateKey) -> bytes:
    """Return the public half, as it is registered."""
    return key.public_key().public_bytes_raw()


@dataclass
class Recording:
    """A session while it is recorded: add frames, sign heads, end it, bundle it."""

    agreement: bytes = AGREEMENT
    keys: bytes | None = None
    frames: list[bytes] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    signer: Signer = SIGNER

    def __post_init__(self) -> None:
        """Begin with the header, at the window's start."""
        import hashlib

        self.digest = hashlib.sha256(self.agreement).digest()
        self.chain = Chain(SESSION, self.digest)
        header = {
            "format": "opora session v1",
            "session": SESSION.hex(),
            "agreement": self.digest.hex(),
            "term": {"cols": 80, "rows": 24},
        }
        if self.keys is not None:
            header["keys"] = hashlib.sha256(self.keys).hexdigest()
        self.add(Kind.HEADER, canonical(header))

    def add(self, kind: Kind, payload: bytes, *, wall_ns: int | None = None) -> None:
        """Add a frame, one second after the one before."""
        passed = self.chain.frames * SECOND
        wall = STARTED + passed if wall_ns is None else wall_ns
        self.frames.append(self.chain.link(kind, payload, mono_ns=passed, wall_ns=wall))

    def sign_head(self) -> str:
        """Sign how far the record has come; returns the note, as a watching browser keeps it."""
        head = SessionHead(SESSION, self.chain.frames, self.chain.size, self.chain.head)
        self.heads.append(self.signer.sign(head.text()))
        return self.heads[-1]

    def end(self) -> None:
        """Write the end and sign for it."""
        self.add(Kind.END, canonical({"frames": self.chain.frames, "size": self.chain.size, "reason": "exit"}))
        self.sign_head()

    def sources(self, ledger: Ledger, **changed: Any) -> bundle.Sources:
        """Enter agreement and end into the log, sign its checkpoint, return what a bundle is made of."""
        entries = [
            ledger.append({"kind": "agreement", "sha256": self.digest.hex()}),
            ledger.append({"kind": "view", "by": "Clara", "session": SESSION.hex()}),
            ledger.append(
                {
                    "kind": "session",
                    "session": SESSION.hex(),
                    "agreement": self.digest.hex(),
                    "frames": self.chain.frames,
                    "size": self.chain.size,
                    "head": self.chain.head.hex(),
                }
            ),
        ]
        made = {
            "frames": b"".join(self.frames),
            "agreement": self.agreement,
            "heads": self.heads,
            "verifier_key": self.signer.verifier_key,
            "checkpoint": self.signer.sign(ledger.checkpoint().text()),
            "checkpoint_entries": len(ledger),
            "entries": [entries[0], entries[2]],
            "keys": self.keys,
        }
        return bundle.Sources(**{**made, **changed})

    def bundled(self, folder: Path, **changed: Any) -> Path:
        """Write the bundle into a folder and return its path."""
        ledger = Ledger(folder / "log", "opora.example/log")
        ledger.append({"kind": "certificate", "serial": 1})
        try:
            return bundle.write_bundle(folder / "T-1042.zip", self.sources(ledger, **changed), ledger)
        finally:
            ledger.close()


def short_session(agreement: bytes = AGREEMENT) -> Recording:
    """Return a session of a dozen frames: a command, its output, a resize, a file, a viewer, an end."""
    seal = InputSeal(SESSION, bytes([5] * 32))
    recording = Recording(agreement, keys=seal.wrapped_for(public(CLARA), (public(HOLDERS[0]), public(HOLDERS[1]))))
    recording.add(Kind.VIEWER, canonical({"what": "joined", "who": "Clara"}))
    recording.add(Kind.INPUT, seal.seal(2, b"df -h\r"))
    recording.add(Kind.OUTPUT, b"\x1b[1mFilesystem\x1b[0m \xd0")
    recording.add(Kind.OUTPUT, b"\x94\xd0\xb0 \xff\r\n")
    recording.sign_head()
    recording.add(Kind.RESIZE, b"\x00\x78\x00\x28")
    recording.add(Kind.NOTICE, b"Ten minutes are left.")
    recording.add(Kind.FILE, canonical({"op": "write", "path": "/etc/motd", "size": 12, "sha256": "ab" * 32}))
    recording.add(Kind.DENIED, canonical({"what": "direct-tcpip", "to": "10.0.0.5:3306"}))
    recording.add(Kind.PAUSE, canonical({"paused": True, "by": "Clara"}))
    recording.add(Kind.EXIT, canonical({"status": 0}))
    recording.end()
    return recording
