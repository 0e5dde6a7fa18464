"""The states of an escalation and every legal move. Pure: no Django, no clock."""

RUNNING = "running"
ACKNOWLEDGED = "acknowledged"
EXHAUSTED = "exhausted"
ENDED = "ended"

STATES = (RUNNING, ACKNOWLEDGED, EXHAUSTED, ENDED)
ESCALATION_MOVES: dict[tuple[str, str], str] = {
    (RUNNING, ACKNOWLEDGED): "somebody said: I have it",
    (RUNNING, EXHAUSTED): "everybody was told as often as was agreed, and nobody answered",
    (RUNNING, ENDED): "the ticket ended, or its promise was kept",
    (EXHAUSTED, ACKNOWLEDGED): "somebody answered after all",
    (EXHAUSTED, ENDED): "the ticket ended, or its promise was kept",
}
ESCALATIONS: dict[str, frozenset[str]] = {
    state: frozenset(new for old, new in ESCALATION_MOVES if old == state) for state in STATES
}
