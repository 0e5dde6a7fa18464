"""Understanding a letter: from any bytes to a `Letter`. Knows no database, no clock and no network.

Whatever the bytes are, `read_letter` answers and every text in the answer can be stored in PostgreSQL
(no NUL, no lone surrogates). What was odd about the letter stands in `Letter.defects`.
"""

from .letter import Attachment, Automatic, Bounce, Letter, Person
from .reading import read_letter
from .reply import cut_reply

__all__ = ["Attachment", "Automatic", "Bounce", "Letter", "Person", "cut_reply", "read_letter"]
