"""The processes of `bin/bench traffic`: the real listener, worker and keeper of mailboxes, with clocks that run faster."""

import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bench.crashes import listener_process, stand
from bench.promises import AT

SENDER_CAP = 6
"""Letters an hour from one sender; small, for the hours here are about a second long and the work is not hastened."""
LEASE = 4.0
"""Seconds, as the watch on the wall has them, for which a letter stays with the process that claimed it."""


def hasten(began: float, speed: float) -> None:
    """Let this process's clock run so much faster, from AT on."""
    from opora.desk.kernel import clock

    clock.now = lambda: AT + timedelta(seconds=(time.time() - began) * speed)  # type: ignore[assignment]
    from django.conf import settings

    settings.OPORA_MAIL_SENDER_CAP = SENDER_CAP


def fast_listener(database: str, port: int, began: float, speed: float, _end: datetime) -> None:
    """The real listener, until killed."""
    hasten(began, speed)
    listener_process(database, port)


def fast_worker(database: str, port: int, began: float, speed: float, end: datetime) -> None:
    """What the worker does with letters, events and the outbox, until killed; and with held letters, until the days are over."""
    hasten(began, speed)
    stand(database)
    from opora.desk.channels.email.chain import process_due
    from opora.desk.channels.email.floods import let_go
    from opora.desk.channels.email.senders import Road, SmtpSender
    from opora.desk.channels.email.sending import Leases, Outbox
    from opora.desk.kernel import clock, jobs

    lease = timedelta(seconds=LEASE * speed)
    outbox = Outbox(SmtpSender(Road("127.0.0.1", port), timeout=10), clock.now, leases=Leases(lease, lease, 3 * lease))
    for work, pause in (
        (lambda: process_due(at=clock.now(), lease=lease).taken, 0.02),
        (lambda: jobs.deliver_due(at=clock.now(), limit=25), 0.02),
        (lambda: outbox.send_due(limit=4), 0.02),
        (lambda: let_go(at=clock.now()) * 0 if clock.now() < end else 0, 0.5),
    ):
        threading.Thread(target=_forever, args=[work, pause], daemon=True).start()
    signal.pause()


def fast_keeper(database: str, _port: int, began: float, speed: float, _end: datetime) -> None:
    """The real fetching of mailboxes, until killed."""
    hasten(began, speed)
    stand(database)
    from opora.desk.channels.email.imap.keeping import Keepers

    Keepers(lambda _: True).start()
    threading.Event().wait()


def _forever(work: Callable[[], int], pause: float) -> None:
    while True:
        if not work():
            time.sleep(pause)
