"""The verbs of the room: cases are opened, written to, answered, chased and settled."""

from opora.desk.vendors.actions.asking import ask_vendor, note_number, remember_letter, write_to_vendor
from opora.desk.vendors.actions.chasing import chase_again
from opora.desk.vendors.actions.hearing import vendor_answered
from opora.desk.vendors.actions.settling import follow_ticket, settle_case

__all__ = [
    "ask_vendor",
    "chase_again",
    "follow_ticket",
    "note_number",
    "remember_letter",
    "settle_case",
    "vendor_answered",
    "write_to_vendor",
]
