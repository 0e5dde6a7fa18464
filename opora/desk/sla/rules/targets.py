"""What a contract promises: for each promise and priority, how much working time. Stored as whole seconds."""

from collections.abc import Mapping

from opora.desk.sla.rules.durations import LONGEST, read_duration
from opora.desk.sla.rules.faults import Fault, Faulty, gettext_noop

PROMISES = ("first_reply", "next_update", "resolution")
PRIORITIES = ("low", "medium", "high")

Targets = dict[str, dict[str, int]]


def read_targets(written: object) -> Targets:
    """Return `{"first_reply": {"low": seconds, ...}}` with every priority; raise `Faulty` with a line per fault.

    Lengths are written as `read_duration` reads them, or as whole seconds. `first_reply` must be promised; the
    others may be left out. A more urgent priority may not be promised later than a less urgent one.
    """
    faults: list[Fault] = []
    targets: Targets = {}
    if not isinstance(written, Mapping):
        raise Faulty([Fault("targets", gettext_noop("write an object: promise, then priority, then length of time"))])
    if "first_reply" not in written:
        faults.append(Fault("targets", gettext_noop("the first reply must be promised (first_reply)")))
    for promise, lengths in written.items():
        if promise not in PROMISES:
            known = {"name": str(promise), "known": ", ".join(PROMISES)}
            faults.append(Fault("targets", gettext_noop("“%(name)s” is not a promise; known are %(known)s"), known))
        else:
            targets[promise] = _read_lengths(str(promise), lengths, faults)
    if faults:
        raise Faulty(faults)
    return targets


def _read_lengths(promise: str, lengths: object, faults: list[Fault]) -> dict[str, int]:
    if not isinstance(lengths, Mapping):
        faults.append(Fault(promise, gettext_noop("write a length of time for each priority")))
        return {}
    for name in lengths:
        if name not in PRIORITIES:
            known: dict[str, str | int] = {"name": str(name), "known": ", ".join(PRIORITIES)}
            faults.append(Fault(promise, gettext_noop("“%(name)s” is not a priority; known are %(known)s"), known))
    read = {priority: _read_length(promise, priority, lengths, faults) for priority in PRIORITIES}
    if all(read.values()) and not read["high"] <= read["medium"] <= read["low"]:
        faults.append(Fault(promise, gettext_noop("a higher priority may not be promised later than a lower one")))
    return read


def _read_length(promise: str, priority: str, lengths: Mapping[object, object], faults: list[Fault]) -> int:
    where, written = f"{promise}.{priority}", lengths.get(priority)
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
