"""Priority by questions, not by colour: what still works, how many are hit, whether something is lost right now. Pure.

After process.md, "Priorities of incidents": high is a service that is gone altogether, medium a missing part of the
function or a small limit that hits many, low a minor part. The caller answers; nobody on the phone picks a colour.
"""

from dataclasses import dataclass

WORKS = ("nothing", "part", "slow", "all")
"""What still works: nothing at all; only a part; everything, but badly; everything (a question or a wish)."""

HIT = ("everybody", "many", "one")
"""Who is hit: everybody there; several people; the caller alone."""

_STEPS = ("low", "medium", "high")
_INCIDENTS = {
    ("nothing", "everybody"): "high",
    ("nothing", "many"): "high",
    ("nothing", "one"): "medium",
    ("part", "everybody"): "medium",
    ("part", "many"): "medium",
    ("part", "one"): "low",
    ("slow", "everybody"): "low",
    ("slow", "many"): "low",
    ("slow", "one"): "low",
}


@dataclass(frozen=True, slots=True)
class Urgency:
    """What follows from the answers: kind and priority of the ticket, and by which answers."""

    kind: str
    priority: str
    works: str
    hit: str
    raised: bool = False


def urgency(works: str, hit: str, *, losing: bool = False) -> Urgency | None:
    """Return what follows, or None while a question is unanswered.

    Data or money lost at this moment raises an incident one step, but never to a total outage: that is a fact of its own.
    """
    if works == "all":
        return Urgency("question", "low", works, hit)
    priority = _INCIDENTS.get((works, hit))
    if priority is None:
        return None
    raised = losing and priority == "low"
    return Urgency("incident", "medium" if raised else priority, works, hit, raised)


def is_no_less(one: str, other: str) -> bool:
    """Return whether the first priority is at least the second."""
    return _STEPS.index(one) >= _STEPS.index(other)
