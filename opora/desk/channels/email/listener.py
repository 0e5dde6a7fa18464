"""The way in: LMTP and SMTP on one port, on loopback by default, behind a real mail server.

A letter is acknowledged only after its octets are committed; on any trouble with the database the answer is 451 and the
other side keeps it. Letters that arrive together share one commit.
"""

import asyncio
import logging
import queue
import threading
from dataclasses import dataclass, field

from django.conf import settings
from django.db import Error, close_old_connections, connection

from opora.desk.kernel import clock

from . import identity, rules
from .door import Door, Handed
from .receive import Arrived, store

log = logging.getLogger("opora.mail")

TOGETHER = 64
ADDRESSES_LAST = 10.0
"""Seconds after which our own addresses are looked up again."""
TOGETHER_OCTETS = 16 * 1024 * 1024
THANKS = "250 2.0.0 Stored"
LATER = "451 4.3.0 Try again later"


@dataclass(slots=True)
class _Waiting:
    letter: Arrived
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[str]"

    def say(self, words: str) -> None:
        """Answer the connection that waits, if it still does."""
        self.loop.call_soon_threadsafe(self._set, words)

    def _set(self, words: str) -> None:
        if not self.answer.done():
            self.answer.set_result(words)


@dataclass(slots=True)
class Counts:
    """What the listener has done since it started."""

    stored: int = 0
    commits: int = 0
    refused: int = 0


@dataclass
class Listener:
    """Takes letters from the network into the database. The address may be given, else it is that of the settings."""

    host: str = ""
    port: int = -1
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        host, port = settings.OPORA_MAIL_LISTEN
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._ours = frozenset({identity.mailbox()})
        self._looked_up = 0.0
        self._door = Door(
            self.host or host,
            self.port if self.port >= 0 else port,
            takes_in=lambda address: rules.takes_in(address, self._ours),
            take=self._take,
            size_limit=settings.OPORA_LARGEST_LETTER,
            name=identity.domain(),
        )
        self._writer = threading.Thread(target=self._write, name="mail writer", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._door.address

    def tally(self) -> dict[str, int]:
        """Numbers for the pulse of the process."""
        return {"stored": self.counts.stored, "commits": self.counts.commits, "refused": self.counts.refused}

    def start(self) -> None:
        """Listen. Raises OSError when the port cannot be had."""
        self._ours, self._looked_up = identity.addresses(), clock.monotonic()
        self._writer.start()
        try:
            self._door.start()
        except OSError:
            self._end_writer()
            raise

    def stop(self) -> None:
        """Take no more letters; those in hand are stored and answered first."""
        self._door.stop()
        self._end_writer()

    def _end_writer(self) -> None:
        self._queue.put(None)
        self._writer.join(5.0)

    async def _take(self, handed: Handed) -> str:
        loop = asyncio.get_running_loop()
        letter = Arrived(
            handed.raw,
            handed.transport,
            handed.envelope_from,
            handed.envelope_to,
            client=handed.client,
            greeting=handed.greeting,
            left_out=handed.left_out,
        )
        waiting = _Waiting(letter, loop, loop.create_future())
        self._queue.put(waiting)
        return await waiting.answer

    def _write(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=ADDRESSES_LAST)
            except queue.Empty:
                self._look_up_addresses()
                continue
            if first is None:
                break
            together, ended = self._gather(first)
            self._keep(together)
            self._look_up_addresses()
            if ended:
                break
        connection.close()

    def _look_up_addresses(self) -> None:
        """Learn of mailboxes that were added or taken away; without the database we know what we knew."""
        at = clock.monotonic()
        if at - self._looked_up < ADDRESSES_LAST:
            return
        self._looked_up = at
        try:
            self._ours = identity.addresses()
        except Error:  # whatever it is, this thread must go on: it is the only one that writes
            log.warning("our own addresses could not be looked up; those known before stand")
            connection.close()

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Whatever else waits already, up to the limits of one commit."""
        together, octets = [first], len(first.letter.raw)
        while len(together) < TOGETHER and octets < TOGETHER_OCTETS:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return together, True
            together.append(following)
            octets += len(following.letter.raw)
        return together, False

    def _keep(self, together: list[_Waiting]) -> None:
        try:
            close_old_connections()
            store([waiting.letter for waiting in together], at=clock.now())
        except Exception:
            log.exception("%s letter(s) could not be stored; their servers keep them", len(together))
            connection.close()
            self.counts.refused += len(together)
            answer = LATER
        else:
            self.counts.stored += len(together)
            self.counts.commits += 1
            answer = THANKS
        for waiting in together:
            waiting.say(answer)
