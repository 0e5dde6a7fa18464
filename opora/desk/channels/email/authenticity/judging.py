"""The verdict: do the claims speak of the domain that stands in From? Pure; the claims are those of whom we trust.

RFC 7489 section 3.1: a pass of somebody else's domain proves nothing, so a claim counts only when its domain is aligned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .domains import aligned, clean_domain
from .results import Claim

PROVED = "pass"
FORGED = "fail"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proof:
    """A verdict about the sender with its evidence. `policy` is what the domain's owner asks for when it is `fail`."""

    verdict: str
    why: str
    domain: str = ""
    by: str = ""
    policy: str = ""
    claims: Sequence[Claim] = field(default=())

    def as_facts(self) -> dict[str, Any]:
        """What is kept beside the letter."""
        claims = [{"method": one.method, "result": one.result, **one.about} for one in self.claims]
        return {"why": self.why, "domain": self.domain, "by": self.by, "policy": self.policy, "claims": claims}


def unknown(why: str, *, domain: str = "", by: str = "", claims: Iterable[Claim] = ()) -> Proof:
    """Nobody can tell, for this reason."""
    return Proof(UNKNOWN, why, domain, by, claims=tuple(claims))


def judge(sender: str, senders: int, claims: Sequence[Claim], *, by: str) -> Proof:
    """The verdict on a letter whose From holds `sender`; `senders` is how many From held, for more than one is no identity."""
    domain = clean_domain(sender.rpartition("@")[2])
    if senders != 1 or not domain:
        return unknown("senders", by=by, claims=claims)
    dmarc = [one for one in claims if one.method == "dmarc"]
    results = {one.result for one in dmarc if _of(one, "header.from") in (domain, "")}
    named = {one.result for one in dmarc if _of(one, "header.from") == domain}
    if len(results) > 1:
        return unknown("contradiction", domain=domain, by=by, claims=claims)
    if "fail" in results:
        return Proof(FORGED, "dmarc", domain, by, _policy(dmarc), tuple(claims))
    if results & {"temperror", "permerror"}:
        return unknown("not checked", domain=domain, by=by, claims=claims)
    if "pass" in named:
        return Proof(PROVED, "dmarc", domain, by, claims=tuple(claims))
    for method in ("dkim", "spf"):
        if any(_stands_for(one, method, domain) for one in claims):
            return Proof(PROVED, method, domain, by, claims=tuple(claims))
    return unknown("nothing" if claims else "not checked", domain=domain, by=by, claims=claims)


def _stands_for(claim: Claim, method: str, domain: str) -> bool:
    """A pass of this method for an aligned domain. An identity is read from the method's own properties only."""
    if claim.method != method or claim.result != "pass":
        return False
    if method == "dkim":
        signer = _of(claim, "header.d") or _of(claim, "header.i")
        return aligned(signer, domain)
    return aligned(_of(claim, "smtp.mailfrom"), domain)


def _of(claim: Claim, name: str) -> str:
    return clean_domain(claim.about.get(name, "").rpartition("@")[2])


def _policy(dmarc: Sequence[Claim]) -> str:
    """What the domain's owner asks for: none, quarantine, reject; "" when nobody said."""
    for claim in dmarc:
        for name in ("policy.dmarc", "policy.published-domain-policy", "policy.applied-disposition"):
            if (word := claim.about.get(name, "").lower()) in ("none", "quarantine", "reject"):
                return word
    return ""
