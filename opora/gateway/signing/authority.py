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

from opora.gateway.agreements import Agreement, Host, Road, Unreadable
from opora.gateway.signing.witness import Unproven, Witness
from opora.gateway.sockets import Refused

SECOND = 1_000_000_000
BEFORE, AFTER = 30, 90
"""Seconds for which a certificate is good before and after the moment it was made."""
LEVELS = ("look", "user", "superuser")

Enter = Callable[[dict[str, Any]], Awaitable[int]]
"""Puts an entry into the log and returns its number. Raises Gone when the ledger does not answer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a certificate is asked for."""

    agreement: str
    staff: int
    host: str
    session: str
    public_key: str


class Authority:
    """Holds the key; says no in words."""

    def __init__(
        self, key: Ed25519PrivateKey, witness: Witness, agreements: Path, *, egress: Sequence[str], enter: Enter
    ) -> None:
        """Take the key, what proves the log, the folder of agreements, and the addresses hosts see us come from."""
        self._key = key
        self._witness = witness
        self._agreements = agreements
        self._egress = ",".join(egress)
        self._enter = enter

    @property
    def public_line(self) -> str:
        """The line for a host's TrustedUserCAKeys."""
        line = self._key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return f"{line.decode()} opora"

    async def certify(self, wanted: Wanted, *, at: int) -> dict[str, Any]:
        """Return a certificate and its serial, which is its entry's number in the log. Raises Refused."""
        agreement = self._read(wanted.agreement)
        host, engineer = _check(agreement, wanted, at)
        public = _public(wanted.public_key)
        until = min(at // SECOND + AFTER, agreement.ends // SECOND)
        principal = principal_of(host, agreement.level)
        serial = await self._enter(
            {
                "kind": "certificate",
                "agreement": wanted.agreement,
                "session": wanted.session,
                "staff": wanted.staff,
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
            .key_id(f"{agreement.ticket}/{wanted.agreement[:12]}/staff-{wanted.staff}/{wanted.session}".encode())
            .valid_principals([principal.encode()])
            .valid_after(at // SECOND - BEFORE)
            .valid_before(until)
            .add_extension(b"permit-pty", b"")
        )
        if self._egress:
            builder = builder.add_critical_option(b"source-address", self._egress.encode())
        line = builder.sign(self._key).public_bytes().decode()
        return {"certificate": line, "serial": serial, "until": until * SECOND}

    def _read(self, digest: str) -> Agreement:
        """Return the agreement, its text and its place in the log read anew. Raises Refused."""
        try:
            self._witness.look()
        except Unproven as unproven:
            raise Refused("log", f"The log cannot be believed: {unproven}.") from unproven
        register = self._witness.register
        if digest not in register.agreements:
            raise Refused("agreement", "This agreement does not stand in the log.")
        if digest in register.withdrawn:
            raise Refused("withdrawn", "This agreement was taken back.")
        try:
            raw = (self._agreements / f"{digest}.json").read_bytes()
            if hashlib.sha256(raw).hexdigest() != digest:
                raise Refused("agreement", "The agreement's text was changed.")
            return Agreement.from_text(raw.decode())
        except (OSError, ValueError, Unreadable) as error:
            raise Refused("agreement", f"The agreement cannot be read: {error}.") from error


def principal_of(host: Host, level: str) -> str:
    """Return the name which the host's AuthorizedPrincipalsFile lists for the accounts of that level."""
    return f"opora-{host.system}-{level}"


def _check(agreement: Agreement, wanted: Wanted, at: int) -> tuple[Host, str]:
    if at < agreement.begins:
        raise Refused("early", "The agreed window has not begun.")
    if not agreement.is_open(at):
        raise Refused("late", "The agreed window is over.")
    engineer = agreement.engineers.get(wanted.staff)
    if engineer is None:
        raise Refused("engineer", "The agreement does not name this engineer.")
    host = agreement.host(wanted.host)
    if host is None:
        raise Refused("host", "The agreement does not name this host.")
    if host.road is not Road.CERTIFICATE:
        raise Refused("road", "This host is not entered with a certificate.")
    if agreement.level not in LEVELS or (host.login == "root" and agreement.level != "superuser"):
        raise Refused("level", f"Nobody enters as {host.login} at the level that was agreed.")
    return host, engineer


def _public(line: str) -> Ed25519PublicKey:
    try:
        key = load_ssh_public_key(line.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("key", "This is no public key of SSH.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Refused("key", "Only Ed25519 keys are certified.")
    return key


def wanted_in(asked: dict[str, Any]) -> Wanted:
    """Return what a question asks for. Raises KeyError or ValueError for one that is none."""
    session, agreement = bytes.fromhex(asked["session"]).hex(), bytes.fromhex(asked["agreement"]).hex()
    if len(session) != 32 or len(agreement) != 64:
        raise ValueError("a session is named by 16 bytes, an agreement by 32")
    if not isinstance(asked["staff"], int) or isinstance(asked["staff"], bool):
        raise ValueError("an engineer is named by a whole number")
    return Wanted(agreement, asked["staff"], str(asked["host"]), session, str(asked["public_key"]))
