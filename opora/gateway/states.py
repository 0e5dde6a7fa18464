"""The states of a session, and the moves between them that there are."""

from enum import StrEnum


class State(StrEnum):
    """Where a session is."""

    REQUESTED = "requested"
    AUTHORISED = "authorised"
    OPENING = "opening"
    WAITING = "waiting"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


MOVES: dict[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.AUTHORISED, State.ENDED}),
    State.AUTHORISED: frozenset({State.OPENING, State.ENDED}),
    State.OPENING: frozenset({State.WAITING, State.ACTIVE, State.ENDED}),
    State.WAITING: frozenset({State.OPENING, State.ENDED}),
    State.ACTIVE: frozenset({State.PAUSED, State.ENDED}),
    State.PAUSED: frozenset({State.ACTIVE, State.ENDED}),
    State.ENDED: frozenset(),
}


class IllegalMove(Exception):
    """A move that the table does not have."""


def moved(state: State, to: State) -> State:
    """Return the new state. Raises IllegalMove if there is no such move."""
    if to not in MOVES[state]:
        raise IllegalMove(f"a session does not go from {state} to {to}")
    return to
