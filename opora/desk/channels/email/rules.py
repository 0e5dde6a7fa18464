"""Decisions about letters that need no database. Pure: no Django, no clock."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from .parsing import Letter, Person
from .parsing.addresses import is_mailable

HOPS_LIMIT = 30
COPIES_LIMIT = 20
READ_TRIES = 3
SEND_TRIES = 20
LONGEST_PAUSE = timedelta(hours=6)
ACKNOWLEDGEMENTS_AN_HOUR = 10
SAME_WORDS_WITHIN = timedelta(days=1)

_SUBJECT_TAG = re.compile(r"\[T-([1-9][0-9]{0,17})\]")


def base_address(email: str) -> str:
    """The address without what stands after a plus, lower case."""
    local, _, domain = email.lower().strip("<> ").rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def is_ours(email: str, ours: Collection[str]) -> bool:
    """Whether an address is one of the desk's: with anything after a plus, in any case."""
    return base_address(email) in ours


def takes_in(email: str, ours: Collection[str]) -> bool:
    """Whether the listener accepts a recipient: our addresses, and postmaster as RFC 5321 section 4.5.1 demands."""
    local, _, domain = email.lower().strip("<> ").rpartition("@")
    domains = {"", *(one.rpartition("@")[2] for one in ours)}
    return is_ours(email, ours) or (local == "postmaster" and domain in domains)


def tagged_tickets(subject: str) -> list[int]:
    """The ticket numbers a subject names: `[T-1042]`."""
    return [int(number) for number in _SUBJECT_TAG.findall(subject)]


def answered_ids(letter: Letter) -> list[str]:
    """The ids a letter may answer, the likeliest first: In-Reply-To, then References from the newest."""
    return list(dict.fromkeys([*letter.in_reply_to, *reversed(letter.references)]))


def others_addressed(letter: Letter, ours: Collection[str]) -> list[Person]:
    """The people besides the sender and us whom the letter was sent to, at most 20."""
    sender = letter.sender.key if letter.sender else ""
    found: dict[str, Person] = {}
    for person in (*letter.to, *letter.cc):
        if person.key != sender and not is_ours(person.key, ours) and is_mailable(person.email):
            found.setdefault(person.key, person)
    return list(found.values())[:COPIES_LIMIT]


def all_addressed(letter: Letter) -> list[str]:
    """Every address in To and Cc, lower case, at most 100."""
    return list(dict.fromkeys(person.key for person in (*letter.to, *letter.cc) if "@" in person.key))[:100]


def guess_language(text: str, otherwise: str) -> str:
    """`ru` for words mostly in Cyrillic, `en` for mostly Latin, else what was known."""
    cyrillic = sum("а" <= letter <= "я" or letter == "ё" for letter in text[:2000].lower())
    latin = sum("a" <= letter <= "z" for letter in text[:2000].lower())
    if cyrillic + latin < 10:
        return otherwise
    return "ru" if cyrillic * 2 > latin else "en"


def pause_before(tries: int) -> timedelta:
    """How long to wait after the n-th failed try: 1, 2, 4 … minutes, at most six hours."""
    return min(timedelta(minutes=2 ** max(0, min(tries - 1, 12))), LONGEST_PAUSE)


def choose_address(emails: Sequence[str], preferred: Iterable[str]) -> str:
    """The address to write to: one they wrote from lately, else the first; "" when there is none."""
    usable = [email for email in emails if is_mailable(email) and email.isascii()]
    for email in preferred:
        if email in usable:
            return email
    return usable[0] if usable else ""


def is_final(code: int) -> bool:
    """Whether an SMTP answer is for good (RFC 5321 section 4.2.1): 5xx is, 4xx is worth another try."""
    return 500 <= code < 600


def is_bad_address(kind: str, status: str) -> bool:
    """Whether a report says that the address itself is no good (RFC 3463 section 3.2; 5.2.1: the mailbox is disabled).

    A full mailbox, a policy or a letter that is too large say nothing against the address.
    """
    return kind == "failed" and (status.startswith("5.1.") or status == "5.2.1") and status not in ("5.1.7", "5.1.8")


_STATUS = re.compile(r"\b5\.[0-9]{1,3}\.[0-9]{1,3}\b")


def status_of(answer: str) -> str:
    """The enhanced status in a server's words; "" when it gave none."""
    found = _STATUS.search(answer)
    return found[0] if found else ""


def is_silent(heard_at: datetime, minutes: int, *, at: datetime) -> bool:
    """Whether a mailbox has not been heard for longer than it may be."""
    return at - heard_at > timedelta(minutes=minutes)


def remarks(letter: Letter) -> list[str]:
    """What colleagues should know of a letter beside its words: a seal, an invitation."""
    said = []
    if letter.seal or letter.encrypted:
        said.append(letter.seal or "It is encrypted, and the desk has no keys: read it in your own mail program.")
    if (asked := letter.calendar) is not None:
        what = {"CANCEL": "Cancelled", "REPLY": "Answer to an invitation", "COUNTER": "Another time is proposed"}
        moment = f"{asked.start:%d.%m.%Y %H:%M} UTC" if asked.start and not asked.all_day else ""
        moment = f"{asked.start:%d.%m.%Y}" if asked.start and asked.all_day else moment
        until = f" to {asked.end:%d.%m.%Y %H:%M} UTC" if moment and asked.end and not asked.all_day else ""
        place = asked.location if asked.location != asked.address else ""
        parts = [asked.summary, moment + until, place, asked.address]
        said.append(f"{what.get(asked.method, 'Invitation')}: " + ", ".join(part for part in parts if part) + ".")
    return said
