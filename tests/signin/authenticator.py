"""A security key made of software: it makes and uses WebAuthn credentials as a browser would hand them over."""

import base64
import copy
import hashlib
import json
import secrets
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

PRESENT_AND_VERIFIED, WITH_CREDENTIAL = 0x05, 0x40


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Authenticator:
    """One device; answers for the origin it believes to be at."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.count = 0

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """What the browser answers to navigator.credentials.create()."""
        client = self._client("webauthn.create", options["challenge"])
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + public
        data = self._data(options["rp"]["id"], PRESENT_AND_VERIFIED | WITH_CREDENTIAL) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": b64(client), "attestationObject": b64(attestation)})

    def use(self, options: dict[str, Any]) -> dict[str, Any]:
        """What the browser answers to navigator.credentials.get()."""
        self.count += 1
        client = self._client("webauthn.get", options["challenge"])
        data = self._data(options["rpId"], PRESENT_AND_VERIFIED)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        )

    def elsewhere(self, origin: str) -> "Authenticator":
        """The same device on another site."""
        other = copy.copy(self)
        other.origin, other.count = origin, self.count + 100
        return other

    def stranger(self) -> "Authenticator":
        """Another device that claims the same credential."""
        other = Authenticator(self.origin)
        other.credential_id, other.count = self.credential_id, self.count + 100
        return other

    def copy_left_behind(self) -> "Authenticator":
        """A copy of the device whose counter stayed behind."""
        other = copy.copy(self)
        other.count = 0
        return other

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        name = b64(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
