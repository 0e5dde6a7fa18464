"""The engineer's end of a session in a browser: the same way as by SSH, only that the desk has said who it is.

A tab that closes is a connection that was lost: the session waits for the engineer to come back, by browser or by SSH.
"""

from typing import TYPE_CHECKING

from opora.gateway.ends import EngineerEnd
from opora.gateway.hosts import Request
from opora.gateway.live.typing import Screen, Terminal

if TYPE_CHECKING:
    from opora.gateway.gateway import Gateway
    from opora.gateway.session import Session

MOST_HELD = 64 << 10
"""Bytes typed while the host takes nothing; a browser cannot be held, so what comes beyond is dropped."""


def opener(gateway: "Gateway") -> Terminal:
    """Return what opens a session for a browser. Asks the desk anew, whatever its page has said."""

    async def terminal(
        *, staff: int, ticket: str, host: str, cols: int, rows: int, end: Screen, page: str = ""
    ) -> "Browser":
        welcome = await gateway.door.knock(ticket, host=host, staff=staff)
        browser = Browser(end, page)
        _let_go(gateway, page, staff)
        earlier = gateway.detached(welcome.staff.id, welcome.agreement.digest, host)
        if earlier is not None:
            browser.session = earlier
            earlier.attach(browser, cols, rows)
            return browser
        asked = Request("shell", terminal=True, term_type="xterm-256color", columns=cols, rows=rows, address="browser")
        browser.session = await gateway.open(welcome, host, asked, browser)
        if browser.is_gone:
            browser.session.engineer_lost(on_purpose=False)
        return browser

    return terminal


def _let_go(gateway: "Gateway", page: str, staff: int) -> None:
    """The same page comes again: its line before this one is dead, whether we have noticed it or not."""
    for session in list(gateway.sessions.values()):
        end = session.engineer
        if page and session.staff.id == staff and isinstance(end, Browser) and end.page == page:
            end.gone()


class Browser(EngineerEnd):
    """One terminal in a browser."""

    def __init__(self, screen: Screen, page: str = "") -> None:
        """Show on that screen; the session comes when it is open. `page` is what the page calls itself."""
        super().__init__()
        self.page = page
        self.session: Session | None = None
        self.is_gone = False
        self._screen = screen
        self._kept = bytearray()

    # As the live socket calls it.

    def typed(self, data: bytes) -> None:
        """The engineer typed."""
        if self.is_held:
            self._kept += data[: MOST_HELD - len(self._kept)]
        elif self.session is not None:
            self.session.typed(data)

    def resized(self, columns: int, rows: int) -> None:
        """The engineer's window changed."""
        if self.session is not None:
            self.session.resized(columns, rows)

    def full(self, full: bool) -> None:
        """The browser takes nothing for now, or takes more: the host must wait."""
        channel = self.session.channel if self.session is not None else None
        if channel is not None and full:
            channel.hold("line")
        elif channel is not None:
            channel.release("line")

    def gone(self) -> None:
        """The browser is gone."""
        self.is_gone = True
        if self.session is not None and self.session.engineer is self:
            self.session.engineer_lost(on_purpose=False)

    # As the session's end.

    def write(self, shown: bytes, *, error: bool = False) -> None:
        """Show bytes."""
        if not self.is_gone:
            self._screen.write(shown)

    def write_eof(self) -> None:
        """A screen has no end of its own."""

    def exit(self, status: int | None, *, signal: str = "") -> None:
        """The session is over."""
        if not self.is_gone:
            self._screen.exit(status, self.session.reason if self.session is not None else "")

    def _stop_reading(self) -> None:
        """What comes is kept in `typed`."""

    def _go_on_reading(self) -> None:
        kept, self._kept = bytes(self._kept), bytearray()
        if kept and self.session is not None:
            self.session.typed(kept)
