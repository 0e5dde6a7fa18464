"""Taking a letter in: the octets and how they travelled are committed first; only then may anybody say "received"."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from .models import RawLetter


@dataclass(frozen=True, slots=True)
class Arrived:
    """A letter at the door."""

    raw: bytes
    transport: str
    envelope_from: str = ""
    envelope_to: Sequence[str] = field(default=())
    source: str = ""
    client: str = ""
    greeting: str = ""
    left_out: int = 0


def store(letters: Sequence[Arrived], *, at: datetime) -> list[int]:
    """Keep these letters, all in one commit, and return their ids in the same order.

    When this returns outside a transaction, the letters are durable. Raises the database's errors: nothing was kept then.
    """
    rows = [
        RawLetter(
            raw=letter.raw,
            sha256=sha256(letter.raw).hexdigest(),
            size=len(letter.raw),
            envelope_from=_clean(letter.envelope_from, 320),
            envelope_to=[_clean(address, 320) for address in letter.envelope_to],
            transport=letter.transport,
            source=_clean(letter.source, 500),
            client=_clean(letter.client, 45),
            greeting=_clean(letter.greeting, 255),
            left_out=letter.left_out,
            received_at=at,
            next_try_at=at,
        )
        for letter in letters
    ]
    with transaction.atomic():
        RawLetter.objects.bulk_create(rows)
    return [row.pk for row in rows]


def _clean(text: str, longest: int) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:longest]
