"""The states of a case at a vendor and its legal moves.

Pure: no Django, no clock.
"""

ASKED = "asked"
ANSWERED = "answered"
CLOSED = "closed"

ALL = (ASKED, ANSWERED, CLOSED)

MOVES: dict[str, frozenset[str]] = {
    ASKED: frozenset({ANSWERED, CLOSED}),  # they answered, or it is settled without them
    ANSWERED: frozenset({ASKED, CLOSED}),  # we wrote back, or it is settled
    CLOSED: frozenset({ANSWERED}),  # they wrote once more: somebody must read it
}
