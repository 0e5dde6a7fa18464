"""A DNS of the tests' own, and a key to sign letters with."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from opora.desk.channels.email.authenticity.checking import NamesAway

SIGNED = (b"from", b"to", b"subject", b"date", b"message-id")


@dataclass
class World:
    """Records by (name, kind); names in `away` do not answer. Remembers what was asked."""

    records: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def find(self, name: str, kind: str) -> list[Any]:
        self.asked.append((name, kind))
        if name in self.away:
            raise NamesAway(name)
        return list(self.records.get((name.lower(), kind), []))

    def signs(self, domain: str, selector: str = "s1") -> "World":
        """The domain has the public key of `sign`."""
        public = signing_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        from base64 import b64encode

        self.records[(f"{selector}._domainkey.{domain}", "TXT")] = [b"v=DKIM1; k=rsa; p=" + b64encode(public)]
        return self

    def publishes(self, name: str, text: str) -> "World":
        """A text record."""
        self.records[(name, "TXT")] = [text.encode()]
        return self


@lru_cache(1)
def signing_key() -> RSAPrivateKey:
    return generate_private_key(65537, 1024)


def sign(raw: bytes, domain: str, *, selector: str = "s1", headers: tuple[bytes, ...] = SIGNED, **more: Any) -> bytes:
    """The letter with a real DKIM signature on top."""
    pem = signing_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    present = [name for name in headers if name + b":" in raw.lower()]
    return bytes(dkim.sign(raw, selector.encode(), domain.encode(), pem, include_headers=present, **more)) + raw
