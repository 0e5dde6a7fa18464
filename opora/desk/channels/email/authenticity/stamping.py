"""Finding the stamps of our own border on a letter. Pure."""

from collections.abc import Sequence

from opora.desk.channels.email.parsing.charsets import decode
from opora.desk.channels.email.parsing.headers import BLOCK_LIMIT, split_head

from .results import Claim, read_stamp


def stamped(octets: bytes, border: Sequence[str]) -> tuple[list[Claim], str]:
    """(what our border claims of the letter, its id). Stamps of others say nothing, whatever they say."""
    head, _ = split_head(octets[: BLOCK_LIMIT + 2])
    claims: list[Claim] = []
    by = ""
    for value in head.raw_all("authentication-results"):
        stamp = read_stamp(decode(value))
        if stamp is not None and stamp.by in border:
            by = by or stamp.by
            claims += stamp.claims
    return claims, by


def results_of(octets: bytes, border: Sequence[str]) -> dict[str, str]:
    """What our border says of DMARC, DKIM and SPF: `pass`, `fail` or `unknown`, and its id; without a stamp all unknown."""
    claims, by = stamped(octets, border)
    return {name: _result(name, claims) for name in ("dmarc", "dkim", "spf")} | {"by": by}


def _result(method: str, claims: Sequence[Claim]) -> str:
    said = {claim.result for claim in claims if claim.method == method}
    if "pass" in said:
        return "pass"
    return "fail" if said & {"fail", "hardfail", "softfail", "permerror", "policy"} else "unknown"
