"""The text of `/metrics`: what this process counted, what the workers say in their pulse, what waits in the database."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Count, Min, Q
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import REGISTRY, CounterMetricFamily, GaugeMetricFamily, Metric

from opora.config import pulse
from opora.config.version import version
from opora.desk.channels.email import queries as email
from opora.desk.channels.email import states as letter_states
from opora.desk.channels.email.models import RawLetter, Recipient
from opora.desk.kernel import clock
from opora.desk.kernel.models import Delivery
from opora.desk.sla.models import Clock


def text(pages: Any, streams: Any) -> str:
    """All metrics in Prometheus' text format. When the database is away, what it would say is left out."""
    at_scrape = CollectorRegistry()
    at_scrape.register(_Now(pages, streams))
    return (generate_latest(REGISTRY) + generate_latest(at_scrape)).decode()


class _Now:
    """Figures that are true at the moment of asking."""

    def __init__(self, pages: Any, streams: Any) -> None:
        self._pages = pages
        self._streams = streams

    def collect(self) -> Iterator[Metric]:
        about = GaugeMetricFamily("opora_version", "The running version.", labels=["version"])
        about.add_metric([version()], 1)
        yield about
        yield GaugeMetricFamily("opora_live_tabs", "Open live streams of this process.", self._streams.count())
        yield GaugeMetricFamily("opora_pages_busy", "Pages in work or waiting for a thread.", self._pages.busy)
        yield CounterMetricFamily("opora_pages_refused", "Pages told to come again later.", self._pages.refused)
        yield from _pool()
        try:
            yield from _database()
        except DatabaseError:
            yield GaugeMetricFamily("opora_database_up", "Whether the database answers.", 0)


def _pool() -> Iterator[Metric]:
    pool = getattr(connection, "pool", None)
    if pool is None:
        return
    figures = pool.get_stats()
    for name, about in (
        ("pool_size", "Database connections of this process."),
        ("pool_available", "Database connections that nobody uses."),
        ("requests_waiting", "Threads that wait for a database connection."),
    ):
        yield GaugeMetricFamily(f"opora_{name}", about, figures.get(name, 0))


def _database() -> Iterator[Metric]:
    at = clock.now()
    waiting = Delivery.objects.aggregate(n=Count("pk"), failed=Count("pk", filter=Q(tries__gt=0)), oldest=Min("due_at"))
    due = Clock.objects.filter(next_deadline_at__lte=at).aggregate(n=Count("pk"), oldest=Min("next_deadline_at"))
    yield GaugeMetricFamily("opora_database_up", "Whether the database answers.", 1)
    yield GaugeMetricFamily("opora_deliveries_waiting", "Listeners still to be told of an event.", waiting["n"])
    yield GaugeMetricFamily("opora_deliveries_failed", "Of them, those told in vain before.", waiting["failed"])
    yield GaugeMetricFamily(
        "opora_deliveries_late_seconds", "Age of the oldest that is due.", _age(waiting["oldest"], at)
    )
    yield GaugeMetricFamily("opora_clocks_due", "Promises whose moment has come and is not yet judged.", due["n"])
    yield GaugeMetricFamily("opora_clocks_late_seconds", "Age of the oldest such moment.", _age(due["oldest"], at))
    yield from _letters(at)
    yield from _loops(at)


def _letters(at: datetime) -> Iterator[Metric]:
    stored = RawLetter.objects.filter(state=letter_states.STORED)
    incoming = stored.aggregate(n=Count("pk"), oldest=Min("received_at"))
    yield GaugeMetricFamily("opora_letters_waiting", "Letters that came and are not yet read.", incoming["n"])
    yield GaugeMetricFamily("opora_letters_late_seconds", "Age of the oldest of them.", _age(incoming["oldest"], at))
    quarantine = RawLetter.objects.filter(state=letter_states.QUARANTINED).count()
    yield GaugeMetricFamily("opora_letters_quarantined", "Letters that a colleague must look at.", quarantine)
    aside = GaugeMetricFamily("opora_letters_aside", "Letters held back or called spam.", labels=["state"])
    for state in (letter_states.HELD, letter_states.SPAM):
        aside.add_metric([state], RawLetter.objects.filter(state=state).count())
    yield aside
    alarms = email.alarms(at=at)
    silent = sum(alarm.kind == "silent" for alarm in alarms)
    yield GaugeMetricFamily("opora_mailboxes_silent", "Mailboxes we fetch from that have fallen silent.", silent)
    yield GaugeMetricFamily("opora_mail_fuse_blown", "Whether new tickets by mail are held back.", len(alarms) - silent)
    outgoing = GaugeMetricFamily("opora_outbox", "Letters on their way out, one per recipient.", labels=["state"])
    open_states = (letter_states.QUEUED, letter_states.SENDING, letter_states.FAILED, letter_states.UNKNOWN)
    counted = dict(Recipient.objects.filter(state__in=open_states).values_list("state").annotate(n=Count("pk")))
    for state in open_states:
        outgoing.add_metric([state], counted.get(state, 0))
    yield outgoing


def _age(since: datetime | None, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds()) if since else 0.0


def _loops(at: datetime) -> Iterator[Metric]:
    done = CounterMetricFamily(
        "opora_loop_done", "Things done by a loop since its worker started.", labels=["loop", "worker"]
    )
    errors = CounterMetricFamily("opora_loop_errors", "Runs of a loop that failed.", labels=["loop", "worker"])
    alive = GaugeMetricFamily("opora_processes", "Processes that say that they live.", labels=["kind"])
    for kind in ("web", "worker", "mail"):
        hearts = pulse.alive(kind, at=at)
        alive.add_metric([kind], len(hearts))
        for heart in hearts:
            for loop, tally in heart.facts.items():
                if isinstance(tally, dict):
                    done.add_metric([loop, heart.name], tally.get("done", 0))
                    errors.add_metric([loop, heart.name], tally.get("errors", 0))
    yield from (alive, done, errors)
