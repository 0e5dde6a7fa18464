"""The states of a clock and its legal moves.

`missed` -> `kept` is for the answer that was given in time but written down late (a letter received before the due
moment and read after it): the moment of the answer decides, not the moment of the sweep. No other way leads out of
`missed`. `kept` -> `running` is for what came back (a resolved request reopened): the promise is taken up where it stood.
"""

RUNNING = "running"
PAUSED = "paused"
KEPT = "kept"
MISSED = "missed"
CANCELLED = "cancelled"

ALL = (RUNNING, PAUSED, KEPT, MISSED, CANCELLED)

GOING = frozenset({RUNNING, PAUSED})
"""Not judged yet."""

MOVES: dict[str, frozenset[str]] = {
    RUNNING: frozenset({PAUSED, KEPT, MISSED, CANCELLED}),
    PAUSED: frozenset({RUNNING, KEPT, MISSED, CANCELLED}),
    MISSED: frozenset({KEPT}),
    KEPT: frozenset({RUNNING}),
    CANCELLED: frozenset(),
}
