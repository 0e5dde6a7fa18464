"""Re-pinning a hundred thousand running tickets to a new calendar: how long it takes, and whether the desk stays usable.

Meanwhile another process reads tickets' pages and writes customers' words on tickets drawn by lot, and says how long each took
beside the same before. How far it is can be asked at any time; here it is asked after every piece.

Uses the server of OPORA_TEST_DATABASE_URL, or one of its own that goes afterwards; in either a database of its own.
"""

import argparse
import json
import sys
import time
from datetime import timedelta

from bench._looking import COLLEAGUE, Onlooker
from bench._measuring import backend, backend_cpu
from bench._server import desk
from bench.promises import AT

HOURS = {"zone": "Europe/Moscow", "week": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}


def main() -> int:
    """Print the figures; exit 1 when it takes longer than two minutes or a ticket was not re-pinned exactly once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with desk():
        figures = measure(options.tickets)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:<40} {figure:>12,.2f}")
    in_time = figures["seconds"] <= 120 * options.tickets / 100_000
    usable = figures["a page or word, 99 of 100, ms"] <= 1_000
    return 0 if in_time and usable and figures["WRONG: not once"] == figures["WRONG: progress ran back"] == 0 else 1


def measure(tickets: int) -> dict[str, float]:
    """Fill, ask, and do it piece by piece as the worker does."""
    from django.db import connection

    from opora.desk.kernel.actors import SYSTEM
    from opora.desk.kernel.models import Event
    from opora.desk.sla.actions import make_calendar, revise_calendar
    from opora.desk.tickets.actions import repin_calendar, repin_some
    from opora.desk.tickets.models import Repin

    old = make_calendar(slug="house", name="House", terms=HOURS, by=SYSTEM, at=AT)
    print(f"putting in {tickets:,} tickets ...", file=sys.stderr)
    _fill(tickets, old.pk)
    terms = HOURS | {"dates": {"2026-12-31": []}}
    version = revise_calendar(old.calendar, terms=terms, by=SYSTEM, at=AT)
    at = AT + timedelta(hours=1)
    onlooker = Onlooker(tickets)
    before = onlooker.look(seconds=4)
    onlooker.start()
    theirs = backend()
    began, cpu, served = time.monotonic(), time.process_time(), backend_cpu(theirs)
    repinning = repin_calendar(version, by=SYSTEM, at=at, why="a day off")
    asked, slowest, shown = time.monotonic() - began, 0.0, [0]
    while True:
        piece = time.monotonic()
        if not repin_some(at=at):
            break
        slowest = max(slowest, time.monotonic() - piece)
        repinning.refresh_from_db()
        shown.append(repinning.done)
    took, used = time.monotonic() - began, time.process_time() - cpu
    theirs_used = (backend_cpu(theirs) - served) / 1e9
    during = onlooker.stop()
    written = Event.objects.filter(name="tickets.repinned").count()
    troubles = Repin.objects.exclude(trouble="").count()
    connection.close()
    return {
        "tickets": float(repinning.done),
        "seconds": took,
        "of which to ask for it": asked,
        "CPU in all, seconds": used + theirs_used,
        "program's CPU each, microseconds": used / max(repinning.done, 1) * 1e6,
        "PostgreSQL's CPU each, microseconds": theirs_used / max(repinning.done, 1) * 1e6,
        "slowest piece, seconds": slowest,
        "progress was shown, times": float(len(set(shown))),
        "WRONG: progress ran back": float(shown != sorted(shown)),
        "pages and words meanwhile": float(len(during)),
        "a page or word, the middle, ms": middle(during),
        "the same before": middle(before),
        "a page or word, 99 of 100, ms": most(during),
        "the same before it": most(before),
        "a page or word, the longest, ms": during[-1],
        "WRONG: not once": float(abs(written - tickets) + abs(repinning.done - tickets) + troubles),
    }


def middle(times: list[float]) -> float:
    """The middle of the milliseconds, in order."""
    return times[len(times) // 2]


def most(times: list[float]) -> float:
    """What 99 of 100 do not exceed."""
    return times[len(times) * 99 // 100]


def _fill(tickets: int, version: int) -> None:
    """One customer with so many open tickets, each with a running first reply and a resolution on hold."""
    from django.db import connection

    from opora.desk.customers.actions import add_contact, sign_contract, sign_up
    from opora.desk.kernel.actors import SYSTEM
    from opora.desk.people.actions import hire
    from opora.desk.sla.models import CalendarVersion

    hire(email=COLLEAGUE, name="Anna", roles=["l1"], by=SYSTEM, at=AT)
    customer = sign_up(name="Many", by=SYSTEM, at=AT)
    person = add_contact(organisation=customer, name="One", emails=["one@many.example"], by=SYSTEM, at=AT)
    terms = sign_contract(
        organisation=customer,
        number="M-1",
        plan="standard",
        targets={"first_reply": {"low": "80h", "medium": "40h", "high": "8h"}, "resolution": {"low": "400h"}},
        pauses={"resolution": ["waiting_on_customer"]},
        calendar_version=CalendarVersion.objects.get(pk=version),
        valid_from=AT,
        by=SYSTEM,
        at=AT,
    )
    values = {
        "tickets": tickets,
        "at": AT,
        "customer": customer.pk,
        "person": person.pk,
        "terms": terms.pk,
        "version": version,
    }
    with connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute("SELECT setval(pg_get_serial_sequence('tickets_ticket', 'id'), %s)", [tickets])
        cursor.execute("VACUUM ANALYZE tickets_ticket, sla_clock, sla_turn")


_STATEMENTS = (
    """
    INSERT INTO tickets_ticket (id, organisation_id, requester_id, subject, kind, priority, state, channel, language, tags,
        opened_at, changed_at, contract_version_id, cause, cause_words)
    SELECT number, %(customer)s, %(person)s, 'Many', 'question', 'low', 'waiting_customer', 'portal', 'en', '{}',
           %(at)s, %(at)s, %(terms)s, '', '' FROM generate_series(1, %(tickets)s) AS number
    """,
    """
    INSERT INTO sla_clock (promise, about_kind, about_id, calendar_version_id, target_seconds, warn_share, state, started_at,
        due_at, next_deadline_at)
    SELECT promise, 'ticket', number, %(version)s, target, 75, state, %(at)s, %(at)s + interval '20 days',
           CASE WHEN state = 'running' THEN %(at)s + interval '20 days 1 second' END
    FROM generate_series(1, %(tickets)s) AS number,
         (VALUES ('first_reply', 288000, 'running'), ('resolution', 1440000, 'paused')) AS promised (promise, target, state)
    """,
    """
    INSERT INTO sla_turn (clock_id, at, act, counts, why, words, target_seconds, calendar_version_id, actor_kind, actor_id,
        actor_name, written_at)
    SELECT id, at, act, counts, why, '', target_seconds, calendar_version_id, 'system', 0, 'Opora', at
    FROM sla_clock, LATERAL (VALUES (started_at, 'started', true, ''),
                                    (started_at + interval '1 minute', 'paused', false, 'waiting_on_customer'))
                    AS line (at, act, counts, why)
    WHERE act = 'started' OR state = 'paused' ORDER BY id, at
    """,
)


if __name__ == "__main__":
    sys.exit(main())
