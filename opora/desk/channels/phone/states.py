"""How a call and a call-back stand. A call only goes forward, whatever order its events come in. Pure."""

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
