"""The nouns of mail: addresses and limits, letters that came, letters that go."""

from .boxes import Mailbox
from .coming import FetchedLetter, InboundLetter, Lesson, RawLetter
from .going import CaughtLetter, OutgoingLetter, Recipient
from .limits import Limits

__all__ = [
    "CaughtLetter",
    "FetchedLetter",
    "InboundLetter",
    "Lesson",
    "Limits",
    "Mailbox",
    "OutgoingLetter",
    "RawLetter",
    "Recipient",
]
