"""Reading what telephone exchanges send: numbers, the words of each exchange, proof of who sends. Pure."""

from opora.desk.channels.phone.parsing.calling import CALLING
from opora.desk.channels.phone.parsing.looking_up import asked_number, card_for
from opora.desk.channels.phone.parsing.numbers import in_e164, is_extension
from opora.desk.channels.phone.parsing.presets import PRESETS, Preset
from opora.desk.channels.phone.parsing.reading import CallWord, Unreadable, is_proved, read_call, read_fields

__all__ = [
    "CALLING",
    "PRESETS",
    "CallWord",
    "Preset",
    "Unreadable",
    "asked_number",
    "card_for",
    "in_e164",
    "is_extension",
    "is_proved",
    "read_call",
    "read_fields",
]
