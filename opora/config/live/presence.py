"""Who else is on a ticket, and who is typing. In memory only; told to the other web processes by one NOTIFY per beat."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.core import signing

from opora.config.live.hub import Hub
from opora.config.live.rights import Person

CHANNEL = "opora_presence"
DOING = frozenset({"reading", "replying", "noting", "gone"})
GONE_AFTER = 40.0
_SALT = "opora.live.tab"
_DAY = 86_400


class BadToken(Exception):
    """Not a token of ours, or an old one."""


def token_for(person: Person, key: str) -> str:
    """What a tab shows to prove that it is this person's."""
    return signing.dumps({"k": key, "s": person.id, "n": person.name}, salt=_SALT, compress=True)


def read_token(token: str) -> dict[str, Any]:
    """What `token_for` put in. Raises BadToken."""
    try:
        return dict(signing.loads(token, salt=_SALT, max_age=_DAY))
    except (signing.BadSignature, ValueError) as error:
        raise BadToken from error


@dataclass(slots=True)
class Place:
    """One tab of a colleague on a ticket, until `until` (seconds of the monotonic clock)."""

    staff: int
    name: str
    doing: str
    until: float


class Presence:
    """Who is where. Every process hears all that is said, its own too, and so holds the same picture."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._places: dict[int, dict[str, Place]] = defaultdict(dict)
        self.unsent: list[dict[str, Any]] = []

    def say(self, *, key: str, staff: int, name: str, ticket: int, doing: str) -> None:
        """A tab of this process says what it does; it is sent with the next beat."""
        self.unsent.append({"t": ticket, "k": key, "s": staff, "n": name, "d": doing})

    def left(self, key: str, person: Person) -> None:
        """The tab's stream ended: it is gone from all its tickets."""
        tickets = {ticket for ticket, places in self._places.items() if key in places}
        for ticket in tickets | {said["t"] for said in self.unsent if said["k"] == key}:
            self.unsent.append({"t": ticket, "k": key, "s": person.id, "n": person.name, "d": "gone"})

    def take_unsent(self) -> list[dict[str, Any]]:
        """What is to be sent now, the last word of each tab only."""
        latest = {(said["k"], said["t"]): said for said in self.unsent}
        self.unsent = []
        return list(latest.values())

    def hear(self, said: list[dict[str, Any]], *, now: float) -> None:
        """What all processes said, ours too; tabs on the tickets are told when the picture changed."""
        changed = set()
        for one in said:
            places, key = self._places[one["t"]], one["k"]
            old = places.get(key)
            if one["d"] == "gone":
                if places.pop(key, None):
                    changed.add(one["t"])
            else:
                places[key] = Place(one["s"], one["n"], one["d"], now + GONE_AFTER)
                if old is None or old.doing != one["d"]:
                    changed.add(one["t"])
        self._tell(changed)

    def forget_silent(self, *, now: float) -> None:
        """Those who have not said anything for long are gone."""
        changed = set()
        for ticket, places in list(self._places.items()):
            for key in [key for key, place in places.items() if place.until < now]:
                del places[key]
                changed.add(ticket)
            if not places:
                del self._places[ticket]
        self._tell(changed)

    def piece(self, ticket: int, person: Person) -> bytes:
        """Who else is on the ticket, as this person's tab is told: one line per colleague, the busiest doing."""
        others: dict[int, dict[str, Any]] = {}
        for place in self._places.get(ticket, {}).values():
            if place.staff == person.id:
                continue
            known = others.get(place.staff)
            if known is None or known["doing"] == "reading":
                others[place.staff] = {"staff": place.staff, "name": place.name, "doing": place.doing}
        people = sorted(others.values(), key=lambda other: other["staff"])
        return f"event: presence\ndata: {json.dumps({'ticket': ticket, 'people': people})}\n\n".encode()

    def _tell(self, tickets: set[int]) -> None:
        for ticket in tickets:
            for tab in self._hub.on_ticket(ticket):
                tab.push(self.piece(ticket, tab.person))
