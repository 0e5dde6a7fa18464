"""Domains as DMARC compares them: by the organisational domain, which the public suffix list tells. Pure."""

from functools import lru_cache

from publicsuffixlist import PublicSuffixList


def clean_domain(domain: str) -> str:
    """The domain in lower case and as it stands in DNS (punycode); "" when it is none."""
    name = domain.strip().strip("<>.").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    plausible = 3 < len(name) < 254 and "." in name and not set(name) - _ALLOWED
    return name if plausible and all(0 < len(label) < 64 for label in name.split(".")) else ""


_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@lru_cache(4096)
def organisational_domain(domain: str) -> str:
    """The registered part (RFC 7489 section 3.2): mail.bakery.co.uk -> bakery.co.uk; the domain itself for a bare suffix."""
    return str(_suffixes().privatesuffix(domain) or domain)


def aligned(one: str, other: str, *, strict: bool = False) -> bool:
    """Whether two clean domains are of one owner."""
    if not one or not other:
        return False
    return one == other or (not strict and organisational_domain(one) == organisational_domain(other))


@lru_cache(1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
