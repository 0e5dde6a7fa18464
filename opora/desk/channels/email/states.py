"""The states of a letter that came, and of a letter on its way to one recipient. What is not in a table is refused.

Pure: no Django, no clock.
"""

STORED = "stored"
DONE = "done"
QUARANTINED = "quarantined"
HELD = "held"
SPAM = "spam"

RAW: dict[str, frozenset[str]] = {
    STORED: frozenset({DONE, QUARANTINED, HELD, SPAM}),
    QUARANTINED: frozenset({STORED, DONE}),  # a colleague said: try again, or made a ticket of it
    HELD: frozenset({STORED, DONE}),  # its hour came, or a colleague said: take it, or only file it
    SPAM: frozenset({STORED}),  # a colleague said that it is none
    DONE: frozenset({SPAM}),  # a colleague said that it is spam
}

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
FAILED = "failed"
UNKNOWN = "unknown"
DROPPED = "dropped"

ROAD: dict[str, frozenset[str]] = {
    QUEUED: frozenset({SENDING, DROPPED}),
    SENDING: frozenset({SENT, FAILED, UNKNOWN, QUEUED}),
    SENT: frozenset({FAILED}),  # a bounce came back later
    FAILED: frozenset({QUEUED, DROPPED}),  # a colleague said: once more, or let it be
    UNKNOWN: frozenset({QUEUED, SENT}),  # a colleague decided; nothing else ever sends it again
    DROPPED: frozenset(),
}

# What became of a letter that came in.
OPENED = "opened"
APPENDED = "appended"
DUPLICATE = "duplicate"
FILED = "filed"
BOUNCE = "bounce"
OWN = "own"
BY_HAND = "by_hand"

VENDOR = "vendor"

OUTCOMES = (OPENED, APPENDED, DUPLICATE, FILED, BOUNCE, OWN, BY_HAND, VENDOR)
