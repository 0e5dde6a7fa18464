"""Those who have knocked and not yet shown whose key they hold: a limited number, so that nobody who works is starved.

Whoever is too many puts out the one who has waited longest without a proof, first of its own address. A real client proves
its key within a second; whoever only holds the door is gone by then.
"""

import ipaddress
from collections.abc import Callable

MOST, MOST_FROM_ONE = 128, 24
Leave = Callable[[], object]


class Crowd:
    """Everybody without a proof, in the order in which they came."""

    def __init__(self, most: int = MOST, most_from_one: int = MOST_FROM_ONE) -> None:
        """Begin empty."""
        self._most = most
        self._most_from_one = most_from_one
        self._here: dict[object, tuple[str, Leave]] = {}

    def __len__(self) -> int:
        """How many are here."""
        return len(self._here)

    def enter(self, who: object, address: str, leave: Leave) -> None:
        """Somebody comes; whoever must go for it is put out by its own `leave`."""
        network = _network(address)
        same = [one for one, (where, _) in self._here.items() if where == network]
        if len(same) >= self._most_from_one:
            self._put_out(same[0])
        elif len(self._here) >= self._most:
            self._put_out(next(iter(self._here)))
        self._here[who] = network, leave

    def forget(self, who: object) -> None:
        """It has proven its key, or is gone. Twice changes nothing."""
        self._here.pop(who, None)

    def _put_out(self, who: object) -> None:
        _, leave = self._here.pop(who)
        leave()


def _network(address: str) -> str:
    """The address, or the /64 of IPv6, of which one customer of a provider usually has all (RFC 6177)."""
    try:
        told = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((told, 64), strict=False)) if told.version == 6 else str(told)
