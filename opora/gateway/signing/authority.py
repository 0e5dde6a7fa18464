"""Certificates for one engineer, one host and a minute or two, made only inside an agreement that was written and logged.

Format: OpenSSH PROTOCOL.certkeys. The host's own log then names ticket, agreement, engineer and session by itself.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
    load_ssh_public_key,
)

from opora.gateway.agreements import Host
from opora.gateway.signing.reading import Reading, Who, check, who_in
from opora.gateway.signing.windowkeys import sources_of
from opora.gateway.signing.witness import Witness
from opora.gateway.sockets import Refused

SECOND = 1_000_000_000
BEFORE, AFTER = 30, 90
"""Seconds for which a certificate is good before and after the moment it was made."""

Enter = Callable[[dict[str, Any]], Awaitable[int]]
"""Puts an entry into the log and returns its number. Raises Gone when the ledger does not answer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a certificate is asked for."""

    who: Who
    public_key: str


class Authority:
    """Holds the key; says no in words."""

    def __init__(
        self, key: Ed25519PrivateKey, witness: Witness, agreements: Path, *, egress: Sequence[str], enter: Enter
    ) -> None:
        """Take the key, what proves the log, the folder of agreements, and the addresses hosts see us come from."""
        self._key = key
        self._reading = Reading(witness, agreements)
        self._egress = tuple(egress)
        self._enter = enter

    @property
    def public_line(self) -> str:
        """The line for a host's TrustedUserCAKeys."""
        line = self._key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return f"{line.decode()} opora"

    async def certify(self, wanted: Wanted, *, at: int) -> dict[str, Any]:
        """Return a certificate and its serial, which is its entry's number in the log. Raises Refused."""
        who = wanted.who
        agreement = self._reading.agreement(who.agreement)
        host, engineer = check(agreement, who, at)
        if host.by_key:
            raise Refused("road", "This host is not entered with a certificate.")
        public = _public(wanted.public_key)
        until = min(at // SECOND + AFTER, agreement.ends // SECOND)
        principal = principal_of(host, agreement.level)
        sources = ",".join(sources_of(host, self._egress))
        serial = await self._enter(
            {
                "kind": "certificate",
                "agreement": who.agreement,
                "session": who.session,
                "staff": who.staff,
                "name": engineer,
                "host": host.name,
                "principal": principal,
                "public_key": hashlib.sha256(public.public_bytes_raw()).hexdigest(),
                "until": until * SECOND,
            }
        )
        builder = (
            SSHCertificateBuilder()
            .public_key(public)
            .serial(serial)
            .type(SSHCertificateType.USER)
            .key_id(f"{agreement.ticket}/{who.agreement[:12]}/staff-{who.staff}/{who.session}".encode())
            .valid_principals([principal.encode()])
            .valid_after(at // SECOND - BEFORE)
            .valid_before(until)
            .add_extension(b"permit-pty", b"")
        )
        if sources:
            builder = builder.add_critical_option(b"source-address", sources.encode())
        line = builder.sign(self._key).public_bytes().decode()
        return {"certificate": line, "serial": serial, "until": until * SECOND}


def principal_of(host: Host, level: str) -> str:
    """Return the name which the host's AuthorizedPrincipalsFile lists for the accounts of that level."""
    return f"opora-{host.system}-{level}"


def _public(line: str) -> Ed25519PublicKey:
    try:
        key = load_ssh_public_key(line.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("key", "This is no public key of SSH.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Refused("key", "Only Ed25519 keys are certified.")
    return key


def wanted_in(asked: dict[str, Any]) -> Wanted:
    """Return what a question asks for. Raises KeyError, TypeError or ValueError for one that is none."""
    return Wanted(who_in(asked), str(asked["public_key"]))
