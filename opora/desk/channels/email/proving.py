"""The verdict on a letter's sender: from the stamp of our own border, else from our own checks, else nobody knows.

DNS is asked before any transaction, never inside one.
"""

import logging
from collections.abc import Sequence

from django.conf import settings

from . import states
from .authenticity import Claim, Proof, judge, unknown
from .authenticity.checking import Names, Travelled, check
from .authenticity.names import dns_of_this_machine
from .authenticity.stamping import stamped
from .models import Mailbox, RawLetter
from .understanding import head_of

log = logging.getLogger("opora.mail")

OURSELVES = "opora"
_ROADS = ("lmtp", "smtp", "http", "pipe")


def prove(raw: RawLetter, sender: str, senders: int) -> Proof:
    """The verdict on this letter. What we checked ourselves lies on it already."""
    if raw.proof.get("by") == OURSELVES:
        return _kept(raw, sender, senders)
    border = border_of(raw)
    if not border:
        return unknown("nobody checks")
    claims, by = stamped(bytes(raw.raw), border)
    return judge(sender, senders, claims, by=by) if by else unknown("no stamp")


def border_of(raw: RawLetter) -> Sequence[str]:
    """The ids whose stamps count on a letter that came by this road; none for files brought in by hand."""
    if raw.transport == "imap":
        boxes = Mailbox.objects.filter(fetchedletter__raw=raw).values_list("border", flat=True)
        return [word.strip().lower() for words in boxes for word in words.split(",") if word.strip()]
    return settings.OPORA_MAIL_BORDER if raw.transport in _ROADS else ()


def check_ourselves(ids: Sequence[int], names: Names | None = None) -> int:
    """Check the letters of these that no border of ours has stamped; returns how many. Call it outside a transaction."""
    if not settings.OPORA_MAIL_CHECKS:
        return 0
    rows = RawLetter.objects.filter(pk__in=ids, state=states.STORED, proof={}).exclude(transport="import")
    count = 0
    for raw in rows.order_by("pk").iterator(chunk_size=5):
        if stamped(bytes(raw.raw), border_of(raw))[1]:
            continue
        try:
            proof = _our_own(raw, names or dns_of_this_machine())
        except (
            Exception
        ):  # whatever is wrong with this letter or with DNS holds up no other: nobody can tell, that is all
            log.exception("the sender of letter %s could not be checked", raw.pk)
            continue
        RawLetter.objects.filter(pk=raw.pk).update(authenticity=proof.verdict, proof=proof.as_facts())
        count += 1
    return count


def _our_own(raw: RawLetter, names: Names) -> Proof:
    letter = head_of(bytes(raw.raw))
    travelled = Travelled(raw.client, raw.greeting, raw.envelope_from)
    sender = letter.sender.key if letter.sender else ""
    return judge(sender, letter.senders, check(bytes(raw.raw), sender, travelled, names), by=OURSELVES)


def _kept(raw: RawLetter, sender: str, senders: int) -> Proof:
    facts = [dict(claim) for claim in raw.proof.get("claims", ())]
    claims = [Claim(fact.pop("method"), fact.pop("result"), fact) for fact in facts]
    return judge(sender, senders, claims, by=OURSELVES)
