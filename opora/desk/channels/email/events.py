"""What this room announces."""

# The way of a ticket's letter to one or more of its recipients ended, or went on because a colleague decided so.
SETTLED = "email.settled"
