"""What is wrong with something a person wrote: one clear line per fault, all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def gettext_noop(text: str) -> str:
    """Return the text unchanged; the name lets the message extractor find it, the translation happens in `words`."""
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: where it stands (`week.mon`), and an English sentence with %-places filled from `facts`."""

    where: str
    text: str
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        said = self.text % self.facts
        return f"{self.where}: {said}" if self.where else said


class Faulty(ValueError):
    """Raised with every fault found, so that nobody mends them one run at a time."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
