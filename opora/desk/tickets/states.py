"""The states of a ticket and every legal move, with a sentence each. What is not in the table is refused.

Pure: no Django, no clock.
"""

NEW = "new"
WAITING_CONFIRMATION = "waiting_confirmation"
OPEN = "open"
WAITING_CUSTOMER = "waiting_customer"
WAITING_VENDOR = "waiting_vendor"
RESOLVED = "resolved"
CLOSED = "closed"
MERGED = "merged"

STATES = (NEW, WAITING_CONFIRMATION, OPEN, WAITING_CUSTOMER, WAITING_VENDOR, RESOLVED, CLOSED, MERGED)

MOVES: dict[tuple[str, str], str] = {
    (NEW, OPEN): "somebody of ours answered or began to work",
    (NEW, WAITING_CUSTOMER): "we answered with a question",
    (NEW, WAITING_VENDOR): "the matter went straight to a vendor",
    (NEW, RESOLVED): "the first answer solved it",
    (NEW, MERGED): "it is about the same thing as another ticket",
    (WAITING_CONFIRMATION, NEW): "the customer confirmed in writing what was taken down by phone",
    (WAITING_CONFIRMATION, OPEN): "the customer confirmed in writing, and we had written before",
    (WAITING_CONFIRMATION, RESOLVED): "it was on our own side, or the customer no longer wants it",
    (WAITING_CONFIRMATION, MERGED): "it is about the same thing as another ticket",
    (OPEN, WAITING_CUSTOMER): "we asked the customer something",
    (OPEN, WAITING_VENDOR): "we wait for a vendor's answer",
    (OPEN, RESOLVED): "we believe it is solved",
    (OPEN, MERGED): "it is about the same thing as another ticket",
    (WAITING_CUSTOMER, OPEN): "the customer wrote, or we went on without",
    (WAITING_CUSTOMER, WAITING_VENDOR): "now a vendor must answer",
    (WAITING_CUSTOMER, RESOLVED): "it is solved without the answer",
    (WAITING_CUSTOMER, MERGED): "it is about the same thing as another ticket",
    (WAITING_VENDOR, OPEN): "the vendor answered, or we went on without",
    (WAITING_VENDOR, WAITING_CUSTOMER): "now the customer must answer",
    (WAITING_VENDOR, RESOLVED): "the vendor solved it",
    (WAITING_VENDOR, MERGED): "it is about the same thing as another ticket",
    (RESOLVED, OPEN): "the customer wrote again, or it came back",
    (RESOLVED, WAITING_CONFIRMATION): "it came back, and nobody had confirmed it in writing",
    (RESOLVED, CLOSED): "nobody objected in time, or the customer said thanks",
    (RESOLVED, MERGED): "it is about the same thing as another ticket",
}

TABLE: dict[str, frozenset[str]] = {state: frozenset(new for old, new in MOVES if old == state) for state in STATES}

LIVE = frozenset({NEW, WAITING_CONFIRMATION, OPEN, WAITING_CUSTOMER, WAITING_VENDOR})
WAITING = frozenset({WAITING_CONFIRMATION, WAITING_CUSTOMER, WAITING_VENDOR})
WITH_US = frozenset({NEW, OPEN})
ENDED = frozenset({CLOSED, MERGED})

RAISED = "raised"
UPHELD = "upheld"
RETURNED = "returned"
WITHDRAWN = "withdrawn"
OBJECTION_STATES = (RAISED, UPHELD, RETURNED, WITHDRAWN)

# An objection to a changed priority: the change is upheld, the customer's priority is returned, or nobody waits any more.
OBJECTIONS: dict[str, frozenset[str]] = {
    RAISED: frozenset({UPHELD, RETURNED, WITHDRAWN}),
    UPHELD: frozenset(),
    RETURNED: frozenset(),
    WITHDRAWN: frozenset(),
}
