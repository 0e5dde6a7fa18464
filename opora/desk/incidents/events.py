"""What this room announces. About a ticket: internal, facts carry `incident` or `letter`. About an incident or a work: for
those who read the public status.
"""

JOINED = "incidents.joined"
LEFT = "incidents.left"
SUGGESTED = "incidents.suggested"  # a new ticket looks like this incident
WORD = "incidents.word"  # an update is to be said on this ticket; `resolve` true when it ends with it
LETTER_OWED = "incidents.letter_owed"
LETTER_PROPOSED = "incidents.letter_proposed"
LETTER_RETURNED = "incidents.letter_returned"
LETTER_SENT = "incidents.letter_sent"

DECLARED = "incidents.declared"  # about ("incident", n)
UPDATED = "incidents.updated"  # about ("incident", n), with `update`; only of public ones
WORK_PLANNED = "incidents.work_planned"  # about ("work", n)
WORK_CANCELLED = "incidents.work_cancelled"  # about ("work", n)
SUBSCRIPTION_ASKED = "incidents.subscription_asked"  # about ("subscriber", n)

ALL = tuple(sorted(value for name, value in dict(globals()).items() if name.isupper() and isinstance(value, str)))
