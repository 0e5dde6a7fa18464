"""The signed token that ties an answer to its ticket: in our Message-IDs and in the Reply-To address. Pure.

It proves that somebody saw a letter of ours, never who that was: the sender is checked all the same.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from hashlib import sha256

MAC_OCTETS = 16
_BOUNCE = re.compile(r"\+b\.([1-9][0-9]{0,17})\.([a-z2-7]{26})@")
_VENDOR = re.compile(r"\+v\.([1-9][0-9]{0,17})\.([a-z2-7]{26})@")
_TOKEN = re.compile(r"t\+([1-9][0-9]{0,17})\.([a-z2-7]{26})(?![a-z2-7])")


def derive_key(secret: str, purpose: str) -> bytes:
    """A key of its own for each purpose, from the installation's secret."""
    return hmac.digest(secret.encode(), b"opora.email." + purpose.encode(), sha256)


def token_for(number: int, key: bytes) -> str:
    """`t+1042.` and 128 bits of HMAC-SHA-256, lower case only: some programs change the case of addresses."""
    return f"t+{number}.{_mac(number, key)}"


def find_ticket(texts: Iterable[str], key: bytes) -> int | None:
    """The ticket number of the first token that is really ours, None when there is none."""
    for text in texts:
        for number, mac in _TOKEN.findall(text.lower()[:2000]):
            if hmac.compare_digest(mac, _mac(int(number), key)):
                return int(number)
    return None


def vendor_address(mailbox: str, case: int, key: bytes) -> str:
    """Our address for one case at a vendor: what comes there belongs to the case, never to the customer's thread."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+v.{case}.{_mac(case, key)}@{domain}"


def find_vendor_case(addresses: Iterable[str], key: bytes) -> int | None:
    """The number of the case whose address is among these, None when there is none that is really ours."""
    for address in addresses:
        for number, mac in _VENDOR.findall(address.lower()[:400]):
            if hmac.compare_digest(mac, _mac(int(number), key)):
                return int(number)
    return None


def bounce_address(mailbox: str, recipient: int, key: bytes) -> str:
    """The envelope sender of one letter to one recipient (VERP): a report that comes back names both by itself."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+b.{recipient}.{_mac(recipient, key)}@{domain}"


def find_recipient(addresses: Iterable[str], key: bytes) -> int | None:
    """The number of the recipient whose bounce address is among these, None when there is none that is really ours."""
    for address in addresses:
        for number, mac in _BOUNCE.findall(address.lower()[:400]):
            if hmac.compare_digest(mac, _mac(int(number), key)):
                return int(number)
    return None


def reply_address(mailbox: str, number: int, key: bytes) -> str:
    """Our address with the token after a plus: support+t+1042.…@opora.example."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{token_for(number, key)}@{domain}"


def message_id_for(unique: str, number: int | None, key: bytes, domain: str) -> str:
    """A Message-ID of our own, without brackets; with the token when it is about a ticket."""
    return f"{unique}.{token_for(number, key)}@{domain}" if number is not None else f"{unique}@{domain}"


def _mac(number: int, key: bytes) -> str:
    digest = hmac.digest(key, str(number).encode(), sha256)[:MAC_OCTETS]
    return b32encode(digest).decode().rstrip("=").lower()
