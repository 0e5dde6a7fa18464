"""The written agreement as gateway and signer read it: which host, who, when, how it is watched and kept.

Only reads; the desk writes it when the customer confirms. Anything missing or misspelt is refused, never guessed.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from opora.evidence.frames import canonical
from opora.evidence.journal import Durability

FORMAT = "opora agreement v1"
MOST_YEARS = 100
_LARGEST = (1 << 63) - 1


class Unreadable(Exception):
    """A text that is no agreement; says what is wrong with it."""


class Watching(StrEnum):
    """What must happen when nobody of the customer watches."""

    NONE = "none"
    NOTIFY = "notify"
    MUST_PAUSE = "must_pause"
    MUST_END = "must_end"


class Road(StrEnum):
    """How a host lets the gateway in."""

    CERTIFICATE = "certificate"
    KEY = "key"
    TUNNEL = "tunnel"
    """Reached through what the customer opens, entered by a certificate."""
    TUNNEL_KEY = "tunnel-key"
    """The same, entered by the key of the window."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the agreement, with the keys by which it must prove itself."""

    name: str
    system: int
    address: str
    port: int
    login: str
    host_keys: tuple[str, ...]
    road: Road
    marks: bool = True
    """Whether its shell may be begun so that it names its commands."""

    @property
    def by_key(self) -> bool:
        """Whether it is entered by a key that lives for this window, not by certificates."""
        return self.road in (Road.KEY, Road.TUNNEL_KEY)

    @property
    def by_tunnel(self) -> bool:
        """Whether it is reached only through the customer's own tunnel."""
        return self.road in (Road.TUNNEL, Road.TUNNEL_KEY)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the customer confirmed. `begins` and `ends` are nanoseconds since 1970 in UTC, the end not included."""

    text: str
    ticket: str
    begins: int
    ends: int
    hosts: tuple[Host, ...]
    engineers: dict[int, str]
    files: str
    level: str
    watching: Watching
    durability: Durability
    retention_years: int
    customer_key: bytes
    escrow_keys: tuple[bytes, bytes]

    @classmethod
    def from_text(cls, text: str) -> "Agreement":
        """Return the agreement a text tells. Raises Unreadable."""
        try:
            told = json.loads(text)
            if canonical(told).decode() != text:
                raise Unreadable("it stands in another spelling than its own")
            if told["format"] != FORMAT:
                raise Unreadable(f"its format is {told['format']!r}")
            one, other = (_key(part) for part in told["keys"]["escrow"])
            return cls(
                text=text,
                ticket=_words(told["ticket"]),
                begins=moment(told["window"]["from"]),
                ends=moment(told["window"]["until"]),
                hosts=_hosts(told["hosts"]),
                engineers=_engineers(told["engineers"]),
                files=_words(told["files"]),
                level=_words(told["level"]),
                watching=Watching(told["watching"]),
                durability=Durability(told["durability"]),
                retention_years=_whole(told["retention_years"], 1, MOST_YEARS),
                customer_key=_key(told["keys"]["customer"]),
                escrow_keys=(one, other),
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise Unreadable(f"the agreement cannot be read: {error!r}") from None

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the text, by which all records name it."""
        return hashlib.sha256(self.text.encode()).digest()

    def host(self, name: str) -> Host | None:
        """Return the host of that name, None if the agreement has none."""
        return next((host for host in self.hosts if host.name == name), None)

    def is_open(self, at: int) -> bool:
        """Whether the window is open at that moment."""
        return self.begins <= at < self.ends


def moment(text: str) -> int:
    """Return nanoseconds since 1970 for a moment as agreements write it, in UTC (docs/evidence.md). Raises ValueError."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{text} is no moment of an agreement")
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


_MOMENT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{6})?Z")


def _hosts(told: list[dict[str, Any]]) -> tuple[Host, ...]:
    hosts = tuple(_host(part) for part in told)
    if len({host.name for host in hosts}) != len(hosts):
        raise ValueError("two hosts have one name")
    return hosts


def _engineers(told: list[dict[str, Any]]) -> dict[int, str]:
    named = {_whole(part["id"], 1, _LARGEST): _words(part["name"]) for part in told}
    if any(named[part["id"]] != part["name"] for part in told):
        raise ValueError("two engineers have one number")
    return named


def _whole(number: object, least: int, most: int) -> int:
    if type(number) is not int or not least <= number <= most:
        raise ValueError(f"{number!r} is no whole number from {least} to {most}")
    return number


def _words(text: object) -> str:
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no text")
    return text


def _host(told: dict[str, Any]) -> Host:
    keys = tuple(_words(key) for key in told["host_keys"])
    road = Road(told["road"])
    if not keys:
        raise ValueError(f"{told['name']} has no host key")
    name, system, port = _words(told["name"]), _whole(told["system"], 1, _LARGEST), _whole(told["port"], 1, 65535)
    marks = told.get("marks", True)
    if not isinstance(marks, bool):
        raise ValueError("marks is true or false")
    return Host(name, system, _words(told["address"]), port, _words(told["login"]), keys, road, marks)


def _key(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if len(raw) != 32:
        raise ValueError("an X25519 key has 32 bytes")
    return raw
