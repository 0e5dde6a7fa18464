"""The states of a clock and its legal moves.

`missed` -> `kept` is for the answer that was given in time but written down late (a letter received before the due
moment and read after it): the moment of the answer decides, not the moment of the sweep. No other way leads out of
`missed`.
"""

RUNNING = "running"
KEPT = "kept"
MISSED = "missed"
CANCELLED = "cancelled"

ALL = (RUNNING, KEPT, MISSED, CANCELLED)

MOVES: dict[str, frozenset[str]] = {
    RUNNING: frozenset({KEPT, MISSED, CANCELLED}),
    MISSED: frozenset({KEPT}),
    KEPT: frozenset(),
    CANCELLED: frozenset(),
}
