"""What the gateway calls in its neighbours, as they must look: the live view, and the moving of files."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

Facts = dict[str, Any]


class Hub(Protocol):
    """Those who watch: told of every frame, and heard when they steer."""

    def begin(self, session: str, facts: Callable[[], Facts]) -> None:
        """A session begins; `facts` tells at any time how it stands."""

    def changed(self, session: str) -> None:
        """Its facts changed."""

    def publish(self, session: str, frame: bytes) -> None:
        """A frame may be shown."""

    def head(self, session: str, note: str) -> None:
        """The ledger signed how far the record has come."""

    def finish(self, session: str, reason: str) -> None:
        """The session is over."""

    def orders(self, session: str) -> AsyncIterator[Facts]:
        """What those who watch want: pause, resume, stop, question, viewer."""

    def viewers(self, session: str) -> list[Facts]:
        """Who watches now: id, name, kind, visible, beat (seconds of the monotonic clock)."""


class Nobody:
    """A hub without viewers, for a gateway alone."""

    def begin(self, session: str, facts: Callable[[], Facts]) -> None:
        """Nobody to tell."""

    def changed(self, session: str) -> None:
        """Nobody to tell."""

    def publish(self, session: str, frame: bytes) -> None:
        """Nobody to show it to."""

    def head(self, session: str, note: str) -> None:
        """Nobody to hand it to."""

    def finish(self, session: str, reason: str) -> None:
        """Nobody to tell."""

    async def orders(self, session: str) -> AsyncIterator[Facts]:
        """Nobody steers."""
        nothing: tuple[Facts, ...] = ()
        for order in nothing:
            yield order

    def viewers(self, session: str) -> list[Facts]:
        """Return nobody."""
        return []
