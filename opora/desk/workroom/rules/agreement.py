"""The agreement as the gateway, the signer and every verifier read it: one text for one content. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from opora.desk.consent.rules import Terms
from opora.evidence.frames import canonical

FORMAT = "opora agreement v1"
DURABILITY = "crash-safe"
RETENTION_YEARS = 10
WATCHING = {"none": "none", "notify": "notify", "must": "must_pause", "must_end": "must_end"}


@dataclass(frozen=True, slots=True)
class HostFacts:
    """A host as it stands in an agreement: its keys are pinned there, never learnt on the way."""

    name: str
    system: int
    address: str
    port: int
    login: str
    host_keys: tuple[str, ...]
    road: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who said yes, by which road, when."""

    name: str
    email: str
    road: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """Everything an agreement is made of."""

    confirmation: int
    terms: Terms
    text_sha256: str
    customer: int
    confirmed: Confirmed
    hosts: tuple[HostFacts, ...]
    customer_key: str
    escrow_keys: tuple[str, str]


def write_agreement(made: Made) -> tuple[str, str]:
    """Return the canonical text and its SHA-256 in hex. Moments are nanoseconds since 1970; the window is told in UTC."""
    terms = made.terms
    facts: dict[str, Any] = {
        "format": FORMAT,
        "ticket": terms.ticket,
        "confirmation": made.confirmation,
        "text_sha256": made.text_sha256,
        "customer": {"id": made.customer, "name": terms.customer},
        "confirmed_by": {
            "name": made.confirmed.name,
            "email": made.confirmed.email,
            "road": made.confirmed.road,
            "at": _nanoseconds(made.confirmed.at),
        },
        "window": {"from": _utc(terms.starts), "until": _utc(terms.ends), "zone": terms.zone},
        "hosts": [_host(one) for one in sorted(made.hosts, key=lambda one: one.name)],
        "level": terms.level,
        "files": "both" if "transfer_files" in terms.actions else "none",
        "engineers": [{"id": one.id, "name": one.name} for one in terms.engineers],
        "watching": WATCHING[terms.watching],
        "durability": DURABILITY,
        "retention_years": RETENTION_YEARS,
        "keys": {"customer": made.customer_key, "escrow": list(made.escrow_keys)},
    }
    text = canonical(facts)
    return text.decode(), hashlib.sha256(text).hexdigest()


def level_login(level: str, login: str, superuser_login: str) -> str:
    """Return the login for the level of access that was confirmed: full rights only where full rights were confirmed."""
    return superuser_login if level == "superuser" else login


def _host(one: HostFacts) -> dict[str, Any]:
    return {
        "name": one.name,
        "system": one.system,
        "address": one.address,
        "port": one.port,
        "login": one.login,
        "host_keys": list(one.host_keys),
        "road": one.road,
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000
