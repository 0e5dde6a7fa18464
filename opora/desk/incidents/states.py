"""States of mass incidents, root-cause letters and planned works, with their legal moves.

Pure: no Django, no clock.
"""

OPEN = "open"
OVER = "over"
INCIDENTS: dict[str, frozenset[str]] = {OPEN: frozenset({OVER}), OVER: frozenset()}

INVESTIGATING, IDENTIFIED, WATCHING, ENDED = STAGES = ("investigating", "identified", "watching", "ended")

OWED = "owed"
PROPOSED = "proposed"
SENT = "sent"
LETTERS: dict[str, frozenset[str]] = {
    OWED: frozenset({PROPOSED}),  # the author believes it is ready
    PROPOSED: frozenset({OWED, SENT}),  # another person sends it back with words, or approves it
    SENT: frozenset(),
}

PLANNED = "planned"
CANCELLED = "cancelled"
WORKS: dict[str, frozenset[str]] = {PLANNED: frozenset({CANCELLED}), CANCELLED: frozenset()}
