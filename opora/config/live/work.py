"""Who may watch or do work on a customer's servers through a socket, and where the gateway hears. Asks the database."""

from opora.config.live.rights import caller
from opora.desk.workroom import policies
from opora.gateway.settings import live_socket

__all__ = ["DeskRights", "live_socket"]

GUEST_KEY = "workroom_guest"
"""Where the session keeps the invitation by which a guest came in."""


class DeskRights:
    """The desk's word, asked anew each time."""

    def watcher(self, key: str, session: str) -> policies.Watcher | None:
        """How whoever holds this session key may look at that work; None when it may not."""
        request = caller(key)
        guest = request.session.get(GUEST_KEY)
        return policies.watcher(session, staff=request.staff, contact=request.contact, guest=guest, at=request.at)

    def typist(self, key: str, ticket: str, host: str) -> int | None:
        """The colleague who may type there now; None when nobody may."""
        request = caller(key)
        if request.staff is None or not policies.typist(ticket, host, staff=request.staff, at=request.at):
            return None
        return request.staff.pk
