"""Working-time arithmetic on one core: additions, measurements and explanations per second.

The calendar is an office with a lunch break, daylight saving and a country's official holidays; moments and lengths are
drawn with a fixed seed over one year, so every run does the same work. CPU time is measured, the best of several rounds.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from opora.desk.sla.rules import Calendar, Turn, add_work, explain, freeze_holidays, read_calendar, work_between
from opora.desk.sla.rules.explaining import explain_ledger
from opora.desk.sla.rules.splitting import split_ledger

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = {
    "zone": "Europe/Berlin",
    "week": {day: ["08:00-13:00", "14:00-18:00"] for day in WORKDAYS},
    "holidays": "DE-BE",
}
MUST = {"additions": 200_000.0, "ledgers of 1,000 intervals explained": 100.0}


def main() -> int:
    """Print the figures; exit 1 when one falls short of what must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000, help="how many moments to draw (default 200,000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the best counts (default 5)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    figures = measure(options.count, options.rounds)
    short = [name for name, least in MUST.items() if figures[name] < least]
    if options.json:
        print(json.dumps(figures))
    else:
        for name, rate in figures.items():
            must = f"   must be at least {MUST[name]:,.0f}" if name in MUST else ""
            print(f"{name:<38} {rate:>12,.0f} per second {1e6 / rate:>10.2f} us each{must}")
    return 1 if short else 0


def measure(count: int, rounds: int) -> dict[str, float]:
    """Return how many of each were done in a second of CPU time."""
    calendar = read_calendar(freeze_holidays(OFFICE, 2025, 2036))
    chance = random.Random(2)
    starts = [YEAR + timedelta(seconds=chance.randrange(365 * 86_400)) for _ in range(count)]
    lengths = [chance.randrange(1, 300 * 3600) for _ in range(count)]
    ends = [add_work(calendar, start, length) for start, length in zip(starts, lengths, strict=True)]
    explained = list(zip(starts, ends, strict=True))[: max(1, count // 500)]

    def additions() -> int:
        for start, length in zip(starts, lengths, strict=True):
            add_work(calendar, start, length)
        return count

    def measurements() -> int:
        for start, end in zip(starts, ends, strict=True):
            work_between(calendar, start, end)
        return count

    def explanations() -> int:
        for start, end in explained:
            explain(calendar, start, end)
        return len(explained)

    start, ledger = long_ledger(calendar)

    def long_explanations() -> int:
        explain_ledger(calendar, ledger, start + timedelta(hours=500))
        return 1

    return {
        "ledgers of 1,000 intervals explained": _best(long_explanations, rounds * 3),
        "additions": _best(additions, rounds),
        "measurements": _best(measurements, rounds),
        "explanations": _best(explanations, rounds),
        "cold years": _best(lambda: _lay_out(calendar), rounds),
    }


def long_ledger(calendar: Calendar) -> tuple[datetime, list[Turn]]:
    """A promise held every hour for half an hour: a thousand intervals or a little more over three weeks."""
    start = YEAR + timedelta(days=5, hours=7)
    ledger = [Turn(start)]
    for hour in range(500):
        ledger.append(Turn(start + timedelta(hours=hour, minutes=20), False, "waiting_on_customer"))
        ledger.append(Turn(start + timedelta(hours=hour, minutes=50)))
    assert len(split_ledger(calendar, ledger, start + timedelta(hours=500))) >= 1_000
    return start, ledger


def _lay_out(calendar: Calendar) -> int:
    """Lay a fresh copy of the calendar out for ten years: what a process pays once per calendar and year."""
    fresh = Calendar(calendar.zone, calendar.week, calendar.dates, calendar.every_year, calendar.official)
    work_between(fresh, YEAR, YEAR + timedelta(days=3652))
    return 10


def _best(work: Callable[[], int], rounds: int) -> float:
    best = 0.0
    for _ in range(rounds):
        began = time.process_time_ns()
        done = work()
        best = max(best, done / ((time.process_time_ns() - began) / 1e9))
    return best


if __name__ == "__main__":
    sys.exit(main())
