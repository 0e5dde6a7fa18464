"""Another process that uses the desk while something large goes on: how long its pages and words take, by the clock."""

import multiprocessing
import time
from datetime import timedelta
from multiprocessing.connection import Connection
from random import Random

COLLEAGUE = "anna@provider.example"


class Onlooker:
    """Reads pages and writes customers' words on tickets 1 to `tickets`, drawn by lot, in a process of its own."""

    def __init__(self, tickets: int) -> None:
        from django.db import connection

        spawning = multiprocessing.get_context("spawn")
        self._ours, theirs = spawning.Pipe()
        name = str(connection.settings_dict["NAME"])
        self._process = spawning.Process(target=_work, args=(theirs, name, tickets), daemon=True)
        self._process.start()
        assert self._ours.recv() == "ready"

    def look(self, *, seconds: float) -> list[float]:
        """Use the desk for so long; returns the milliseconds of each use, in order of length."""
        self.start()
        time.sleep(seconds)
        return self._end()

    def start(self) -> None:
        """Begin to use the desk."""
        self._ours.send("go")

    def stop(self) -> list[float]:
        """End it and the process; returns as `look`."""
        taken = self._end()
        self._ours.send("leave")
        self._process.join(30)
        return taken

    def _end(self) -> list[float]:
        self._ours.send("enough")
        taken: list[float] = self._ours.recv()
        return sorted(taken)


def _work(pipe: Connection, database: str, tickets: int) -> None:
    """Stand on the same database, and use it from each "go" until "enough"."""
    import django

    django.setup()
    from django.db import connection

    from bench._measuring import Reader

    connection.settings_dict["NAME"] = database
    reader, dice = Reader(COLLEAGUE), Random(3)
    reader.get(f"/desk/tickets/{tickets}")  # what only the first page costs is not asked for here
    pipe.send("ready")
    while pipe.recv() == "go":
        taken: list[float] = []
        while not pipe.poll():
            began = time.monotonic()
            if len(taken) % 2:
                _write(dice.randint(1, tickets))
            else:
                reader.get(f"/desk/tickets/{dice.randint(1, tickets)}")
            taken.append((time.monotonic() - began) * 1e3)
            time.sleep(0.02)
        assert pipe.recv() == "enough"
        pipe.send(taken)


def _write(number: int) -> None:
    from opora.desk.tickets.actions import customer_wrote
    from opora.desk.tickets.models import Ticket

    ticket = Ticket.objects.select_related("requester").get(pk=number)
    at = ticket.changed_at + timedelta(minutes=5)
    customer_wrote(ticket, by=ticket.requester, text="And now?", at=at)
