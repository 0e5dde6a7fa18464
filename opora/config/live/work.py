"""Who may watch or do work on a customer's servers through a socket, and where the gateway hears. Asks the database."""

from pathlib import Path

from opora.config.live.relay import Watcher
from opora.config.settings.paths import OPORA_STATE


class DeskRights:
    """The desk's word. There is no workroom to ask yet, so nobody may."""

    def watcher(self, key: str, session: str) -> Watcher | None:
        return None

    def typist(self, key: str, ticket: str, host: str) -> int | None:
        return None


def live_socket() -> Path:
    """The gateway's live socket."""
    return OPORA_STATE / "gateway" / "live.sock"
