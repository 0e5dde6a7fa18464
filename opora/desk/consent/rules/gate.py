"""Whether somebody may touch a customer's system now. Pure; the only place where this is decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from opora.desk.consent import states
from opora.desk.consent.rules.statement import digest_of
from opora.desk.consent.rules.terms import ACTIONS, LEVELS, Terms

BOOK_TIME = "book_time"
SESSIONS = {f"session.{level}": rank for rank, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class Standing:
    """A request as it stands, with the answer it rests on: the digests the two were kept with."""

    request: int
    terms: Terms
    text: str
    digest: str
    state: str
    answer: int | None
    answer_digest: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes with the request and answer that prove it, or no with a code."""

    granted: bool
    code: str
    request: int | None = None
    answer: int | None = None


# The nearer to a yes, the more useful the reason: the last of these that applies is told.
_ORDER = (
    "no_confirmation",
    "not_this_system",
    "withdrawn",
    "altered",
    "not_this_person",
    "not_this_action",
    "too_early",
    "too_late",
)


def decide(standings: Sequence[Standing], *, staff: int | None, action: str, system: int, at: datetime) -> Decision:
    """Return whether this colleague may do this to this system at this moment, and on which confirmation it rests."""
    if staff is None:
        return Decision(False, "nobody")
    best = Decision(False, "no_confirmation")
    for one in standings:
        code = _judge(one, staff, action, system, at)
        if not code:
            return Decision(True, "", one.request, one.answer)
        if _ORDER.index(code) > _ORDER.index(best.code):
            best = Decision(False, code, one.request)
    return best


def _judge(one: Standing, staff: int, action: str, system: int, at: datetime) -> str:
    """Return "" for yes, else why not."""
    terms = one.terms
    checks = (
        ("not_this_system", system not in {part.id for part in terms.systems}),
        ("withdrawn", one.state == states.WITHDRAWN),
        ("no_confirmation", one.state != states.CONFIRMED or one.answer is None),
        ("altered", one.answer_digest != one.digest or digest_of(one.text) != one.digest),
        ("not_this_person", staff not in {person.id for person in terms.engineers}),
        ("not_this_action", not _covers(terms, action)),
        ("too_early", at < terms.starts),
        ("too_late", at >= terms.ends),
    )
    return next((code for code, holds in checks if holds), "")


def _covers(terms: Terms, action: str) -> bool:
    if action == BOOK_TIME:
        return True
    if action in SESSIONS:
        return SESSIONS[action] <= LEVELS.index(terms.level)
    return action in ACTIONS and action in terms.actions
