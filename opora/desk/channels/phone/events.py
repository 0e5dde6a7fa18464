"""What this room announces, about `("call", id)`; facts: `caller`, `contact`, `organisation`, `extensions`."""

RINGING = "phone.ringing"
ANSWERED = "phone.answered"
ENDED = "phone.ended"
CALL_BACK_WANTED = "phone.call_back_wanted"  # about `("call_back", id)`
CALLED_BACK = "phone.called_back"
NOTED = "phone.handed_to_engineer"

ALL = (RINGING, ANSWERED, ENDED, CALL_BACK_WANTED, CALLED_BACK, NOTED)
