"""What of a ticket is being escalated, read from its history, so that the page asks nothing more for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from opora.desk.dispatch import events
from opora.desk.tickets.reading import Happened


@dataclass(frozen=True, slots=True)
class Escalating:
    """A case nobody has answered yet: under which policy, and who was told so far."""

    policy: str
    told: tuple[str, ...]
    exhausted: bool


def of(history: Iterable[Happened]) -> list[Escalating]:
    """The open cases, in the order they began."""
    cases: dict[object, Escalating] = {}
    for event in history:
        number, policy = event.facts.get("escalation"), str(event.facts.get("policy", ""))
        if event.name == events.ESCALATION_BEGAN:
            cases[number] = Escalating(policy, (), exhausted=False)
        elif event.name in (events.ESCALATION_ACKNOWLEDGED, events.ESCALATION_ENDED):
            cases.pop(number, None)
        elif number in cases and event.name == events.ESCALATED:
            told = dict.fromkeys([*cases[number].told, *event.facts.get("names", ())])
            cases[number] = Escalating(policy, tuple(told), exhausted=False)
        elif number in cases and event.name == events.ESCALATION_EXHAUSTED:
            cases[number] = Escalating(policy, cases[number].told, exhausted=True)
    return list(cases.values())
