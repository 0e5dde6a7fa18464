"""The timer of the promises: what a sweep costs with many clocks running, idle and when many fall due in one minute.

Uses the server of OPORA_TEST_DATABASE_URL, or one of its own that goes afterwards; in either a database of its own.
"""

import argparse
import json
import sys
import time
from datetime import UTC, datetime, timedelta

from bench._server import desk

AT = datetime(2026, 9, 14, 12, tzinfo=UTC)
BATCH = 500


def main() -> int:
    """Print the figures; exit 1 when a minute's promises take longer than a minute, or one was judged twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--running", type=int, default=1_000_000, help="clocks running (default 1,000,000)")
    parser.add_argument("--due", type=int, default=10_000, help="of which fall due in one minute (default 10,000)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with desk():
        fill(options.running, options.due)
        figures = measure()
    if options.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:<34} {figure:>12,.2f}")
    return 0 if figures["minute's promises, seconds"] <= 60 and figures["missed twice or not at all"] == 0 else 1


def fill(running: int, due: int) -> None:
    """Put clocks in: `due` of them end within one minute before AT, the others within the weeks after it."""
    from django.db import connection

    from opora.desk.kernel.actors import SYSTEM
    from opora.desk.sla.actions import make_standard_calendars

    version = make_standard_calendars(by=SYSTEM, at=AT)["always"].pk
    print(f"putting in {running:,} clocks ...", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sla_clock (promise, about_kind, about_id, calendar_version_id, target_seconds, state,
                                   started_at, due_at, next_deadline_at)
            SELECT 'first_reply', 'ticket', number, %(version)s, 14400, 'running',
                   due - interval '4 hours', due, due + interval '1 second'
            FROM (SELECT number, %(at)s + interval '1 second' * CASE WHEN number <= %(due)s THEN number %% 60 - 61
                                                                ELSE number * 3 + 60 END AS due
                  FROM generate_series(1, %(running)s) AS number) AS clocks
            """,
            {"version": version, "due": due, "at": AT, "running": running},
        )
        cursor.execute("VACUUM ANALYZE sla_clock")


def measure() -> dict[str, float]:
    """Sweep idle, then sweep the minute, then idle again."""
    from django.db import connection

    from opora.desk.kernel.models import Event
    from opora.desk.sla import queries
    from opora.desk.sla.actions import sweep_due
    from opora.desk.sla.models import Clock

    idle = _best(lambda: sweep_due(at=AT - timedelta(minutes=5)))
    asked = _best(queries.next_deadline)
    began, cpu, handled, slowest = time.monotonic(), time.process_time(), 0, 0.0
    while True:
        batch_began = time.monotonic()
        done = sweep_due(at=AT, limit=BATCH)
        if not done:
            break
        slowest = max(slowest, time.monotonic() - batch_began)
        handled += done
    took, used = time.monotonic() - began, time.process_time() - cpu
    missed = Event.objects.filter(name="sla.clock_missed").count()
    judged = Clock.objects.filter(state="missed").count()
    connection.close()
    return {
        "idle sweep, milliseconds": idle * 1e3,
        "next deadline, milliseconds": asked * 1e3,
        "promises due in one minute": float(handled),
        "minute's promises, seconds": took,
        "program's CPU each, microseconds": used / max(handled, 1) * 1e6,
        "slowest batch, seconds": slowest,
        "missed twice or not at all": float(abs(missed - handled) + abs(judged - handled)),
    }


def _best(work: object) -> float:
    best = float("inf")
    for _ in range(20):
        began = time.monotonic()
        work()  # type: ignore[operator]
        best = min(best, time.monotonic() - began)
    return best


if __name__ == "__main__":
    sys.exit(main())
