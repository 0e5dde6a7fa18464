"""The two ends a session stands between, whatever they are made of: the engineer's, and the host's.

Holding is counted by reason: two reasons to hold an end do not undo each other.
"""

from abc import ABC, abstractmethod


class Held(ABC):
    """Something that can be asked to send us nothing for a while."""

    def __init__(self) -> None:
        """Begin with no reason to hold."""
        self._reasons: set[str] = set()

    def hold(self, reason: str) -> None:
        """Take nothing more from this end until the reason is gone."""
        flowing = not self._reasons
        self._reasons.add(reason)
        if flowing:
            self._stop_reading()

    def release(self, reason: str) -> None:
        """Forget a reason; the last one lets it flow again."""
        if reason in self._reasons:
            self._reasons.discard(reason)
            if not self._reasons:
                self._go_on_reading()

    @property
    def is_held(self) -> bool:
        """Whether there is a reason."""
        return bool(self._reasons)

    @abstractmethod
    def _stop_reading(self) -> None: ...

    @abstractmethod
    def _go_on_reading(self) -> None: ...


class EngineerEnd(Held):
    """Where the engineer sits. `terminal`: with a terminal, so that notices may stand between the lines."""

    terminal = True

    @abstractmethod
    def write(self, shown: bytes, *, error: bool = False) -> None:
        """Show bytes. Never raises: whoever is gone sees nothing."""

    @abstractmethod
    def write_eof(self) -> None:
        """Say that nothing more comes."""

    @abstractmethod
    def exit(self, status: int | None, *, signal: str = "") -> None:
        """Close after all that was written has gone out."""


class HostEnd(Held):
    """The channel on the host."""

    @abstractmethod
    def write(self, typed: bytes) -> None:
        """Send bytes. Never raises."""

    @abstractmethod
    def write_eof(self) -> None:
        """Say that nothing more comes."""

    @abstractmethod
    def resize(self, columns: int, rows: int) -> None:
        """Tell the terminal's size."""

    @abstractmethod
    def signal(self, name: str) -> None:
        """Send a signal, or BREAK."""

    @abstractmethod
    def shut(self) -> None:
        """Close at once; nothing more is sent, whatever waited."""
