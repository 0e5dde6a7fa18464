"""What an exchange says over its line, written down: the same road as the hooks'. All of it asks the database."""

import json
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from opora.desk.channels.phone import actions, errands
from opora.desk.channels.phone.models import Call, Connection, Errand, Extension
from opora.desk.channels.phone.parsing import CallWord
from opora.desk.channels.phone.parsing.ami import Message
from opora.desk.channels.phone.parsing.switchboard import Switchboard
from opora.desk.kernel import clock

FRESH = timedelta(seconds=10)


class Book:
    """One exchange's calls. Used by one thread at a time."""

    def __init__(self, exchange: Connection) -> None:
        self.exchange = exchange
        self._board = Switchboard(exchange.region)
        self._living: set[str] | None = None
        self._unwritten: list[tuple[bytes, str, CallWord, datetime]] = []

    def reached(self) -> None:
        """We are signed in."""
        Connection.objects.filter(pk=self.exchange.pk).update(reached_at=clock.now(), trouble="")

    def begin_list(self) -> None:
        """All that lives is listed from now on."""
        names = Extension.objects.filter(connection=self.exchange).values_list("name", flat=True)
        self._board.seats = frozenset(names)
        self._board.begin_list()

    def note(self, message: Message, at: datetime) -> None:
        """Understand a message and note what is to be written."""
        if message.get("Event") == "CoreShowChannelsComplete":
            self._living, words = self._board.end_list()
        else:
            words = self._board.hear(message)
        self._unwritten += [(message.raw, f"ami {number}", word, at) for number, word in enumerate(words)]

    def write(self) -> None:
        """Write what is noted. Raises DatabaseError; then what was not written still is noted."""
        while self._unwritten:
            raw, query, word, at = self._unwritten[0]
            body = raw + json.dumps([word.call, word.phase]).encode()
            actions.hear(self.exchange, body=body, query=query, word=word, trouble="", at=at)
            del self._unwritten[0]
        if self._living is not None:
            self._end_silent(self._living, clock.now())
            self._living = None

    def next_errand(self) -> Errand | None:
        """What the exchange is asked to do next; it counts as told from now on."""
        return errands.take(self.exchange.pk, at=clock.now())

    def end_errand(self, errand: Errand, trouble: str) -> None:
        """It does it, or says why not."""
        if trouble:
            errands.fail(errand, trouble=trouble, at=clock.now())
        else:
            errands.done(errand, at=clock.now())

    def _end_silent(self, living: set[str], at: datetime) -> None:
        """Calls that ended while the line was broken: the exchange knows them no more."""
        going = Call.objects.filter(connection=self.exchange, ended_at=None, began_at__lt=at - FRESH)
        for key, outgoing in going.exclude(key__in=living).values_list("key", "outgoing"):
            word = CallWord(key, "ended", outgoing, "", "", "", "", cause="unheard")
            body = json.dumps(["not in the list of channels", key]).encode()
            actions.hear(self.exchange, body=body, query="ami list", word=word, trouble="", at=at)


def drop_connection() -> None:
    """Close this thread's connection to the database; the next question opens another."""
    connection.close()


def complain(exchange: int, trouble: str) -> None:
    """What is wrong with the line stands in the exchange's row."""
    try:
        Connection.objects.filter(pk=exchange).update(trouble=trouble[:500])
    except DatabaseError:
        connection.close()
