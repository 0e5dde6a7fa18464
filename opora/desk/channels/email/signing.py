"""DKIM (RFC 6376): our letters carry a signature that any receiver can check against our DNS. Knows no Django.

Without a key nothing is signed here; the relay may do it then.
"""

import os
from base64 import b64encode
from pathlib import Path

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

SIGNED = (
    *(b"from", b"to", b"cc", b"reply-to", b"subject", b"date", b"message-id", b"in-reply-to", b"references"),
    *(b"auto-submitted", b"mime-version", b"content-type"),
)


def signed(raw: bytes, domain: str, *, key: str, selector: str) -> bytes:
    """The letter with its signature on top. Raises ValueError for a key that is none."""
    head = raw.partition(b"\r\n\r\n")[0].lower()
    present = [name for name in SIGNED if head.startswith(name + b":") or b"\r\n" + name + b":" in head]
    try:
        signature = dkim.sign(
            raw,
            selector.encode(),
            domain.encode(),
            key.encode(),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=present,
        )
    except dkim.DKIMException as trouble:
        raise ValueError(f"OPORA_DKIM_KEY cannot sign: {trouble}") from trouble
    return bytes(signature) + raw


def make_key(place: Path) -> str:
    """A new key in a file that only its owner reads; returns it. Raises OSError, also when the file is there already."""
    made = rsa.generate_private_key(65537, 2048)
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return pem.decode("ascii")


def explain(key: str, selector: str, address: str) -> tuple[str, int]:
    """(the DNS record to publish, 0), or (what is missing, 1)."""
    if not key:
        return "There is no key. Make one with --make FILE, and set OPORA_DKIM_KEY_FILE to it.", 1
    try:
        public = load_pem_private_key(key.encode(), None).public_key()
    except ValueError as trouble:
        return f"OPORA_DKIM_KEY holds no key that can be read: {trouble}", 1
    content = b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode("ascii")
    pieces = [content[start : start + 200] for start in range(0, len(content), 200)]
    quoted = " ".join(f'"{piece}"' for piece in ("v=DKIM1; k=rsa; p=" + pieces[0], *pieces[1:]))
    return f"{selector}._domainkey.{address.rpartition('@')[2]}. IN TXT ( {quoted} )", 0
