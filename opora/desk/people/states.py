"""The states of a swap and every legal move. Pure: no Django, no clock."""

ASKED = "asked"
ACCEPTED = "accepted"
DECLINED = "declined"
WITHDRAWN = "withdrawn"

SWAP_MOVES: dict[tuple[str, str], str] = {
    (ASKED, ACCEPTED): "the colleague takes the duty",
    (ASKED, DECLINED): "the colleague cannot",
    (ASKED, WITHDRAWN): "the one who asked needs it no more",
}
SWAPS: dict[str, frozenset[str]] = {
    state: frozenset(new for old, new in SWAP_MOVES if old == state) for state in (ASKED, ACCEPTED, DECLINED, WITHDRAWN)
}
