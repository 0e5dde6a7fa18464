"""Who is told next, and when, while nobody has said "I have it". Pure: no Django, no database, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

TRIGGERS = ("high", "warned", "missed")
KINDS = ("assignee", "on_duty", "line", "leads", "role", "person")
MOST_STEPS = 20


class PolicyFault(ValueError):
    """Which part of a policy is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Step:
    """`after` minutes from the beginning of a round: tell these; `who` is the role or the number of the person."""

    after: int
    to: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What begins a case, its steps, and how often the whole goes round again, `pause` minutes after the last step.

    `priorities` empty means every priority.
    """

    trigger: str
    steps: tuple[Step, ...]
    repeat: int = 0
    pause: int = 15
    priorities: tuple[str, ...] = ()


def read_policy(written: Any) -> Policy:
    """The policy as it is kept. Raises PolicyFault with the part that is wrong."""
    if not isinstance(written, dict) or written.get("trigger") not in TRIGGERS:
        raise PolicyFault("trigger")
    steps = written.get("steps")
    if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS:
        raise PolicyFault("steps")
    read = tuple(_step(one) for one in steps)
    if any(later.after < earlier.after for earlier, later in pairwise(read)):
        raise PolicyFault("after")
    repeat, pause = written.get("repeat", 0), written.get("pause", 15)
    for name, value, least in (("repeat", repeat, 0), ("pause", pause, 1)):
        if not isinstance(value, int) or not least <= value <= 10_000:
            raise PolicyFault(name)
    priorities = written.get("priorities", [])
    if not isinstance(priorities, list):
        raise PolicyFault("priorities")
    return Policy(written["trigger"], read, repeat, pause, tuple(str(one) for one in priorities))


def _step(written: Any) -> Step:
    if not isinstance(written, dict) or written.get("to") not in KINDS:
        raise PolicyFault("to")
    after, who = written.get("after"), str(written.get("who", ""))
    if not isinstance(after, int) or not 0 <= after <= 10_000:
        raise PolicyFault("after")
    if written["to"] in ("role", "person") and not who:
        raise PolicyFault("who")
    return Step(after, written["to"], who)


def write_policy(policy: Policy) -> dict[str, Any]:
    """The policy as a version keeps it; reading it again gives the same policy."""
    return {
        "trigger": policy.trigger,
        "steps": [{"after": step.after, "to": step.to, "who": step.who} for step in policy.steps],
        "repeat": policy.repeat,
        "pause": policy.pause,
        "priorities": list(policy.priorities),
    }


def following(policy: Policy, round_number: int, step: int) -> tuple[int, int] | None:
    """The round and step after this one; None when everybody has been told as often as was agreed."""
    if step + 1 < len(policy.steps):
        return round_number, step + 1
    return (round_number + 1, 0) if round_number < policy.repeat else None


def moment_of(policy: Policy, began: datetime, round_number: int, step: int) -> datetime:
    """When this step of this round is due, whatever happened to the steps before it."""
    whole = policy.steps[-1].after + policy.pause
    return began + timedelta(minutes=round_number * whole + policy.steps[step].after)
