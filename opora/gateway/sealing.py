"""What the ledger is asked when a record is whole."""

import base64
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sealing:
    """A whole record: how many frames and bytes, the last hash, and why the session ended."""

    session: str
    agreement: str
    frames: int
    size: int
    head: bytes
    reason: str

    def message(self) -> dict[str, Any]:
        """Return the message for the ledger's socket."""
        return {
            "do": "end",
            "session": self.session,
            "agreement": self.agreement,
            "frames": self.frames,
            "size": self.size,
            "head": base64.b64encode(self.head).decode(),
            "reason": self.reason,
        }
