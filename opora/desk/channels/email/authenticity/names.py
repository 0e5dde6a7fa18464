"""DNS over the network, as the port of `checking`."""

from functools import lru_cache
from typing import Any

import dns.exception
import dns.resolver

from .checking import NamesAway

PATIENCE = 5.0


class Dns:
    """Asks the resolvers of this machine and remembers what they said for as long as they allow."""

    def __init__(self) -> None:
        self._resolver = dns.resolver.Resolver()
        self._resolver.lifetime = PATIENCE
        self._resolver.cache = dns.resolver.LRUCache(5000)

    def find(self, name: str, kind: str) -> list[Any]:
        """See `Names`."""
        try:
            answer = self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as trouble:
            raise NamesAway(f"{name} {kind}: {trouble}") from trouble
        return [_value(one, kind) for one in answer]


@lru_cache(1)
def dns_of_this_machine() -> Dns:
    """One resolver a process. Raises dns.resolver.NoResolverConfiguration."""
    return Dns()


def _value(record: Any, kind: str) -> Any:
    if kind in ("TXT", "SPF"):
        return b"".join(record.strings)
    if kind == "MX":
        return record.preference, record.exchange.to_text(omit_final_dot=True)
    if kind in ("PTR", "CNAME", "NS"):
        return record.target.to_text(omit_final_dot=True)
    return record.to_text()
