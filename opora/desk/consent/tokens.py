"""Tokens of 130 bits that stand in letters and nowhere else: we keep their SHA-256.

Made of letters and digits that survive every mail program, whatever it does to their case.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH = 26
_IN_ADDRESS = re.compile(r"c\+([a-z2-7]{26})(?=@)")


def new_token() -> str:
    """Return a token nobody can guess: 26 letters of 5 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.strip().lower().encode()).hexdigest()


def answer_address(mailbox: str, token: str) -> str:
    """Return our address with the token after a plus: support+c+…@opora.example."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+c+{token}@{domain}"


def tokens_in(addresses: Iterable[str]) -> list[str]:
    """Return the tokens that stand in these addresses, whatever the case of their letters."""
    return [token for address in addresses for token in _IN_ADDRESS.findall(address.lower()[:2000])]
