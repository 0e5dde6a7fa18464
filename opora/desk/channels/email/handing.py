"""One letter handed to us whole, by a program: over HTTP or through a pipe. It is stored before anybody hears "received"."""

from datetime import datetime
from hashlib import sha256

from django.conf import settings

from .door import KEPT_OF_TOO_LARGE
from .models import Mailbox
from .receive import Arrived, store


def hand_in(
    raw: bytes, *, transport: str, at: datetime, envelope_from: str = "", envelope_to: str = "", source: str = ""
) -> tuple[int, bool]:
    """(number of the stored letter, whether all of it was taken). Of one that is too large the beginning is kept."""
    whole = len(raw) <= settings.OPORA_LARGEST_LETTER
    kept = raw if whole else raw[:KEPT_OF_TOO_LARGE]
    to = [envelope_to] if envelope_to else []
    letter = Arrived(kept, transport, envelope_from, to, source, left_out=len(raw) - len(kept))
    return store([letter], at=at)[0], whole


def mailbox_of_hook(token: str) -> Mailbox | None:
    """The mailbox whose letters may be posted under this token."""
    return Mailbox.objects.filter(hook=hash_of(token), active=True).first() if len(token) >= 20 else None


def hash_of(token: str) -> str:
    """What is kept of a hook's token."""
    return sha256(token.encode()).hexdigest()
