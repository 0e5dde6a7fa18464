"""What a queue is and how a filter is written. Pure: no Django, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from opora.desk.tickets import states

QUEUES = ("mine", "line", "unassigned", "due", "waiting", "all", "ended")
DUE_SOON_HOURS = 4

_CHOICES = {
    "kind": frozenset({"incident", "request", "question"}),
    "priority": frozenset({"low", "medium", "high"}),
    "state": frozenset(states.STATES),
    "plan": frozenset({"standard", "premium"}),
    "channel": frozenset({"portal", "email", "phone", "staff", "api"}),
}
_NUMBERS = ("line", "assignee", "organisation", "service")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a queue; unknown or broken words are dropped, never an error."""

    choices: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    tag: str = ""
    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.choices or self.numbers or self.tag or self.words)

    def as_words(self) -> dict[str, str]:
        """The filters as query parameters; reading them again gives the same filters."""
        words = dict(self.choices) | {name: str(value) for name, value in self.numbers.items()}
        if self.tag:
            words["tag"] = self.tag
        if self.words:
            words["q"] = self.words
        return words

    def without(self, name: str) -> "Filters":
        """The same with one narrowing less."""
        return replace(
            self,
            choices={key: value for key, value in self.choices.items() if key != name},
            numbers={key: value for key, value in self.numbers.items() if key != name},
            tag="" if name == "tag" else self.tag,
            words="" if name == "q" else self.words,
        )


def read_filters(asked: Mapping[str, str]) -> Filters:
    """The filters in a page's query parameters."""
    choices = {name: asked[name] for name, known in _CHOICES.items() if asked.get(name) in known}
    numbers = {
        name: int(asked[name]) for name in _NUMBERS if asked.get(name, "").isdecimal() and len(asked[name]) <= 18
    }
    return Filters(choices, numbers, asked.get("tag", "").strip()[:40], asked.get("q", "").strip()[:200])
