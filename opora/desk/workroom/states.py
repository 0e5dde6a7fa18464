"""The states of a session on a customer's system and every legal move. Pure: no Django, no clock."""

OPEN = "open"
PAUSED = "paused"
ENDED = "ended"

STATES = (OPEN, PAUSED, ENDED)
RUNNING = (OPEN, PAUSED)

MOVES: dict[tuple[str, str], str] = {
    (OPEN, PAUSED): "nothing typed reaches the system until somebody goes on",
    (PAUSED, OPEN): "it goes on",
    (OPEN, ENDED): "the window, the engineer, the customer or a fault ended it",
    (PAUSED, ENDED): "it ended while it was paused",
}

TABLE: dict[str, frozenset[str]] = {state: frozenset(new for old, new in MOVES if old == state) for state in STATES}
