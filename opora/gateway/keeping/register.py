"""What the log's entries say when they are read from the first to the last; kept in memory, rebuilt at every start."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Register:
    """Agreements, sessions and retentions by name, with the numbers of the entries that tell of them."""

    agreements: dict[str, int] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    opened: dict[str, str] = field(default_factory=dict)
    opened_at: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    kept_until: dict[str, int] = field(default_factory=dict)
    misfits: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, index: int, raw: bytes) -> None:
        """Take the next entry. What is told twice counts as it was told first, but for retention, which only grows."""
        entry: dict[str, Any] = json.loads(raw)
        match entry.get("kind"):
            case "agreement":
                self.agreements.setdefault(entry["sha256"], index)
            case "withdrawn":
                self.withdrawn.add(entry["agreement"])
            case "opened":
                self.opened.setdefault(entry["session"], entry["agreement"])
                self.opened_at.setdefault(entry["session"], entry["at"])
            case "session":
                self.ended.setdefault(entry["session"], index)
                self._keep(entry["session"], entry["keep_until"])
            case "retention":
                self._keep(entry["session"], entry["until"])
            case "erased":
                self.erased.add(entry["session"])
            case "misfit":
                self.misfits.add((entry["session"], entry["why"]))

    def _keep(self, session: str, until: int) -> None:
        self.kept_until[session] = max(until, self.kept_until.get(session, 0))
