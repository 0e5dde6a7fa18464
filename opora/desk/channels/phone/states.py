"""How a call, a call-back and an errand stand. A call only goes forward, whatever order its events come in. Pure."""

RINGING = "ringing"
ANSWERED = "answered"
ENDED = "ended"

CALL_STATES = (RINGING, ANSWERED, ENDED)

OPEN = "open"
DONE = "done"
DROPPED = "dropped"

CALL_BACK_STATES = (OPEN, DONE, DROPPED)
CALL_BACK_TABLE: dict[str, frozenset[str]] = {
    OPEN: frozenset({DONE, DROPPED}),
    DONE: frozenset(),
    DROPPED: frozenset(),
}

WAITING = "waiting"
TOLD = "told"
FAILED = "failed"

ERRAND_STATES = (WAITING, TOLD, DONE, FAILED)
ERRAND_TABLE: dict[str, frozenset[str]] = {
    WAITING: frozenset({TOLD, FAILED}),
    TOLD: frozenset({DONE, FAILED}),
    DONE: frozenset(),
    FAILED: frozenset(),
}
