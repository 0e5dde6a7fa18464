"""One key for one host in one window: made when the agreement stands, used only here, destroyed when the window is over.

The private halves never leave the signer's folder; what leaves it is the line for the host and, within the window, signatures.
"""

import ipaddress
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from opora.gateway.agreements import Agreement, Host
from opora.gateway.keeping.keyfiles import Unusable, own_key
from opora.gateway.keeping.places import Taken, sync_folder, write_once
from opora.gateway.sockets import Refused

UNSHOWN = ".unshown"
SECOND = 1_000_000_000
_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_NAME = re.compile(r"([0-9a-f]{64})\.([a-z0-9][a-z0-9-]{0,59})\.(?:key|unshown)")
_TICKET = re.compile(r"[A-Za-z0-9-]{1,40}")
_LOOPBACK = ("127.0.0.0/8", "::1")


@dataclass(frozen=True, slots=True)
class WindowKey:
    """A key of a window that exists now."""

    path: Path
    agreement: str
    host: str

    def private(self) -> Ed25519PrivateKey:
        """Return the private half. Raises Refused if it cannot be read."""
        try:
            return own_key(self.path)
        except Unusable as trouble:
            raise Refused("key", f"The key of this window cannot be used: {trouble}.") from trouble


class WindowKeys:
    """The folder of these keys."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first key is."""
        self._folder = folder

    def begun(self, agreement: str, host: str) -> WindowKey:
        """Return the key of that host in that window, made now if there is none. Raises Refused once it was destroyed.

        A key that the log does not know yet is not shown: `path` ends in `unshown` until `shown` was called.
        """
        key = self._named(agreement, host)
        if key.path.with_suffix(".gone").exists():
            raise Refused("late", "The key of this window was destroyed.")
        if not key.path.exists():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            key = WindowKey(key.path.with_suffix(UNSHOWN), agreement, host)
        key.private()
        return key

    def shown(self, key: WindowKey) -> None:
        """The log knows the key: from now on it is used."""
        key.path.rename(key.path.with_suffix(".key"))
        sync_folder(self._folder)

    def found(self, agreement: str, host: str) -> WindowKey:
        """Return the key if there is one. Raises Refused."""
        key = self._named(agreement, host)
        if not key.path.exists():
            raise Refused("key", "There is no key for this window; the customer was shown none.")
        return key

    def all(self) -> Iterator[WindowKey]:
        """Every key there is."""
        paths: list[Path] = []
        with suppress(OSError):
            paths = sorted(self._folder.iterdir())
        for path in paths:
            if named := _NAME.fullmatch(path.name):
                yield WindowKey(path, named[1], named[2])

    def destroy(self, key: WindowKey, entry: dict[str, Any]) -> None:
        """Destroy it. What the log must still be told of it waits beside it until `told`."""
        with suppress(Taken):  # begun before, and cut short
            write_once(key.path.with_suffix(".gone"), json.dumps(entry).encode())
        with suppress(FileNotFoundError):
            key.path.chmod(0o600)
            with key.path.open("r+b") as file:
                file.write(bytes(key.path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            key.path.unlink()
            sync_folder(self._folder)

    def untold(self) -> list[tuple[Path, dict[str, Any]]]:
        """The ends the log has not heard of yet."""
        with suppress(OSError):
            marks = [(path, path.read_bytes()) for path in sorted(self._folder.glob("*.gone"))]
            return [(path, json.loads(raw)) for path, raw in marks if raw]
        return []

    def told(self, path: Path) -> None:
        """The log has it. The empty mark stays, so that no second key is ever made for a window."""
        path.chmod(0o600)
        path.write_bytes(b"")

    def _named(self, agreement: str, host: str) -> WindowKey:
        if not _PLAIN.fullmatch(host):
            raise Refused("host", "A host has small letters, digits and hyphens in its name.")
        return WindowKey(self._folder / f"{agreement}.{host}.key", agreement, host)


def public_of(key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """Return the public half as OpenSSH writes it, without a comment."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def line_for(agreement: Agreement, host: Host, public: str, egress: Sequence[str]) -> str:
    """Return the line for the account's authorized_keys: nothing but a terminal, from us alone, until the window ends.

    The moment ends in Z, so that it counts as UTC: OpenSSH 9.1 and newer; older ones refuse the whole line (sshd(8)).
    Raises Refused where nothing says from which address we come.
    """
    sources = sources_of(host, egress)
    if not sources and not host.by_tunnel:
        raise Refused("egress", "OPORA_GATEWAY_EGRESS is not set; a key that is good from anywhere is not given out.")
    until = datetime.fromtimestamp(agreement.ends // SECOND, UTC)
    limits = ["restrict", "pty", *([f'from="{",".join(sources)}"'] if sources else [])]
    limits.append(f'expiry-time="{until:%Y%m%d%H%M%S}Z"')
    return f"{','.join(limits)} {public} {mark_of(agreement, host)}"


def mark_of(agreement: Agreement, host: Host) -> str:
    """Return the comment by which the line is found again."""
    ticket = agreement.ticket if _TICKET.fullmatch(agreement.ticket) else "opora"
    return f"opora-{ticket}-{host.name}-{agreement.digest.hex()[:12]}"


def sources_of(host: Host, egress: Sequence[str]) -> list[str]:
    """Return the networks from which a host sees us come; empty where nobody knows.

    Through a tunnel that ends on the host itself it is the host's own loopback. Where it ends on another machine of the
    customer's, only the customer knows that machine's address.
    """
    if not host.by_tunnel:
        told = egress
    elif host.address in ("localhost", "127.0.0.1", "::1"):
        told = _LOOPBACK
    else:
        return []
    # A network with bits behind its mask is refused here, for sshd would refuse everybody because of it.
    try:
        return [str(ipaddress.ip_network(one, strict=True)) for one in told]
    except ValueError as error:
        raise Refused("egress", f"OPORA_GATEWAY_EGRESS is no list of addresses: {error}.") from error
