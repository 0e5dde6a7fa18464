"""Explaining one promise of a thousand intervals, whole: its ledger read, reckoned, folded and put into words.

CPU of this process and of PostgreSQL's, as `bench/_measuring.py` reads it. `bin/bench sla` has the reckoning alone.
"""

import argparse
import json
import sys
from datetime import timedelta

from bench._measuring import Cost, cost_of
from bench._server import desk
from bench.promises import AT
from bench.sla import OFFICE, long_ledger

MUST = 10.0


def main() -> int:
    """Print the milliseconds; exit 1 when the page's explanation costs more than ten."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with desk():
        costs = measure()
    if options.json:
        print(json.dumps({name: cost.cpu for name, cost in costs.items()}))
    else:
        for name, cost in costs.items():
            print(
                f"{name:<34} {cost.python:>6.1f} ms Python {cost.postgres:>6.1f} ms PostgreSQL {cost.cpu:>6.1f} ms in all"
            )
    return 1 if costs["for a page"].cpu > MUST else 0


def measure() -> dict[str, Cost]:
    """One promise held five hundred times; explained as its page does, and as data with every line of the ledger."""
    from django.utils import translation

    from opora.desk.kernel.actors import SYSTEM
    from opora.desk.sla.actions import make_calendar, start_clock
    from opora.desk.sla.queries import calendar_of, explain_clock

    hours = make_calendar(slug="office", name="Office", terms=OFFICE, by=SYSTEM, at=AT)
    start, ledger = long_ledger(calendar_of(hours))
    clock = start_clock(
        promise="resolution",
        about=("ticket", 1),
        calendar_version=hours,
        target_seconds=400 * 3600,
        warn_share=75,
        turns=ledger,
        by=SYSTEM,
        at=ledger[-1].at,
    )
    until = start + timedelta(hours=500)
    with translation.override("en"):
        return {
            "for a page": cost_of(lambda: explain_clock(clock, until=until, zone="Europe/Moscow")),
            "as data, every line of the ledger": cost_of(lambda: explain_clock(clock, until=until).as_facts()),
        }


if __name__ == "__main__":
    sys.exit(main())
