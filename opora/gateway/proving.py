"""How the gateway proves itself to a host: by a key in its memory with a certificate, or by a key that only the signer holds."""

import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import asyncssh

from opora.gateway.agreements import Host
from opora.gateway.door import Facts
from opora.gateway.sockets import Gone, Refused, ask


class Proof(Protocol):
    """What a client offers to the host."""

    refused: Refused | None
    """Why the signer would not sign, if it was asked and said no."""

    def pairs(self) -> list[Any]:
        """The key pairs, as asyncssh takes them."""


class Key:
    """A private key in this process's memory, and the certificate that makes it good for some seconds."""

    def __init__(self) -> None:
        """Make the key."""
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.certificate: asyncssh.SSHCertificate | None = None
        self.refused: Refused | None = None

    @property
    def public(self) -> str:
        """The public half, as the signer takes it."""
        return self._key.export_public_key().decode().strip()

    def certified(self, certificate: str) -> None:
        """Take the signer's certificate. Raises ValueError if it is none."""
        self.certificate = asyncssh.import_certificate(certificate)

    def pairs(self) -> list[Any]:
        """What a client offers to the host."""
        return [(self._key, self.certificate)] if self.certificate else [self._key]


class HeldKey:
    """The key of a window: its private half stays with the signer, which signs each request to enter by itself."""

    def __init__(self, public: str, sign: Callable[[bytes], Awaitable[bytes]]) -> None:
        """Take the public half, and who signs. Raises ValueError for what is no key."""
        self.public = public
        self.refused: Refused | None = None
        self._sign = sign
        self._blob = asyncssh.import_public_key(public).public_data

    def pairs(self) -> list[Any]:
        """What a client offers to the host."""
        return [_Pair(self._blob, self._signed)]

    async def _signed(self, request: bytes) -> bytes:
        try:
            return await self._sign(request)
        except Refused as refused:
            self.refused = refused
            raise ValueError(refused.reason) from refused
        except (Gone, KeyError) as error:
            self.refused = Refused("signer", "The signer does not answer.")
            raise ValueError("the signer does not answer") from error


class _Pair(asyncssh.SSHKeyPair):
    """A key pair whose signatures come from elsewhere."""

    _key_type = "held"

    def __init__(self, blob: bytes, sign: Callable[[bytes], Awaitable[bytes]]) -> None:
        kind = b"ssh-ed25519"
        super().__init__(kind, kind, (kind,), (kind,), blob, None)
        self._ask = sign

    async def sign_async(self, data: bytes) -> bytes:
        """Return the signature, as SSH writes it. Raises ValueError; asyncssh then offers the next key, and there is none."""
        return await self._ask(data)


async def prove(signer: Path, who: Facts, host: Host) -> Proof:
    """Return what opens that host now. `who` names agreement, staff, host and session. Raises Refused, Gone, ValueError."""
    if not host.by_key:
        key = Key()
        answer = await ask(signer, {**who, "do": "certify", "public_key": key.public})
        key.certified(str(answer["certificate"]))
        return key

    async def sign(request: bytes) -> bytes:
        question = {**who, "do": "sign", "request": base64.b64encode(request).decode()}
        return base64.b64decode((await ask(signer, question))["signature"], validate=True)

    told = await ask(signer, {"do": "line", "agreement": who["agreement"], "host": who["host"]})
    return HeldKey(str(told["public"]), sign)
