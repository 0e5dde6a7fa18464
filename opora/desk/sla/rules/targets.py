"""What a contract promises: for each promise and priority, how much working time. Stored as whole seconds."""

from collections.abc import Mapping, Sequence

from opora.desk.sla.rules.course import COURSE, FIRST_REPLY
from opora.desk.sla.rules.durations import LONGEST, read_duration
from opora.desk.sla.rules.faults import Fault, Faulty, gettext_noop
from opora.desk.sla.rules.reasons import WAITS

PROMISES = ("first_reply", "next_update", "resolution", "objection", "root_cause")
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


def read_promises(
    where: str, written: object, faults: list[Fault], known_promises: Sequence[str] = PROMISES
) -> Targets:
    """Return the working seconds per promise and priority; note each that cannot be read. What is left out is not promised."""
    targets: Targets = {}
    if not isinstance(written, Mapping):
        faults.append(Fault(where, gettext_noop("write an object: promise, then priority, then length of time")))
        return targets
    inside = "" if where == "targets" else f"{where}."
    for promise, lengths in written.items():
        if promise not in known_promises:
            known = {"name": str(promise), "known": ", ".join(known_promises)}
            faults.append(Fault(where, gettext_noop("“%(name)s” is not a promise; known are %(known)s"), known))
        else:
            targets[promise] = read_lengths(f"{inside}{promise}", lengths, faults)
    return targets


def read_pauses(where: str, written: object, faults: list[Fault]) -> dict[str, frozenset[str]]:
    """Return in which waits each promise's time is held; note what cannot be. The first reply never pauses."""
    if not isinstance(written, Mapping):
        faults.append(Fault(where, gettext_noop("write an object: promise, then the list of waits that hold it")))
        return {}
    pauses: dict[str, frozenset[str]] = {}
    for promise, waits in written.items():
        here = f"{where}.{promise}"
        if promise not in COURSE:
            known = {"name": str(promise), "known": ", ".join(COURSE)}
            faults.append(Fault(where, gettext_noop("“%(name)s” is not a promise; known are %(known)s"), known))
        elif not isinstance(waits, list | tuple):
            faults.append(Fault(here, gettext_noop('write a list such as ["waiting_on_customer"]')))
        else:
            pauses[promise] = frozenset(map(str, waits))
            unknown = [str(wait) for wait in waits if wait not in WAITS]
            for wait in unknown:
                facts = {"name": wait[:40], "known": ", ".join(WAITS)}
                faults.append(Fault(here, gettext_noop("“%(name)s” holds nothing; known are %(known)s"), facts))
            if promise == FIRST_REPLY and waits and not unknown:
                faults.append(Fault(here, gettext_noop("the first reply never pauses")))
    return pauses


def read_contract_pauses(written: object) -> dict[str, list[str]]:
    """Return in which waits which promise's time is held, as a contract keeps it; raise `Faulty` with a line per fault."""
    faults: list[Fault] = []
    read = read_pauses("pauses", written, faults)
    if faults:
        raise Faulty(faults)
    return {promise: sorted(waits) for promise, waits in read.items()}


def _unpromised(lengths: Mapping[object, object]) -> list[Fault]:
    missing = [priority for priority in PRIORITIES if lengths.get(priority) is None]
    promise = gettext_noop("write a length of time above zero and below ten years")
    return [Fault(f"first_reply.{priority}", promise) for priority in missing]


def read_lengths(where: str, lengths: object, faults: list[Fault]) -> dict[str, int]:
    """Return the working seconds per priority; note each that cannot be read."""
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
