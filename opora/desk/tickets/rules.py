"""Decisions about tickets that need no database. Pure: no Django, no clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

LONGEST_SUBJECT = 250
LONGEST_TEXT = 500_000
LONGEST_KNOWN = 6_000
LINES = ("l1", "l2", "l3")
INFRASTRUCTURE, LICENCE, CUSTOMER_CHANGE, VENDOR, OTHER = CAUSES = (
    "infrastructure",
    "licence",
    "customer_change",
    "vendor",
    "other",
)

HOUR = 3600
WITHIN = {"objection": 4 * HOUR, "root_cause": 24 * HOUR}
"""Working seconds within which we keep a promise that the contract does not name."""

_NUMBER = re.compile(r"^\s*(?:t[-\s]?|#)?(\d{1,18})\s*$", re.IGNORECASE)


def needs_cause(kind: str, priority: str) -> bool:
    """A total outage is not resolved until its cause is named (process rule 6)."""
    return kind == "incident" and priority == "high"


def clean_subject(subject: str) -> str:
    """One line of at most 250 characters, never empty."""
    one_line = " ".join(subject.replace("\x00", "").split())
    return one_line[:LONGEST_SUBJECT] or "…"


def clean_text(text: str) -> str:
    """What the database can keep: no NUL, at most 500,000 characters (the letter itself is kept whole elsewhere)."""
    return text.replace("\x00", "").replace("\r\n", "\n").strip()[:LONGEST_TEXT]


def clean_tag(tag: str) -> str:
    """A tag in lower case with dashes for spaces, at most 40 characters; empty when nothing is left."""
    return re.sub(r"[^\w.+-]+", "-", tag.strip().lower()).strip("-")[:40]


def number_in(words: str) -> int | None:
    """The ticket number when the words are nothing but one: `1042`, `T-1042`, `#1042`."""
    match = _NUMBER.match(words)
    number = int(match[1]) if match else 0
    return number if 0 < number < 2**63 else None


@dataclass(frozen=True, slots=True)
class Known:
    """What a line leaves behind when it hands a ticket on or closes it (process rule 7)."""

    asked: str = ""
    tried: str = ""
    suspected: str = ""

    def cleaned(self) -> "Known":
        """The same, as the database keeps it."""
        return Known(*(clean_text(getattr(self, part.name))[:LONGEST_KNOWN] for part in fields(self)))

    def missing(self) -> tuple[str, ...]:
        """The parts nobody wrote."""
        return tuple(part.name for part in fields(self) if not getattr(self, part.name).strip())


def direction(old: str, new: str) -> str:
    """Which way a ticket goes between two kinds of teams: `up` or `back` along the lines, one step at a time; `across`
    between departments or teams of one line; empty for a step that skips a line, which is not allowed."""
    if old not in LINES or new not in LINES or old == new:
        return "across"
    return {1: "up", -1: "back"}.get(LINES.index(new) - LINES.index(old), "")


def turns(ways: Sequence[str]) -> int:
    """How often a ticket turned round between the lines: up, back and up again are two turns. That is ping-pong."""
    along = [way for way in ways if way in ("up", "back")]
    return sum(one != another for one, another in pairwise(along))


_FILE_MEANT = re.compile(
    r"\b(?:attach(?:ed|ing|ment|ments)|enclosed?|enclosing|see the (?:file|screenshot)|"
    r"(?:во |в )?вложени[ияейю]\w*|вложил\w*|прикладыва\w*|прикрепля\w*|прикрепил\w*|прилага\w*|приложил\w*|"
    r"(?:файл|скриншот)\w* (?:ниже|приложен\w*|прикреплен\w*|прикреплён\w*))\b",
    re.I,
)


def mentions_file(text: str) -> bool:
    """Whether the words of a reply speak of an enclosed file. What is quoted does not count."""
    own = "\n".join(line for line in text[:20_000].split("\n") if not line.lstrip().startswith(">"))
    return bool(_FILE_MEANT.search(own))
