"""Kill -9 at random moments: letters stream in, colleagues answer, and the listener and the worker are killed again and again.

Then every acknowledged letter must be exactly one message, and every letter of ours must have reached the server exactly
once or stand visibly as unknown. Uses the server of OPORA_TEST_DATABASE_URL, or one of its own that goes afterwards; in
either a database of its own.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess

from bench._server import desk
from bench._streams import Letters
from bench.promises import AT

LEASE = timedelta(seconds=3)
QUIET = 120.0


def main() -> int:
    """Print what was found; exit 1 when a letter was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=1_000, help="letters that come in (default 1,000)")
    parser.add_argument("--replies", type=int, default=1_000, help="answers of colleagues (default 1,000)")
    parser.add_argument("--kills", type=int, default=200, help="how often something is killed (default 200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with desk():
        figures = Run(options.letters, options.replies, options.kills, options.seed).run()
    print(
        json.dumps(figures)
        if options.json
        else "\n".join(f"{name:<52} {figure:>8}" for name, figure in figures.items())
    )
    return 1 if any(figure for name, figure in figures.items() if name.startswith("WRONG")) else 0


def listener_process(database: str, port: int) -> None:
    """The real listener, until killed."""
    stand(database)
    from opora.desk.channels.email.listener import Listener

    Listener("127.0.0.1", port).start()
    signal.pause()


def worker_process(database: str, smtp_port: int) -> None:
    """What the worker does with letters, events and the outbox, until killed."""
    stand(database)
    from opora.desk.channels.email.chain import process_due
    from opora.desk.channels.email.senders import Road, SmtpSender
    from opora.desk.channels.email.sending import Leases, Outbox
    from opora.desk.kernel import clock, jobs

    def forever(work: Callable[[], int]) -> None:
        while True:
            if not work():
                time.sleep(0.02)

    outbox = Outbox(SmtpSender(Road("127.0.0.1", smtp_port), timeout=10), clock.now, leases=Leases(LEASE, LEASE, LEASE))
    for work in (
        lambda: process_due(at=clock.now(), limit=8, lease=LEASE).taken,
        lambda: jobs.deliver_due(at=clock.now(), limit=25),
        lambda: outbox.send_due(limit=4),
    ):
        threading.Thread(target=forever, args=[work], daemon=True).start()
    signal.pause()


def stand(database: str) -> None:
    """Let Django in this process stand on that database."""
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    from django.db import connection

    connection.settings_dict["NAME"] = database


class Run:
    """One experiment."""

    def __init__(self, letters: int, replies: int, kills: int, seed: int) -> None:
        from django.db import connection

        from tests.email.servers import FakeServer

        self.letters = Letters(letters, to="support@opora.example", port=lambda: self.port)
        self.replies, self.kills = replies, kills
        self.chance = random.Random(seed)
        self.database: str = connection.settings_dict["NAME"]
        self.server = FakeServer()
        self.port = free_port()
        self.context: ForkServerContext = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["bench._standing"])
        self.processes: dict[str, BaseProcess] = {}
        self.killed: Counter[str] = Counter()
        self.answered: list[int] = []

    def run(self) -> dict[str, int]:
        """Everything, and the findings."""
        self._people()
        for name in ("listener", "worker"):
            self._start(name)
        streams = [threading.Thread(target=stream, daemon=True) for stream in (self._give_letters, self._answer)]
        for stream in streams:
            stream.start()
        while sum(self.killed.values()) < self.kills:
            time.sleep(self.chance.uniform(0.05, 1.2))
            self._kill(self.chance.choice(("listener", "worker", "worker")))
            if sum(self.killed.values()) % 20 == 0:
                print(f"{sum(self.killed.values())} killed, {len(self.letters.acknowledged)} letters acknowledged, "
                      f"{len(self.answered)} answered", file=sys.stderr)  # fmt: skip
        for stream in streams:
            stream.join()
        self._wait_until_quiet()
        for process in self.processes.values():
            process.kill()
            process.join()
        return self._findings()

    def _people(self) -> None:
        from opora.desk.kernel.actors import SYSTEM
        from opora.desk.people import actions as people

        people.form_team(slug="first", name="First", kind="l1", by=SYSTEM, at=AT)
        self.anna = people.hire(email="anna@provider.example", name="Anna", roles=["l1"], by=SYSTEM, at=AT)

    def _start(self, name: str) -> None:
        target, port = {"listener": (listener_process, self.port), "worker": (worker_process, self.server.port)}[name]
        process = self.context.Process(target=target, args=[self.database, port], daemon=True)
        process.start()
        self.processes[name] = process

    def _kill(self, name: str) -> None:
        process = self.processes[name]
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        self.killed[name] += 1
        self._start(name)

    def _may_go_on(self, number: int, of: int) -> None:
        """Hold the streams back so that they last as long as the killing."""
        while number / of > (sum(self.killed.values()) + 1) / max(1, self.kills):
            time.sleep(0.01)

    def _give_letters(self) -> None:
        self.letters.give(self._may_go_on)

    def _answer(self) -> None:
        """A colleague answers tickets as they come; what its own commit has taken must go out."""
        from opora.desk.kernel import clock
        from opora.desk.tickets import actions as tickets
        from opora.desk.tickets.models import Ticket

        while len(self.answered) < self.replies:
            self._may_go_on(len(self.answered), self.replies)
            found = list(Ticket.objects.order_by("-pk")[:20])
            if not found:
                time.sleep(0.1)
                continue
            try:
                message = tickets.reply(
                    self.chance.choice(found), by=self.anna, text=f"answer {len(self.answered)}", at=clock.now()
                )
            except tickets_refused():
                continue
            self.answered.append(message.pk)
        _close()

    def _wait_until_quiet(self) -> None:
        """Until nothing waits any more; given up only when nothing has moved for two minutes."""
        waiting, moved = self._waiting(), time.monotonic()
        while waiting and time.monotonic() - moved < QUIET:
            time.sleep(0.3)
            still = self._waiting()
            moved = time.monotonic() if still != waiting else moved
            waiting = still

    def _waiting(self) -> int:
        from opora.desk.channels.email.models import RawLetter, Recipient
        from opora.desk.kernel.models import Delivery

        on_the_road = Recipient.objects.filter(state__in=["queued", "sending"]).count()
        return on_the_road + RawLetter.objects.filter(state="stored").count() + Delivery.objects.count()

    def _findings(self) -> dict[str, int]:
        from opora.desk.channels.email.models import OutgoingLetter, RawLetter, Recipient
        from opora.desk.channels.email.parsing import read_letter
        from opora.desk.tickets.models import Message

        said = Counter(Message.objects.filter(author_contact__isnull=False).values_list("text", flat=True))
        arrived: Counter[tuple[str, str]] = Counter()
        for recipients, raw in self.server.received:
            mail_id = read_letter(raw).message_id
            arrived.update((mail_id, email) for email in recipients)
        rows = list(Recipient.objects.values_list("letter__mail_id", "email", "state", "letter__message"))
        replied = {message for _, _, _, message in rows}
        wrong_sent = sum(arrived[mail_id, email] != 1 for mail_id, email, state, _ in rows if state == "sent")
        return {
            "letters acknowledged": len(self.letters.acknowledged),
            "tries it took": self.letters.tries,
            "letters stored": RawLetter.objects.count(),
            "messages made of letters": sum(said.values()),
            "answers written": len(self.answered),
            "letters of ours": OutgoingLetter.objects.count(),
            "sent": sum(state == "sent" for _, _, state, _ in rows),
            "unknown, for a person to decide": sum(state == "unknown" for _, _, state, _ in rows),
            "of these had arrived": sum(arrived[i, e] == 1 for i, e, state, _ in rows if state == "unknown"),
            "killed: listener": self.killed["listener"],
            "killed: worker": self.killed["worker"],
            "WRONG: acknowledged but no message": sum(said[f"word{n}word"] == 0 for n in self.letters.acknowledged),
            "WRONG: acknowledged, more than one message": sum(
                said[f"word{n}word"] > 1 for n in self.letters.acknowledged
            ),
            "WRONG: answers without a letter": sum(message not in replied for message in self.answered),
            "WRONG: arrived more than once": sum(count > 1 for count in arrived.values()),
            "WRONG: called sent, not arrived once": wrong_sent,
            "WRONG: neither sent nor unknown at the end": sum(
                state not in ("sent", "unknown") for _, _, state, _ in rows
            ),
            "WRONG: something still waits": self._waiting(),
            "WRONG: letters not read or in quarantine": RawLetter.objects.exclude(state="done").count(),
        }


def tickets_refused() -> type[Exception]:
    """What the rules say no with."""
    from opora.desk.kernel.errors import Refused

    return Refused


def _close() -> None:
    from django.db import connection

    connection.close()


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
