"""What stands in the log and in the agreement, read anew at each question: nobody else's word counts here."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from opora.gateway.agreements import Agreement, Host, Unreadable
from opora.gateway.signing.witness import Unproven, Witness
from opora.gateway.sockets import Refused

LEVELS = ("look", "user", "superuser")


@dataclass(frozen=True, slots=True)
class Who:
    """Whom something is asked for: under which agreement, by whom, for which host, in which session."""

    agreement: str
    staff: int
    host: str
    session: str


class Reading:
    """The log and the folder of agreements."""

    def __init__(self, witness: Witness, agreements: Path) -> None:
        """Take what proves the log, and where the texts are."""
        self._witness = witness
        self._agreements = agreements

    def agreement(self, digest: str) -> Agreement:
        """Return an agreement that counts; its place in the log and its text are read anew. Raises Refused."""
        try:
            self._witness.look()
        except Unproven as unproven:
            raise Refused("log", f"The log cannot be believed: {unproven}.") from unproven
        register = self._witness.register
        if digest not in register.agreements:
            raise Refused("agreement", "This agreement does not stand in the log.")
        if digest in register.withdrawn:
            raise Refused("withdrawn", "This agreement was taken back.")
        try:
            raw = (self._agreements / f"{digest}.json").read_bytes()
            if hashlib.sha256(raw).hexdigest() != digest:
                raise Refused("agreement", "The agreement's text was changed.")
            return Agreement.from_text(raw.decode())
        except (OSError, ValueError, Unreadable) as error:
            raise Refused("agreement", f"The agreement cannot be read: {error}.") from error


def check(agreement: Agreement, who: Who, at: int) -> tuple[Host, str]:
    """Return the host and the engineer's name if the window is open for them at that moment. Raises Refused."""
    if at < agreement.begins:
        raise Refused("early", "The agreed window has not begun.")
    if not agreement.is_open(at):
        raise Refused("late", "The agreed window is over.")
    engineer = agreement.engineers.get(who.staff)
    if engineer is None:
        raise Refused("engineer", "The agreement does not name this engineer.")
    return host_of(agreement, who.host), engineer


def host_of(agreement: Agreement, name: str) -> Host:
    """Return a host of the agreement that its level may enter. Raises Refused."""
    host = agreement.host(name)
    if host is None:
        raise Refused("host", "The agreement does not name this host.")
    if agreement.level not in LEVELS or (host.login == "root" and agreement.level != "superuser"):
        raise Refused("level", f"Nobody enters as {host.login} at the level that was agreed.")
    return host


def who_in(asked: dict[str, object]) -> Who:
    """Return whom a question is about. Raises KeyError, TypeError or ValueError for one that is none."""
    session, agreement = hex_of(asked["session"], 16), hex_of(asked["agreement"], 32)
    staff = asked["staff"]
    if not isinstance(staff, int) or isinstance(staff, bool):
        raise ValueError("an engineer is named by a whole number")
    return Who(agreement, staff, str(asked["host"]), session)


def hex_of(told: object, size: int) -> str:
    """Return so many bytes in small hex digits. Raises ValueError."""
    raw = bytes.fromhex(str(told))
    if len(raw) != size:
        raise ValueError(f"{size} bytes are wanted in hex digits")
    return raw.hex()
