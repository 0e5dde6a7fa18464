"""A process says every few seconds that it is alive, and what it has counted; `/readyz`, `/metrics` and doctor read it."""

import json
import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from opora.desk.kernel import clock

log = logging.getLogger("opora.pulse")

EVERY = 5.0
SILENT_AFTER = timedelta(seconds=20)
FORGOTTEN_AFTER = timedelta(hours=1)

Facts = Callable[[], dict[str, Any]]


class Heart:
    """A thread that writes the pulse of this process."""

    def __init__(self, kind: str, facts: Facts = dict) -> None:
        self.kind = kind
        self.name = f"{kind}@{socket.gethostname()[:80]}:{os.getpid()}"
        self._facts = facts
        self._started = clock.now()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="pulse", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Say good-bye: the row goes."""
        self._stopping.set()
        self._thread.join(2.0)

    def _beat_on(self) -> None:
        from django.db import connections

        while True:
            try:
                self._beat(clock.now())
            except Exception as error:
                log.warning("the pulse could not be written: %s", error)
                connections.close_all()
            if self._stopping.wait(EVERY):
                break
        try:
            self._forget()
        except Exception as error:
            log.debug("the pulse could not be removed: %s", error)
        connections.close_all()

    def _beat(self, at: datetime) -> None:
        from opora.desk.kernel.models import Pulse

        facts = json.loads(json.dumps(self._facts(), default=str))
        row = {"kind": self.kind, "started_at": self._started, "beat_at": at, "facts": facts}
        Pulse.objects.update_or_create(name=self.name, defaults=row)
        Pulse.objects.filter(beat_at__lt=at - FORGOTTEN_AFTER).delete()

    def _forget(self) -> None:
        from opora.desk.kernel.models import Pulse

        Pulse.objects.filter(name=self.name).delete()


def alive(kind: str, *, at: datetime) -> list[Any]:
    """The pulses of this kind that are fresh."""
    from opora.desk.kernel.models import Pulse

    return list(Pulse.objects.filter(kind=kind, beat_at__gt=at - SILENT_AFTER).order_by("name"))
