"""Decisions about calls. Pure."""

from opora.desk.channels.phone.rules.calls import (
    MISSED_AFTER,
    ONE_CALL_BACK_IN,
    RINGS_AT_MOST,
    TALKS_AT_MOST,
    CallFacts,
    fold,
    is_missed,
    talked_seconds,
    waited_seconds,
)
from opora.desk.channels.phone.rules.rings import who_is_told
from opora.desk.channels.phone.rules.urgency import HIT, WORKS, Urgency, urgency

__all__ = [
    "HIT",
    "MISSED_AFTER",
    "ONE_CALL_BACK_IN",
    "RINGS_AT_MOST",
    "TALKS_AT_MOST",
    "WORKS",
    "CallFacts",
    "Urgency",
    "fold",
    "is_missed",
    "talked_seconds",
    "urgency",
    "waited_seconds",
    "who_is_told",
]
