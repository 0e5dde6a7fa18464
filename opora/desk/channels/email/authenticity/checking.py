"""Checking a letter ourselves where no border of ours does: DKIM (RFC 6376), SPF (RFC 7208), DMARC (RFC 7489).

Names are asked through a port, so that tests have a world of their own. Knows no database and no Django.
"""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import dkim  # type: ignore[import-untyped]

from .domains import aligned, clean_domain, organisational_domain
from .results import Claim

with warnings.catch_warnings():
    # The package spells patterns in a way newer Pythons warn of; whoever starts the desk need not read that.
    warnings.simplefilter("ignore", SyntaxWarning)
    import spf  # type: ignore[import-untyped]

log = logging.getLogger("opora.mail")

SIGNATURES_LIMIT = 5
MUST_SIGN = frozenset({b"from", b"subject", b"date"})


class NamesAway(Exception):
    """DNS did not answer: nobody can tell now."""


class Names(Protocol):
    """DNS, as far as mail needs it."""

    def find(self, name: str, kind: str) -> list[Any]:
        """The records of this kind: text records as bytes, addresses and names as text, MX as (preference, name).

        Empty when there are none. Raises NamesAway.
        """


@dataclass(frozen=True, slots=True)
class Travelled:
    """How the letter came to our border: the client's address, its greeting, and the envelope sender."""

    client: str = ""
    greeting: str = ""
    envelope_from: str = ""


def check(raw: bytes, sender: str, travelled: Travelled, names: Names) -> list[Claim]:
    """The claims of our own checks about a letter whose From is `sender`. Never raises."""
    claims = [*_signatures(raw, names), *_path(travelled, names)]
    domain = clean_domain(sender.rpartition("@")[2])
    return [*claims, _dmarc(domain, claims, names)] if domain else claims


def _signatures(raw: bytes, names: Names) -> list[Claim]:
    try:
        headers = dkim.DKIM(raw, logger=log).headers
    except dkim.DKIMException:
        return []
    count = sum(name.lower() == b"dkim-signature" for name, _ in headers)
    return [_signature(raw, number, names) for number in range(min(count, SIGNATURES_LIMIT))]


def _signature(raw: bytes, number: int, names: Names) -> Claim:
    letter = dkim.DKIM(raw, logger=log, minkey=1024)
    away: list[bool] = []

    def key_of(name: bytes, **_patience: float) -> bytes | None:
        try:
            found = names.find(name.decode("ascii", "replace").rstrip("."), "TXT")
        except NamesAway:
            away.append(True)
            return None
        return bytes(found[0]) if found else None

    try:
        good = letter.verify(idx=number, dnsfunc=key_of)
    except (
        Exception
    ) as trouble:  # whatever a hostile signature does to the library, it is a signature that does not count
        return Claim("dkim", "temperror" if away else "permerror", {"reason": str(trouble)[:200]} | _signer(letter))
    signed = {name.lower() for name in letter.include_headers or []}
    about = _signer(letter)
    if good and b"l" in (letter.signature_fields or {}):
        return Claim("dkim", "policy", {"reason": "only a part of the body is signed (l=)"} | about)
    if good and not signed >= MUST_SIGN:
        return Claim("dkim", "policy", {"reason": "From, Subject and Date are not all signed"} | about)
    return Claim("dkim", "pass" if good else "temperror" if away else "fail", about)


def _signer(letter: dkim.DKIM) -> dict[str, str]:
    domain = (letter.signature_fields or {}).get(b"d", b"") or letter.domain or b""
    return {"header.d": domain.decode("ascii", "replace")[:253]}


def _path(travelled: Travelled, names: Names) -> list[Claim]:
    """SPF, only where the client's address is known: it says nothing about a letter that has been handed on."""
    if not travelled.client:
        return []
    asked = _Query(
        names,
        i=travelled.client,
        s=travelled.envelope_from or f"postmaster@{travelled.greeting}",
        h=travelled.greeting or "unknown",
        timeout=10,
        querytime=20,
    )
    try:
        result, _code, reason = asked.check()
    except NamesAway:
        result, reason = "temperror", "DNS did not answer"
    except Exception as trouble:  # a hostile record breaks the library: it proves nothing
        result, reason = "permerror", str(trouble)
    domain = clean_domain(travelled.envelope_from.rpartition("@")[2]) or clean_domain(travelled.greeting)
    about = {"smtp.mailfrom": domain, "reason": str(reason)[:200]} if domain else {"reason": str(reason)[:200]}
    return [Claim("spf", result, about)]


class _Query(spf.query):  # type: ignore[misc]
    """pyspf asking our port."""

    def __init__(self, names: Names, **known: Any) -> None:
        super().__init__(**known)
        self._names = names

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        """See pyspf: a list of values; what finds nothing counts against the limit of void lookups."""
        name = name.rstrip(".")
        if not name:
            return []
        found = self._names.find(name, qtype)
        if qtype in ("TXT", "SPF"):
            return [(one,) for one in found]
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("Void lookup limit exceeded")
        return found


def _dmarc(domain: str, claims: Sequence[Claim], names: Names) -> Claim:
    """RFC 7489 section 6.6: the record of the domain, else of its organisation; then whether anything is aligned."""
    try:
        record, inherited = _record(domain, names)
    except NamesAway:
        return Claim("dmarc", "temperror", {"header.from": domain})
    if record is None:
        return Claim("dmarc", "none", {"header.from": domain})
    policy = (record.get("sp") if inherited else None) or record.get("p", "none")
    about = {"header.from": domain, "policy.dmarc": policy}
    for claim in claims:
        named = claim.about.get("header.d" if claim.method == "dkim" else "smtp.mailfrom", "")
        strict = record.get("adkim" if claim.method == "dkim" else "aspf", "r") == "s"
        if claim.result == "pass" and aligned(clean_domain(named), domain, strict=strict):
            return Claim("dmarc", "pass", about)
    if any(claim.result == "temperror" for claim in claims):
        return Claim("dmarc", "temperror", about)
    return Claim("dmarc", "fail", about)


def _record(domain: str, names: Names) -> tuple[dict[str, str] | None, bool]:
    for asked in dict.fromkeys((domain, organisational_domain(domain))):
        texts = [bytes(one).decode("ascii", "replace") for one in names.find(f"_dmarc.{asked}", "TXT")]
        found = [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(found) == 1:
            pairs = (tag.partition("=") for tag in found[0].split(";"))
            return {name.strip().lower(): word.strip().lower() for name, _, word in pairs}, asked != domain
    return None, False
