"""What this room announces, about `("call", id)`; facts: `caller`, `contact`, `organisation`, `extensions`."""

RINGING = "phone.ringing"
ANSWERED = "phone.answered"
ENDED = "phone.ended"
CALL_BACK_WANTED = "phone.call_back_wanted"  # about `("call_back", id)`
CALLED_BACK = "phone.called_back"
NOTED = "phone.handed_to_engineer"
ERRAND_ASKED = "phone.errand_asked"  # about `("errand", id)`; facts: `kind`, `extension`, `number`, `staff`
ERRAND_DONE = "phone.errand_done"
ERRAND_FAILED = "phone.errand_failed"  # facts also: `trouble`
REACHED = "phone.exchange_set"  # about `("exchange", id)`: how we reach it was changed
PROVED = "phone.caller_proved"
TAKEN_DOWN = "phone.taken_down"
LISTENED = "phone.recording_listened"

ALL = (
    RINGING,
    ANSWERED,
    ENDED,
    CALL_BACK_WANTED,
    CALLED_BACK,
    NOTED,
    ERRAND_ASKED,
    ERRAND_DONE,
    ERRAND_FAILED,
    REACHED,
    PROVED,
    TAKEN_DOWN,
    LISTENED,
)
