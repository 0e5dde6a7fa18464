"""Agreements, journals and ended sessions for the tests of the gateway's keeping side."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opora.evidence.frames import Chain, Kind, canonical
from opora.evidence.journal import Journal
from opora.evidence.notes import SessionHead, Signer
from opora.gateway.keeping.keeper import Keeper
from opora.gateway.keeping.places import Places

SECOND = 1_000_000_000
STARTED = 1_789_369_200 * SECOND  # 2026-09-14T07:00:00Z
NAME = "opora.example/ledger"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqTrBcFGHBx1nuDx/8O/oEI6OxFMFdddyaHkzPb2r58"


def agreement_text(**changed: Any) -> str:
    """Return an agreement over host web1 for Boris (staff 2), from 07:00 to 09:00 UTC on 14 September 2026."""
    key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    host = {
        **{"name": "web1", "system": 7, "address": "127.0.0.1", "port": 22, "login": "root"},
        **{"host_keys": ["ssh-ed25519 AAAA"], "road": "certificate"},
    }
    told = {
        "format": "opora agreement v1",
        "ticket": "T-1042",
        "confirmation": 17,
        "text_sha256": "ab" * 32,
        "customer": {"id": 5, "name": "Clara's Bakery"},
        "confirmed_by": {"name": "Clara", "email": "clara@bakery.example", "road": "portal", "at": STARTED},
        "window": {"from": "2026-09-14T07:00:00Z", "until": "2026-09-14T09:00:00Z", "zone": "Europe/Moscow"},
        "hosts": [host],
        "level": "superuser",
        "files": "both",
        "engineers": [{"id": 2, "name": "Boris"}],
        "watching": "none",
        "durability": "crash-safe",
        "retention_years": 10,
        "keys": {"customer": key, "escrow": [key, key]},
    }
    return canonical({**told, **changed}).decode()


def digest_of(text: str) -> str:
    """Return the name of an agreement: the SHA-256 of its text in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def keeper_in(folder: Path, *, now_ns: int = STARTED, seed: int = 1) -> Keeper:
    """Return a ledger in the folder, with a key that is always the same and a clock that stands."""
    signer = Signer(NAME, Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)))
    return Keeper(Places(folder / "state"), signer, now_ns=lambda: now_ns)


@dataclass
class Worked:
    """A session as the recorder writes it into a journal."""

    journal: Journal
    agreement: str
    session: bytes = bytes(range(16))
    keys: bytes | None = None
    chain: Chain = field(init=False)
    written: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write the header."""
        self.chain = Chain(self.session, bytes.fromhex(self.agreement))
        told = {"session": self.session.hex(), "agreement": self.agreement, "term": {"cols": 80, "rows": 24}}
        if self.keys is not None:
            (self.journal.path.parent / f"{self.session.hex()}.keys.json").write_bytes(self.keys)
            told["keys"] = hashlib.sha256(self.keys).hexdigest()
        self.add(Kind.HEADER, canonical(told))

    def add(self, kind: Kind, payload: bytes) -> None:
        """Write a frame, one second after the one before."""
        passed = self.chain.frames * SECOND
        frame = self.chain.link(kind, payload, mono_ns=passed, wall_ns=STARTED + passed)
        self.written.append(frame)
        self.journal.append(frame)
        os.utime(self.journal.path, ns=(STARTED + passed,) * 2)

    def say(self, count: int) -> None:
        """Write so many frames of output."""
        for _ in range(count):
            self.add(Kind.OUTPUT, b"line %d\r\n" % self.chain.frames)

    def end(self) -> SessionHead:
        """Write the end and return the head over all."""
        self.add(Kind.END, canonical({"frames": self.chain.frames, "size": self.chain.size, "reason": "exit"}))
        return self.head()

    def head(self) -> SessionHead:
        """Return how far the record has come."""
        return SessionHead(self.session, self.chain.frames, self.chain.size, self.chain.head)
