"""Where a request came from: the network address, believed only as far as our own proxies vouch for it."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  a mark for "nobody knows", never listened on


def network_address(request: HttpRequest) -> str:
    """The caller's address: the last one in X-Forwarded-For that is not a trusted proxy of ours."""
    direct = _readable(str(request.META.get("REMOTE_ADDR", "")))
    trusted = _networks()
    if not _within(direct, trusted):
        return direct
    for said in reversed(str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
        if said.strip():
            direct = _readable(said.strip())
            if not _within(direct, trusted):
                break
    return direct


def _networks() -> list[IPv4Network | IPv6Network]:
    return [ip_network(word, strict=False) for word in settings.OPORA_TRUSTED_PROXIES]


def _within(address: str, networks: list[IPv4Network | IPv6Network]) -> bool:
    return any(ip_address(address) in network for network in networks)


def _readable(text: str) -> str:
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        return UNKNOWN
