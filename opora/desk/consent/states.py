"""The states of a request for confirmation and every legal move, with a sentence each. Pure: no Django, no clock."""

ASKED = "asked"
CONFIRMED = "confirmed"
COUNTERED = "countered"
DECLINED = "declined"
EXPIRED = "expired"
REPLACED = "replaced"
WITHDRAWN = "withdrawn"

STATES = (ASKED, CONFIRMED, COUNTERED, DECLINED, EXPIRED, REPLACED, WITHDRAWN)

MOVES: dict[tuple[str, str], str] = {
    (ASKED, CONFIRMED): "one who may confirm said yes to exactly this text",
    (ASKED, COUNTERED): "the customer wants another window; a new request goes back",
    (ASKED, DECLINED): "the customer said no, with a reason",
    (ASKED, EXPIRED): "nobody answered in time",
    (ASKED, REPLACED): "we changed something; this text counts no more",
    (ASKED, WITHDRAWN): "we or the customer took it back before it was answered",
    (CONFIRMED, REPLACED): "we changed something; the yes to the old text counts no more",
    (CONFIRMED, WITHDRAWN): "the customer or we took it back: at once",
    (COUNTERED, REPLACED): "a new request with the customer's window went out",
    (EXPIRED, REPLACED): "it was asked again",
    (DECLINED, REPLACED): "it was asked again, otherwise",
}

TABLE: dict[str, frozenset[str]] = {state: frozenset(new for old, new in MOVES if old == state) for state in STATES}
