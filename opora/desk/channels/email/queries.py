"""Questions about letters, for colleagues' pages. Nothing here is for customers: they read the ticket."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max, Min, Prefetch, QuerySet

from opora.desk.kernel.asking import Part
from opora.desk.kernel.errors import NotHere
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets.models import Ticket

from . import rules, states
from .models import CaughtLetter, Mailbox, OutgoingLetter, RawLetter, Recipient


def quarantine(staff: Staff) -> QuerySet[RawLetter]:
    """Letters the chain could not place, newest first, without their octets. Empty for those who do not handle mail."""
    if not may(staff, "mail:handle"):
        return RawLetter.objects.none()
    return RawLetter.objects.filter(state=states.QUARANTINED).defer("raw").order_by("-pk")


def quarantined_letter(staff: Staff, number: int) -> RawLetter:
    """One letter of the quarantine, with its octets. Raises NotHere."""
    letter = quarantine(staff).defer(None).filter(pk=number).first()
    if letter is None:
        raise NotHere
    return letter


def raw_letter(staff: Staff, number: int) -> RawLetter:
    """Any letter that came, for reading or download. Raises NotHere."""
    letter = RawLetter.objects.filter(pk=number).first() if may(staff, "mail:handle") else None
    if letter is None:
        raise NotHere
    return letter


def mailboxes() -> list[Mailbox]:
    """All addresses of the desk besides the main one, by address. For administration."""
    return list(Mailbox.objects.order_by("address"))


def mailbox(number: int) -> Mailbox:
    """One of them. Raises NotHere."""
    box = Mailbox.objects.filter(pk=number).first()
    if box is None:
        raise NotHere
    return box


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something about mail that mail itself cannot tell: `kind` is silent or fuse; `about` names the mailbox."""

    kind: str
    about: str
    since: datetime | None
    words: str = ""


def alarms(*, at: datetime) -> list[Alarm]:
    """Mailboxes that have fallen silent, and a blown fuse. Two statements."""
    boxes = Mailbox.objects.filter(active=True, road=Mailbox.Road.IMAP)
    found = [
        Alarm("silent", box.address, box.heard_at, box.trouble)
        for box in boxes
        if rules.is_silent(box.heard_at or box.made_at, box.silent_minutes, at=at)
    ]
    held = (
        RawLetter.objects.filter(state=states.HELD, held_for="desk")
        .order_by("pk")
        .values_list("received_at", flat=True)
    )
    if (first := held.first()) is not None:
        found.append(Alarm("fuse", "", first))
    return found


@dataclass(frozen=True, slots=True)
class HeldPile:
    """Letters held back for one reason."""

    held_for: str
    reason: str
    count: int
    first_at: datetime
    sender: str


def held_piles(staff: Staff) -> list[HeldPile]:
    """What is held back, by reason, the largest pile first. Empty for those who do not handle mail."""
    if not may(staff, "mail:handle"):
        return []
    rows = RawLetter.objects.filter(state=states.HELD).values("held_for").order_by()
    found = rows.annotate(count=Count("pk"), first=Min("received_at"), reason=Max("reason"), sender=Max("sender"))
    piles = [HeldPile(one["held_for"], one["reason"], one["count"], one["first"], one["sender"]) for one in found]
    return sorted(piles, key=lambda pile: -pile.count)


def spam(staff: Staff) -> QuerySet[RawLetter]:
    """Letters called spam, newest first, without their octets. Empty for those who do not handle mail."""
    if not may(staff, "mail:handle"):
        return RawLetter.objects.none()
    return RawLetter.objects.filter(state=states.SPAM).defer("raw").order_by("-pk")


def troubled_recipients(staff: Staff) -> QuerySet[Recipient]:
    """Letters that failed or whose fate is unknown, newest first. Empty for those who do not handle mail."""
    if not may(staff, "mail:handle"):
        return Recipient.objects.none()
    rows = Recipient.objects.filter(state__in=[states.FAILED, states.UNKNOWN])
    return rows.select_related("letter__ticket", "contact").defer("letter__raw").order_by("-pk")


def troubled_recipient(staff: Staff, number: int) -> Recipient:
    """One of them. Raises NotHere."""
    row = troubled_recipients(staff).filter(pk=number).first()
    if row is None:
        raise NotHere
    return row


def letters_to(ticket: Ticket) -> list[OutgoingLetter]:
    """What we sent about a ticket, with each recipient's result, oldest first."""
    rows = OutgoingLetter.objects.filter(ticket=ticket).defer("raw").order_by("pk")
    return list(rows.prefetch_related(Prefetch("recipients", Recipient.objects.order_by("pk"))))


def letters_from(ticket: Ticket) -> list[RawLetter]:
    """What came about a ticket, oldest first, with the facts that were understood."""
    return list(RawLetter.objects.filter(ticket=ticket).defer("raw").select_related("understood").order_by("pk"))


class Way(NamedTuple):
    """How far a letter that carries a message has come to one recipient; `at` is when it ended, or None."""

    message: int
    recipient: int
    email: str
    state: str
    tries: int
    answer: str
    at: datetime | None


WAYS = Part(
    Way,
    """
    select letter.message_id as message, r.id as recipient, r.email, r.state, r.tries, r.answer, r.ended_at as at
    from tickets_message m join email_channel_outgoingletter letter on letter.message_id = m.id
    join email_channel_recipient r on r.letter_id = letter.id
    where m.ticket_id = %(ticket)s order by r.id""",
)
"""The ways of the letters that carry a ticket's public messages (`tickets.reading`)."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """How much waits for a person."""

    quarantined: int
    failed: int
    unknown: int


def troubles() -> Troubles:
    """Counts for the rail and for the metrics; each by its partial index."""
    failed = Recipient.objects.filter(state=states.FAILED).count()
    unknown = Recipient.objects.filter(state=states.UNKNOWN).count()
    return Troubles(RawLetter.objects.filter(state=states.QUARANTINED).count(), failed, unknown)


def caught(limit: int = 100) -> list[CaughtLetter]:
    """The demo's caught letters, newest first."""
    return list(CaughtLetter.objects.order_by("-pk")[:limit])


def caught_letter(number: int) -> CaughtLetter:
    """One of them. Raises NotHere."""
    letter = CaughtLetter.objects.filter(pk=number).first()
    if letter is None:
        raise NotHere
    return letter


class Proved(NamedTuple):
    """Who stands behind a letter: the verdict (`pass`, `fail`, `unknown`), why, and the domain it speaks of.

    `message` is the number of the message that the letter brought; `looks_like` the ticket that it named without its sender
    belonging there.
    """

    verdict: str
    why: str
    domain: str
    sender: str
    message: int = 0
    looks_like: int | None = None


PROOFS = Part(
    Proved,
    """
    select raw.authenticity as verdict, coalesce(raw.proof ->> 'why', '') as why,
           coalesce(raw.proof ->> 'domain', '') as domain, raw.sender, m.id as message, understood.candidate_id as looks_like
    from tickets_message m join email_channel_inboundletter understood on understood.message_id = m.id
    join email_channel_rawletter raw on raw.id = understood.raw_id
    where m.ticket_id = %(ticket)s""",
)
"""The verdicts on the letters that brought a ticket's messages (`tickets.reading`)."""


def proof_on(raw: RawLetter) -> Proved:
    """The verdict on this letter."""
    return Proved(raw.authenticity, raw.proof.get("why", ""), raw.proof.get("domain", ""), raw.sender)
