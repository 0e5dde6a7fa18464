"""What this room announces. One name, one fact; alphabetical."""

ASSIGNED = "tickets.assigned"
CAUSE_NAMED = "tickets.cause_named"
CLOSED = "tickets.closed"
CONFIRMED = "tickets.confirmed"
CUSTOMER_WROTE = "tickets.customer_wrote"
HANDED_OVER = "tickets.handed_over"
LETTER_SENT = "tickets.letter_sent"
LINKED = "tickets.linked"
MERGED = "tickets.merged"
MOVED = "tickets.moved"
NOTED = "tickets.noted"
OBJECTED = "tickets.objected"
OBJECTION_DECIDED = "tickets.objection_decided"
OPENED = "tickets.opened"
OUTAGE_REPORTED = "tickets.outage_reported"
PLACED = "tickets.placed"
PARTICIPANT_ADDED = "tickets.participant_added"
PARTICIPANT_REMOVED = "tickets.participant_removed"
PRIORITY_CHANGED = "tickets.priority_changed"
REOPENED = "tickets.reopened"
REPINNED = "tickets.repinned"
REPINNING_ASKED = "tickets.repinning_asked"
REPINNING_DONE = "tickets.repinning_done"
REPLIED = "tickets.replied"
REPLY_PLANNED = "tickets.reply_planned"
REPLY_TAKEN_BACK = "tickets.reply_taken_back"
RESOLVED = "tickets.resolved"
SPLIT = "tickets.split"
TAGGED = "tickets.tagged"

ALL = tuple(sorted(value for name, value in dict(globals()).items() if name.isupper() and isinstance(value, str)))

# What a customer may see between the messages. Everything else is ours alone.
SHOWN_TO_CUSTOMERS = frozenset(
    {
        CLOSED,
        MERGED,
        OBJECTED,
        OBJECTION_DECIDED,
        OPENED,
        PARTICIPANT_ADDED,
        PARTICIPANT_REMOVED,
        PRIORITY_CHANGED,
        REOPENED,
        RESOLVED,
        SPLIT,
    }
)

# Events whose reason was written for the customer.
ARGUED = frozenset({OBJECTION_DECIDED, PRIORITY_CHANGED})
