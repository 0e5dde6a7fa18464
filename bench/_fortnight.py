"""The two weeks of `bin/bench traffic`: the servers, the processes and their deaths, and the waiting until all is quiet."""

import argparse
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench._correspondents import FETCHED, Correspondents
from bench._hastened import fast_keeper, fast_listener, fast_worker, hasten
from bench._reckoning import reckon
from bench.crashes import QUIET, Run, free_port
from bench.promises import AT


class Fortnight(Run):
    """One of them."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        from tests.email.mailservers import Dovecot, Postfix

        super().__init__(options.letters, 0, options.kills, options.seed)
        self.seconds = options.minutes * 60
        self.began, self.speed = time.time(), options.days * 86_400 / self.seconds
        self.end = AT + timedelta(days=options.days)
        hasten(self.began, self.speed)
        self.dovecot = Dovecot(folder / "dovecot").start()
        maildirs = folder / "dovecot" / "mail"
        self.world = Correspondents(self, maildirs, letters=options.letters, flood=options.flood)
        self.postfix = Postfix(
            folder / "postfix", self.port, mailboxes=(*self.world.there, FETCHED), maildirs=maildirs
        ).start()
        self.over, self.quiet = threading.Event(), threading.Event()

    def run(self) -> dict[str, int]:
        """Everything, and the findings."""
        self._people()
        self._boxes()
        for name in ("listener", "worker", "keeper"):
            self._start(name)
        reading = self._streaming(self.world.read)
        streams = [
            self._streaming(one) for one in (self.world.write, self.world.colleague_answers, self.world.flood_comes)
        ]
        end = self.began + self.seconds
        while time.time() < end:
            time.sleep(self.chance.uniform(0.2, 1.8) * self.seconds / max(1, self.kills))
            if sum(self.killed.values()) < self.kills:
                self._kill(self.chance.choice(("listener", "worker", "worker", "keeper")))
        self.over.set()
        for stream in streams:
            stream.join(900)
        self.world.answer_the_dead()
        self._settle()
        self.quiet.set()
        reading.join(60)
        return reckon(self.world, answered=self.answered, killed=self.killed, still_waiting=self._waiting())

    def stop(self) -> None:
        """End everything this started."""
        for process in self.processes.values():
            process.kill()
            process.join()
        self.postfix.stop()
        self.dovecot.stop()

    def _streaming(self, act: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=self._stream, args=[act], daemon=True)
        thread.start()
        return thread

    def _stream(self, act: Callable[[], None]) -> None:
        from django.db import connection

        try:
            act()
        finally:
            connection.close()

    def _start(self, name: str) -> None:
        target, port = {
            "listener": (fast_listener, self.port),
            "worker": (fast_worker, self.postfix.port),
            "keeper": (fast_keeper, 0),
        }[name]
        words = [self.database, port, self.began, self.speed, self.end]
        process = self.context.Process(target=target, args=words, daemon=True)
        process.start()
        self.processes[name] = process

    def _boxes(self) -> None:
        """One mailbox that is fetched, and a dead one, which must be in nobody's way."""
        from django.conf import settings

        from opora.desk.channels.email.models import Mailbox
        from opora.desk.channels.email.sealing import seal

        secret = seal(self.dovecot.password, settings.SECRET_KEY)
        road: dict[str, Any] = {
            "road": "imap",
            "host": "127.0.0.1",
            "security": "plain",
            "secret": secret,
            "made_at": AT,
        }
        Mailbox.objects.create(address=FETCHED, name="Billing", port=self.dovecot.port, with_old=True, **road)
        Mailbox.objects.create(address="dead@desk.example", name="Dead", port=free_port(), **road)

    def _settle(self) -> None:
        """Until Postfix, the chain and the outbox have nothing left to do; held letters may wait."""
        still, before, moved = 0, -1, time.monotonic()
        while still < 6 and time.monotonic() - moved < QUIET:
            time.sleep(0.5)
            waiting = self._waiting() + self.postfix.waiting() + self.world.unread()
            moved = time.monotonic() if waiting != before else moved
            still, before = (0 if waiting else still + 1), waiting
