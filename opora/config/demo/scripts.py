"""Reading the scripts of conversations: what happens, who says what, and how long it takes. Pure.

A script is text, so that a colleague can write one without reading code:

    === disk-full
    service: vps
    kind: incident
    priority: medium
    subject: No space left on {host} / {host}: disk full

    > customer via=email
    Hello, {host} has run out of disk space.
    > l1 solves +30m
    Freed, please look again.

Words in braces are facts of the ticket (`{host}`) or a choice (`{one|another}`); `filling.py` puts them in. A line that
begins with `~` is the reason or the cause that goes with the step.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

CUSTOMERS = frozenset({"customer", "colleague", "stranger"})
STAFF = frozenset({"operator", "l1", "l2", "l3", "billing", "sales", "product", "head"})
PUBLIC = frozenset({"says", "asks", "solves"})
VERBS = PUBLIC | {
    "away", "closes", "copies", "duplicates", "hands", "merges", "notes", "opens", "priority", "resolves", "resumes",
    "splits", "tags", "vendor", "waits",
}  # fmt: skip
_UNITS = {"m": 60, "h": 3600, "d": 86400}
_AFTER = {"solves": "resolved", "resolves": "resolved", "closes": "closed", "asks": "waiting_customer"}
_AFTER |= {"waits": "waiting_customer", "vendor": "waiting_vendor", "resumes": "open", "opens": "new"}


class BrokenScript(ValueError):
    """A script that cannot be played; the text names the file, the script and what is wrong."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing one person does, some time after the thing before."""

    who: str
    verb: str
    after: timedelta
    options: dict[str, str]
    text: str
    reason: str

    @property
    def is_answer(self) -> bool:
        """Whether it is a public answer of ours, which keeps the first-reply promise."""
        return self.who in STAFF and self.verb in PUBLIC


@dataclass(frozen=True, slots=True)
class Script:
    """A whole matter from the first word to the last."""

    name: str
    language: str
    head: dict[str, str]
    steps: tuple[Step, ...] = field(default=())

    @property
    def subjects(self) -> list[str]:
        """The subjects it may have."""
        return [subject.strip() for subject in self.head["subject"].split(" / ")]

    @property
    def extra_tickets(self) -> int:
        """How many more tickets than its own it makes: duplicates and splits."""
        return sum(step.verb in {"duplicates", "splits"} for step in self.steps)

    @property
    def first_answer(self) -> int:
        """The place of our first public answer among the steps."""
        return next(place for place, step in enumerate(self.steps) if step.is_answer)

    def states(self) -> list[str]:
        """The state of the ticket after each step."""
        found: list[str] = []
        for step in self.steps:
            before = found[-1] if found else "new"
            found.append(_state_after(step, before))
        return found


def _state_after(step: Step, before: str) -> str:
    if step.verb in _AFTER:
        return _AFTER[step.verb]
    if step.verb == "says" and step.who in CUSTOMERS:
        return "open" if before in {"waiting_customer", "resolved"} else before
    if step.verb == "says":
        return "open" if before in {"new", "resolved"} else before
    return before


def read_folder(folder: Path) -> list[Script]:
    """Every script of the folder, in the order of file names; the language is the file name's beginning (`ru_…`)."""
    return [
        script
        for path in sorted(folder.glob("*.txt"))
        for script in read_scripts(path.read_text(encoding="utf-8"), language=path.name[:2])
    ]


def read_scripts(text: str, *, language: str) -> list[Script]:
    """The scripts in the text. Raises BrokenScript."""
    parts = [part for part in ("\n" + text).split("\n=== ") if part.strip() and not part.lstrip().startswith("#")]
    return [_read_one(part, language) for part in parts]


def _read_one(part: str, language: str) -> Script:
    name, _, rest = part.partition("\n")
    top, *played = ("\n" + rest).split("\n> ")
    head = dict(_pair(line, name) for line in top.splitlines() if line.strip())
    steps = tuple(_step(piece, name) for piece in played)
    script = Script(name.strip(), language, head, steps)
    _check(script)
    return script


def _pair(line: str, name: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    if not colon:
        raise BrokenScript(f"{name}: “{line}” should be “name: value”")
    return key.strip(), value.strip()


def _step(piece: str, name: str) -> Step:
    first, _, rest = piece.partition("\n")
    who, *words = first.split()
    verb, after, options = "says", timedelta(0), {}
    for word in words:
        if word.startswith("+"):
            after = timedelta(seconds=int(word[1:-1]) * _UNITS[word[-1]])
        elif "=" in word:
            key, _, value = word.partition("=")
            options[key] = value
        else:
            verb = word
    if who not in CUSTOMERS | STAFF or verb not in VERBS:
        raise BrokenScript(f"{name}: nobody knows “{first}”")
    lines = rest.splitlines()
    reason = " ".join(line[1:].strip() for line in lines if line.startswith("~"))
    text = "\n".join(line for line in lines if not line.startswith("~")).strip()
    return Step(who, verb, after, options, text, reason)


def _check(script: Script) -> None:
    missing = {"service", "kind", "priority", "subject"} - script.head.keys()
    if missing:
        raise BrokenScript(f"{script.name}: {', '.join(sorted(missing))} is missing")
    if not any(step.is_answer for step in script.steps):
        raise BrokenScript(f"{script.name}: nobody answers the customer")
    if script.states()[-1] not in {"resolved", "closed"}:
        raise BrokenScript(f"{script.name}: it never ends")
    speaks = {"says", "asks", "solves", "notes", "hands", "duplicates", "away"}
    for step in script.steps:
        if step.verb in speaks and not step.text:
            raise BrokenScript(f"{script.name}: {step.who} {step.verb} nothing")
