"""The signed words of links in status letters: whoever holds one has read a letter to that address."""

from django.core.signing import BadSignature, Signer

CONFIRM, LEAVE = "status.confirm", "status.leave"


def token_of(purpose: str, number: int) -> str:
    """The word for this subscriber and purpose; one purpose's word is worth nothing for another."""
    return Signer(salt=purpose).sign(str(number))


def read_token(purpose: str, token: str) -> int | None:
    """The subscriber's number, None for a word that is not ours."""
    try:
        return int(Signer(salt=purpose).unsign(token))
    except (BadSignature, ValueError):
        return None
