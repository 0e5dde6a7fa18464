"""A host, keys and an agreed window for tests of work on customers' systems, and a gateway that only remembers."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from opora.desk.consent import actions as consent
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.kernel.actors import SYSTEM
from opora.desk.workroom import actions
from opora.desk.workroom.gateway import Away, Declined
from opora.desk.workroom.models import Agreement, EngineerKey, HostEntry, WorkSession
from tests.cast import Cast
from tests.consent.asking import wanted, yes

BORIS_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKGJr3tKpO1Wq0lSm2jYWRm7iPa1pF4d1S2e3P4q5r6s boris@laptop"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
NAME = "00" * 15 + "01"
VECTOR = Path(__file__).parents[2] / "docs" / "evidence" / "vector.zip"


@dataclass
class Remembering:
    """A gateway that takes everything and remembers it; `away` and `declines` make it fail."""

    away: bool = False
    declines: str = ""
    agreed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    orders: list[tuple[str, str, str, str]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    asked_for: list[tuple[str, str]] = field(default_factory=list)

    def _taken(self) -> None:
        if self.away:
            raise Away("the test sent it away")
        if self.declines:
            raise Declined(self.declines, "declined by the test")

    def agree(self, text: str) -> None:
        self._taken()
        self.agreed.append(text)

    def withdraw(self, sha256: str, *, by: str, why: str) -> None:
        self._taken()
        self.withdrawn.append(sha256)

    def order(self, session: str, do: str, *, by: dict[str, Any], words: str) -> None:
        self._taken()
        self.orders.append((session, do, by["name"], words))

    def note(self, entry: dict[str, Any]) -> None:
        self._taken()
        self.notes.append(entry)

    def bundle(self, session: str, *, by: str, into: IO[bytes]) -> None:
        self._taken()
        self.asked_for.append((session, by))
        into.write(VECTOR.read_bytes())

    def verifier_key(self) -> str:
        self._taken()
        return "opora.test/ledger+00000000+AQ=="

    def authority(self) -> str:
        self._taken()
        return HOST_KEY + " opora"

    def line(self, sha256: str, host: str) -> str:
        self._taken()
        return (
            f'restrict,pty,from="192.0.2.7/32",expiry-time="20260914090000Z" {HOST_KEY} opora-T-1-{host}-{sha256[:12]}'
        )


def host_of(cast: Cast, at: datetime, **changed: Any) -> HostEntry:
    """How web1 is reached."""
    words: dict[str, Any] = {
        "name": "web1",
        "address": "203.0.113.7",
        "port": 22,
        "login": "support",
        "superuser_login": "root",
        "host_keys": [HOST_KEY],
        "road": "certificate",
    }
    return actions.enter_host(cast.web1, by=cast.boris, at=at, **words | changed)


def key_of_boris(cast: Cast, at: datetime) -> EngineerKey:
    """The key of Boris's laptop."""
    return actions.add_key(by=cast.boris, name="laptop", pasted=BORIS_KEY, at=at)


def agreed(cast: Cast, at: datetime, **changed: Any) -> Agreement:
    """Clara confirmed that Boris works on web1 from an hour from now for two hours; web1 is known."""
    if not HostEntry.objects.filter(system=cast.web1, retired_at=None).exists():
        host_of(cast, at)
    return actions.prepare(asked_again(cast, at, **changed), by=SYSTEM, at=at)


def asked_again(cast: Cast, at: datetime, **changed: Any) -> ConfirmationRequest:
    """A confirmed request on a new ticket of Clara's, whose text names that ticket."""
    ticket = cast.write(cast.clara, at)
    request = consent.ask(ticket, terms=wanted(cast, at, **{"ticket": ticket.mark} | changed), by=cast.boris, at=at)
    consent.answer_in_portal(request, by=cast.clara, told=yes(request), at=at)
    request.refresh_from_db()
    return request


def opened(cast: Cast, agreement: Agreement, at: datetime, name: str = NAME) -> WorkSession:
    """Boris is at work on web1."""
    return actions.open_session(
        name,
        agreement=agreement.sha256,
        staff=cast.boris.pk,
        host="web1",
        came_from="198.51.100.3",
        began=at,
        at=at,
    )


def ended(session: WorkSession, at: datetime, **facts: Any) -> None:
    """The gateway tells the end of it."""
    said = {"reason": "exit", "frames": 12, "head": "ab" * 32} | facts
    actions.tell(session.name, number=9_000, what="ended", facts=said, happened=at, at=at)
