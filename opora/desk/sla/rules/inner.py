"""What the lines and vendors promise us, within what we promise the customer.

Written as `{"line": {"l1": {"high": "30m", ...}, "l2": {...}}, "vendor": {"any": {...}}}`: each holder's target per priority.
One request passes from holder to holder, so the sum of what they may take must not exceed the customer's resolution.
"""

from collections.abc import Mapping

from opora.desk.sla.rules.course import RESOLUTION
from opora.desk.sla.rules.faults import Fault, Faulty, gettext_noop
from opora.desk.sla.rules.targets import PRIORITIES, Targets, read_lengths

INNER = ("line", "vendor")

InnerTargets = dict[str, dict[str, dict[str, int]]]


def read_inner(written: object, targets: Targets) -> InnerTargets:
    """Return the working seconds per inner promise, holder and priority; raise `Faulty` with a line per fault."""
    faults: list[Fault] = []
    inner: InnerTargets = {}
    if not isinstance(written, Mapping):
        raise Faulty(
            [Fault("inner", gettext_noop("write an object: line or vendor, then the holder, then the priority"))]
        )
    for promise, holders in written.items():
        if promise not in INNER or not isinstance(holders, Mapping):
            wrong = gettext_noop("write “line” or “vendor”, and under it each holder with its targets")
            faults.append(Fault("inner", wrong))
            continue
        inner[promise] = {
            str(holder): read_lengths(f"inner.{promise}.{holder}", lengths, faults)
            for holder, lengths in holders.items()
        }
    faults.extend(_too_much(inner, targets.get(RESOLUTION, {})))
    if faults:
        raise Faulty(faults)
    return inner


def _too_much(inner: InnerTargets, whole: Mapping[str, int]) -> list[Fault]:
    found = []
    for priority in PRIORITIES:
        total = sum(lengths.get(priority, 0) for holders in inner.values() for lengths in holders.values())
        if priority in whole and total > whole[priority]:
            facts: dict[str, str | int] = {"sum": total // 60, "whole": whole[priority] // 60, "priority": priority}
            wrong = gettext_noop(
                "together %(sum)s min at priority %(priority)s, but the customer was promised %(whole)s min"
            )
            found.append(Fault("inner", wrong, facts))
    return found
