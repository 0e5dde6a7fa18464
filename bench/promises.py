"""The timer of the promises with a million clocks running: idle, when ten thousand fall due in one minute, and its lateness.

Ten thousand that fall due are about tickets of a line with six people, so that telling them is part of the work. The lateness
is seen from outside: the worker's own loop runs, and another connection looks every 20 ms how many promises were judged.

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
MUST = {
    "minute's promises judged and told, seconds": 60.0,
    "missed twice or not at all": 0.0,
    "idle, share of one core in percent": 0.5,
    "lateness, 99 of 100, seconds": 2.0,
    "WRONG: not judged": 0.0,
}
"""The most that may be."""


def main() -> int:
    """Print the figures; exit 1 when a minute's promises take longer than a minute, or one was judged twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--running", type=int, default=1_000_000, help="clocks running (default 1,000,000)")
    parser.add_argument("--due", type=int, default=10_000, help="of which fall due in one minute (default 10,000)")
    parser.add_argument(
        "--rate", type=int, default=100, help="due in a second while the lateness is seen (default 100)"
    )
    parser.add_argument("--seconds", type=int, default=20, help="for how long (default 20)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with desk():
        fill(options.running, options.due)
        figures = measure() | lateness(options.rate, options.seconds)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            must = f"   must be at most {MUST[name]:,.1f}" if name in MUST else ""
            print(f"{name:<44} {figure:>12,.2f}{must}")
    return 1 if short(figures) else 0


def short(figures: dict[str, float]) -> list[str]:
    """What is not as it must be."""
    return [name for name, most in MUST.items() if figures[name] > most]


def fill(running: int, due: int) -> None:
    """Put clocks in: `due` of them end within one minute before AT, the others in a year and later."""
    from django.db import connection

    from opora.desk.kernel.actors import SYSTEM
    from opora.desk.sla.actions import make_standard_calendars

    version = make_standard_calendars(by=SYSTEM, at=AT)["always"].pk
    _write_tickets(due)
    print(f"putting in {running:,} clocks ...", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sla_clock (promise, about_kind, about_id, calendar_version_id, target_seconds, state,
                                   started_at, due_at, next_deadline_at)
            SELECT 'first_reply', 'ticket', number, %(version)s, 14400, 'running',
                   due - interval '4 hours', due, due + interval '1 second'
            FROM (SELECT number, %(at)s + interval '1 second' * CASE WHEN number <= %(due)s THEN number %% 60 - 61
                                                                ELSE 31536000 + number * 3 END AS due
                  FROM generate_series(1, %(running)s) AS number) AS clocks
            """,
            {"version": version, "due": due, "at": AT, "running": running},
        )
        cursor.execute("VACUUM ANALYZE sla_clock")


def _write_tickets(count: int) -> None:
    """So many open tickets that nobody has yet, in a line of six, one of them its lead."""
    from django.db import connection

    from opora.desk.customers.actions import add_contact, sign_up
    from opora.desk.kernel.actors import SYSTEM
    from opora.desk.people.actions import form_team, hire, join_team

    line = form_team(slug="l1", name="First line", kind="l1", by=SYSTEM, at=AT)
    for number in range(6):
        staff = hire(email=f"{number}@provider.example", name=f"Colleague {number}", roles=["l1"], by=SYSTEM, at=AT)
        join_team(staff, line, by=SYSTEM, at=AT, lead=number == 0)
    customer = sign_up(name="Many", by=SYSTEM, at=AT)
    person = add_contact(organisation=customer, name="One", emails=["one@many.example"], by=SYSTEM, at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tickets_ticket (id, organisation_id, requester_id, subject, kind, priority, state, channel, language,
                                        tags, opened_at, changed_at, line_id, cause, cause_words)
            SELECT number, %s, %s, 'Many', 'question', 'low', 'new', 'portal', 'en', '{}', %s, %s, %s, '', ''
            FROM generate_series(1, %s) AS number
            """,
            [customer.pk, person.pk, AT, AT, line.pk, count],
        )


def measure() -> dict[str, float]:
    """Sweep idle, then sweep the minute and tell of it."""
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
    judged_after, judging = time.monotonic() - began, time.process_time() - cpu
    told = _tell()
    missed = Event.objects.filter(name="sla.clock_missed").count()
    judged = Clock.objects.filter(state="missed").count()
    return {
        "idle sweep, milliseconds": idle * 1e3,
        "idle, share of one core in percent": idle * 100,
        "next deadline, milliseconds": asked * 1e3,
        "promises due in one minute": float(handled),
        "minute's promises judged, seconds": judged_after,
        "minute's promises judged and told, seconds": time.monotonic() - began,
        "notices written": told,
        "program's CPU to judge one, microseconds": judging / max(handled, 1) * 1e6,
        "program's CPU to tell of one, microseconds": (time.process_time() - cpu - judging) / max(handled, 1) * 1e6,
        "slowest batch, seconds": slowest,
        "missed twice or not at all": float(abs(missed - handled) + abs(judged - handled)),
    }


def _tell() -> float:
    """Deliver every event to its listeners, as the worker's other loop does; how many notices colleagues got."""
    from opora.desk.dispatch.models import Notice
    from opora.desk.kernel.clock import now
    from opora.desk.kernel.jobs import deliver_due

    while deliver_due(at=now()):
        pass
    return float(Notice.objects.count())


def lateness(rate: int, seconds: int) -> dict[str, float]:
    """Let the worker's loop judge `rate` promises a second, and look from outside when each was judged."""
    from django.db import connection

    from opora.config.database import direct_url
    from opora.config.loops import Loops
    from opora.config.timetable import TIMETABLE
    from opora.desk.kernel.clock import now
    from opora.desk.sla.models import Clock

    first = now().replace(microsecond=0) + timedelta(seconds=3)
    count = rate * seconds
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sla_clock (promise, about_kind, about_id, calendar_version_id, target_seconds, state, started_at, due_at,
                                   next_deadline_at)
            SELECT 'review', 'review', number, (SELECT min(id) FROM sla_calendarversion), 14400, 'running',
                   due - interval '4 hours', due, due + interval '1 second'
            FROM (SELECT number, %s + interval '1 second' * number / %s AS due FROM generate_series(1, %s) AS number) AS clocks
            """,
            [first, float(rate), count],
        )
    judging = Clock.objects.filter(about_kind="review", state="missed")
    loops = Loops([loop for loop in TIMETABLE if loop.name == "judge promises"], direct_url())
    cpu = time.process_time()
    loops.start()
    late: list[float] = []
    end = first + timedelta(seconds=seconds + 30)
    while len(late) < count and now() < end:
        judged, seen = judging.count(), now()
        for number in range(len(late) + 1, judged + 1):  # the earliest is judged first
            broken = first + timedelta(seconds=number / rate + 1)
            late.append((seen - broken).total_seconds())
        time.sleep(0.02)
    loops.stop()
    connection.close()
    late.sort()
    return {
        "due one by one": float(count),
        "lateness, the middle, seconds": late[len(late) // 2] if late else float("inf"),
        "lateness, 99 of 100, seconds": late[len(late) * 99 // 100] if late else float("inf"),
        "lateness, the most, seconds": late[-1] if late else float("inf"),
        "CPU a second, timer and looking on, percent": (time.process_time() - cpu) / (seconds + 3) * 100,
        "WRONG: not judged": float(count - len(late)),
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
