"""The verbs of the telephone."""

from opora.desk.channels.phone.actions.calling_back import call_back_done, drop_call_back
from opora.desk.channels.phone.actions.connecting import (
    connect,
    give_new_address,
    promise,
    seat,
    set_up,
    switch,
    unseat,
)
from opora.desk.channels.phone.actions.handing import hand_to_engineer
from opora.desk.channels.phone.actions.hearing import end_silent, hear, settle
from opora.desk.channels.phone.actions.proving import PIN_TRIES, make_pin, note_caller, prove_by_call_back, prove_caller
from opora.desk.channels.phone.actions.recordings import forget_recording, listen
from opora.desk.channels.phone.actions.scripts import write_script
from opora.desk.channels.phone.actions.taking_down import FIELDS, Taken, keep_words, take_down

__all__ = [
    "FIELDS",
    "PIN_TRIES",
    "Taken",
    "call_back_done",
    "connect",
    "drop_call_back",
    "end_silent",
    "forget_recording",
    "give_new_address",
    "hand_to_engineer",
    "hear",
    "keep_words",
    "listen",
    "make_pin",
    "note_caller",
    "promise",
    "prove_by_call_back",
    "prove_caller",
    "seat",
    "set_up",
    "settle",
    "switch",
    "take_down",
    "unseat",
    "write_script",
]
