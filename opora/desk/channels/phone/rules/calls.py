"""Decisions about calls. Pure: how events that come late, twice and in any order become one call."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from opora.desk.channels.phone import states
from opora.desk.channels.phone.parsing import CallWord

MISSED_AFTER = timedelta(seconds=10)
ONE_CALL_BACK_IN = timedelta(hours=1)
RINGS_AT_MOST = timedelta(minutes=10)
TALKS_AT_MOST = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call."""

    state: str = states.RINGING
    outgoing: bool = False
    caller: str = ""
    caller_written: str = ""
    called: str = ""
    called_written: str = ""
    rung: tuple[str, ...] = ()
    answered_by: str = ""
    queue: str = ""
    cause: str = ""
    recording: str = ""
    began_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


def fold(known: CallFacts, word: CallWord, at: datetime) -> CallFacts:
    """Return what is known after one more word. The state only goes forward; facts are filled in, never lost.

    Folding the same word twice changes nothing more; the order of words changes no outcome.
    """
    filled = replace(
        known,
        outgoing=known.outgoing or word.outgoing,
        caller=known.caller or word.caller,
        caller_written=known.caller_written or word.caller_written,
        called=known.called or word.called,
        called_written=known.called_written or word.called_written,
        queue=known.queue or word.queue,
        cause=known.cause or word.cause,
        recording=known.recording or word.recording,
        began_at=_earlier(known.began_at, at),
    )
    if word.phase == "ringing":
        return replace(filled, rung=_joined(known.rung, word.people))
    if word.phase == "answered" or word.answered:
        who = min([one for one in (known.answered_by, *word.people[:1]) if one], default="")
        filled = replace(
            filled,
            answered_at=_earlier(known.answered_at, at),
            answered_by=who,
            state=_further(known.state, states.ANSWERED),
        )
    if word.phase == "ended":
        return replace(filled, ended_at=_earlier(known.ended_at, at), state=states.ENDED)
    return filled


def is_missed(call: CallFacts) -> bool:
    """Return whether nobody took it: an incoming call that ended without ever being answered, whatever cause is named."""
    return call.state == states.ENDED and call.answered_at is None and not call.outgoing


def waited_seconds(call: CallFacts) -> int:
    """Return how long the caller waited: until the answer, or until the end."""
    until = call.answered_at or call.ended_at
    return int((until - call.began_at).total_seconds()) if until and call.began_at else 0


def talked_seconds(call: CallFacts) -> int:
    """Return how long was talked."""
    if call.answered_at is None or call.ended_at is None:
        return 0
    return max(0, int((call.ended_at - call.answered_at).total_seconds()))


def _further(one: str, other: str) -> str:
    return max(one, other, key=states.CALL_STATES.index)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _joined(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))[:50]
