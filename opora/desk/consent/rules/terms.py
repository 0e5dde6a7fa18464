"""What exactly is to be done, where, by whom, when and with which rights. Pure."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ACTIONS = ("look", "restart", "change", "install", "transfer_files", "restore", "delete")
HIGH_RISK = frozenset({"restart", "restore", "delete"})
LEVELS = ("look", "user", "superuser")
WATCHING = ("none", "notify", "must", "must_end")
LONGEST_WINDOW = timedelta(days=31)
LONGEST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Named:
    """A system or a person as it is called in the text, with its number in the desk."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Terms:
    """One thing to be confirmed. `starts` and `ends` are UTC; `zone` is the one they are told in."""

    ticket: str
    customer: str
    systems: tuple[Named, ...]
    actions: tuple[str, ...]
    what: str
    level: str
    starts: datetime
    ends: datetime
    zone: str
    engineers: tuple[Named, ...]
    watching: str
    price: str = ""

    @property
    def high_risk(self) -> bool:
        """Whether a plain answer by mail is not enough: full rights, or what cannot be undone or stops the service."""
        return self.level == "superuser" or not HIGH_RISK.isdisjoint(self.actions)

    def within(self, starts: datetime, ends: datetime) -> "Terms":
        """Return the same with another window."""
        return replace(self, starts=starts, ends=ends)

    def to_json(self) -> dict[str, Any]:
        """Return what is kept; `from_json` gives the same terms back."""
        return asdict(self) | {"starts": _iso(self.starts), "ends": _iso(self.ends)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Terms":
        """Return the terms as they were kept."""
        return cls(
            **kept
            | {
                "systems": tuple(Named(**one) for one in kept["systems"]),
                "engineers": tuple(Named(**one) for one in kept["engineers"]),
                "actions": tuple(kept["actions"]),
                "starts": datetime.fromisoformat(kept["starts"]),
                "ends": datetime.fromisoformat(kept["ends"]),
            }
        )

    def faults(self) -> list[str]:
        """Return the code of everything that is wrong with them; empty when they can be asked."""
        return [
            code
            for code, wrong in (
                ("no_system", not self.systems),
                ("no_action", not self.actions or not set(self.actions) <= set(ACTIONS)),
                ("no_words", not self.what.strip() or len(self.what) > LONGEST_WORDS),
                ("no_level", self.level not in LEVELS),
                ("more_than_looking", self.level == "look" and self.actions != ("look",)),
                ("no_engineer", not self.engineers),
                ("no_watching", self.watching not in WATCHING),
                ("no_window", not timedelta() < self.ends - self.starts <= LONGEST_WINDOW),
                ("no_zone", not _is_zone(self.zone)),
                ("hidden_signs", not self._is_plain()),
            )
            if wrong
        ]

    def _is_plain(self) -> bool:
        """Whether what is read is what stands there: nothing turns the writing round, and only `what` has lines.

        Else a name or a price could bring a line of its own into the text that is confirmed.
        """
        lines = (self.ticket, self.customer, self.price, *(one.name for one in (*self.systems, *self.engineers)))
        return not _HIDDEN.search(self.what) and not any(_HIDDEN.search(line) or _BREAK.search(line) for line in lines)


_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control codes, and the signs by which Unicode turns the direction of writing (UAX 9, 2)."""
_BREAK = re.compile("[\t\n\r\x85\u2028\u2029]")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
