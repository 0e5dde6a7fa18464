"""Decisions about cases at vendors that need no database. Pure: no Django, no clock."""

from dataclasses import dataclass

LONGEST_TEXT = 100_000
LONGEST_NUMBER = 80


@dataclass(frozen=True, slots=True)
class Chasing:
    """How often a vendor is asked again: after so much of its working time, at most so many times."""

    every: int
    most: int

    def goes_on(self, asked_again: int) -> bool:
        """Whether there is another time to come after we have asked again so often."""
        return asked_again < self.most


def clean_number(number: str) -> str:
    """The vendor's own number in one line."""
    return " ".join(number.replace("\x00", "").split())[:LONGEST_NUMBER]


def clean_text(text: str) -> str:
    """What the database can keep."""
    return text.replace("\x00", "").replace("\r\n", "\n").strip()[:LONGEST_TEXT]
