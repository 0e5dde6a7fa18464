"""What this room announces, about the ticket the work belongs to."""

AGREED = "workroom.agreed"  # the confirmed text became an agreement; `agreement`, `hosts`
BOOKED = "workroom.booked"  # hours were booked on a system; `minutes`
CHOSEN = "workroom.chosen"  # the customer repairs it itself, or orders it; `way`
CONTINUED = "workroom.continued"
ENDED = "workroom.ended"  # with `session` and `reason`
ESTIMATED = "workroom.estimated"  # a repair was offered; `order`, `request`
LINE_MADE = "workroom.line_made"  # the key line of a window can be pasted; `agreement`, `host`
INVITED = "workroom.invited"  # a colleague of the customer's was sent a link; `link`
OPENED = "workroom.opened"  # with `session`
PAUSED = "workroom.paused"
QUESTION = "workroom.question"  # the customer asks the engineer
STOPPED = "workroom.stopped"  # somebody ordered the end; `session`
SUMMARISED = "workroom.summarised"
TUNNEL_CLOSED = "workroom.tunnel_closed"  # with `agreement`, `host`, `reason`
TUNNEL_OPENED = "workroom.tunnel_opened"  # with `agreement`, `host`
WORD_MADE = "workroom.word_made"  # the customer may open a tunnel; `agreement`, `host`
WORD_REVOKED = "workroom.word_revoked"

ALL = tuple(sorted(value for name, value in dict(globals()).items() if name.isupper() and isinstance(value, str)))

SHOWN_TO_CUSTOMERS = frozenset(
    {
        *(AGREED, CONTINUED, ENDED, ESTIMATED, LINE_MADE, OPENED, PAUSED, SUMMARISED),
        *(TUNNEL_CLOSED, TUNNEL_OPENED, WORD_MADE, WORD_REVOKED),
    }
)

HOST_ENTERED = "workroom.host_entered"  # about ("system", n)
HOST_RETIRED = "workroom.host_retired"  # about ("system", n)
KEY_GIVEN = "workroom.key_given"  # about ("staff", n), a public SSH key
KEY_REVOKED = "workroom.key_revoked"  # about ("staff", n)
SEAL_GIVEN = "workroom.seal_given"  # about ("organisation", n), the key to what is typed
