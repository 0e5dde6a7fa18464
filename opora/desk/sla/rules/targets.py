"""What a contract promises: for each promise and priority, how much working time. Stored as whole seconds."""

from collections.abc import Mapping

from opora.desk.sla.rules.durations import LONGEST, read_duration
from opora.desk.sla.rules.faults import Fault, Faulty, gettext_noop

PROMISES = ("first_reply", "next_update", "resolution")
PRIORITIES = ("low", "medium", "high")

Targets = dict[str, dict[str, int]]


def read_targets(written: object) -> Targets:
    """Return a contract's targets, `{"first_reply": {"low": seconds, ...}}`; raise `Faulty` with a line per fault.

    Lengths are written as `read_duration` reads them, or as whole seconds. `first_reply` must be promised for every
    priority; the others may be left out, or some of their priorities: what is not promised has no clock. A more urgent
    priority may not be promised later than a less urgent one.
    """
    faults: list[Fault] = []
    targets = read_promises("targets", written, faults)
    if isinstance(written, Mapping):
        if "first_reply" not in written:
            faults.append(Fault("targets", gettext_noop("the first reply must be promised (first_reply)")))
        elif isinstance(written["first_reply"], Mapping):
            faults.extend(_unpromised(written["first_reply"]))
    for promise, lengths in targets.items():
        in_order = [lengths[priority] for priority in reversed(PRIORITIES) if lengths.get(priority)]
        if in_order != sorted(in_order):
            wrong = gettext_noop("a higher priority may not be promised later than a lower one")
            faults.append(Fault(promise, wrong))
    if faults:
        raise Faulty(faults)
    return targets


def read_promises(where: str, written: object, faults: list[Fault]) -> Targets:
    """Return the working seconds per promise and priority; note each that cannot be read. What is left out is not promised."""
    targets: Targets = {}
    if not isinstance(written, Mapping):
        faults.append(Fault(where, gettext_noop("write an object: promise, then priority, then length of time")))
        return targets
    inside = "" if where == "targets" else f"{where}."
    for promise, lengths in written.items():
        if promise not in PROMISES:
            known = {"name": str(promise), "known": ", ".join(PROMISES)}
            faults.append(Fault(where, gettext_noop("“%(name)s” is not a promise; known are %(known)s"), known))
        else:
            targets[promise] = _read_lengths(f"{inside}{promise}", lengths, faults)
    return targets


def _unpromised(lengths: Mapping[object, object]) -> list[Fault]:
    missing = [priority for priority in PRIORITIES if lengths.get(priority) is None]
    promise = gettext_noop("write a length of time above zero and below ten years")
    return [Fault(f"first_reply.{priority}", promise) for priority in missing]


def _read_lengths(where: str, lengths: object, faults: list[Fault]) -> dict[str, int]:
    if not isinstance(lengths, Mapping):
        faults.append(Fault(where, gettext_noop("write a length of time for each priority")))
        return {}
    for name in lengths:
        if name not in PRIORITIES:
            known: dict[str, str | int] = {"name": str(name), "known": ", ".join(PRIORITIES)}
            faults.append(Fault(where, gettext_noop("“%(name)s” is not a priority; known are %(known)s"), known))
    promised = [priority for priority in PRIORITIES if lengths.get(priority) is not None]
    return {priority: _read_length(f"{where}.{priority}", lengths[priority], faults) for priority in promised}


def _read_length(where: str, written: object, faults: list[Fault]) -> int:
    seconds = 0
    if isinstance(written, str):
        try:
            seconds = read_duration(written, where=where)
        except Faulty as faulty:
            faults.extend(faulty.faults)
            return 0
    elif isinstance(written, int) and not isinstance(written, bool):
        seconds = written
    if not 0 < seconds <= LONGEST:
        faults.append(Fault(where, gettext_noop("write a length of time above zero and below ten years")))
        return 0
    return seconds
