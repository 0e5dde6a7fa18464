"""A thread for each mailbox that we fetch from: connected, listening (IDLE) or asking again and again, mending itself.

Of several mail processes one keeps a mailbox at a time. What a mailbox says of itself - when it was heard, what is wrong - is
written to its row; when it falls silent others raise the alarm, for mail itself may be what is broken.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection
from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from opora.desk.channels.email.models import Mailbox
from opora.desk.channels.email.sealing import Unreadable
from opora.desk.kernel import clock

from .fetching import connect, fetch
from .signing_in import Door, NotLetIn

log = logging.getLogger("opora.mail")

LOOK_EVERY = 10.0
IDLE_SLICE = 5.0
HEARD_EVERY = 60.0
POLL_EVERY = 30.0
LONGEST_PAUSE = 300.0
FETCHED = ("host", "port", "security", "login", "sign_in", "secret", "client", "client_secret", "token_address")
FETCHED_TOO = ("folder", "afterwards", "moved_to", "with_old", "address")

EXPECTED = (NotLetIn, Unreadable, OSError, IMAPClientError, DatabaseError)

Holds = Callable[[str], bool]


class Keeper:
    """Keeps one mailbox until it is told to stop."""

    def __init__(self, box: Mailbox, holds: Holds, door: Door) -> None:
        self.pk, self.settings = box.pk, settings_of(box)
        self._holds, self._door = holds, door
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mailbox {box.pk}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def join(self, patience: float) -> None:
        self._thread.join(patience)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                if self._holds(f"mailbox {self.pk}"):
                    self._keep()
                    failures = 0
                else:
                    self._stopping.wait(IDLE_SLICE)
            except Exception as trouble:
                failures += 1
                if not isinstance(trouble, EXPECTED):
                    log.exception("mailbox %s failed in a way nobody thought of", self.pk)
                self._complain(trouble)
                self._stopping.wait(min(LONGEST_PAUSE, 2.0 * 2 ** min(failures, 8)))
        connection.close()

    def _keep(self) -> None:
        box = Mailbox.objects.get(pk=self.pk)
        client = connect(box, self._door, at=clock.now())
        try:
            while not self._stopping.is_set() and self._holds(f"mailbox {self.pk}"):
                fetch(client, box, at=clock.now())
                self._heard()
                self._wait_for_more(client)
        finally:
            _part(client)

    def _wait_for_more(self, client: IMAPClient) -> None:
        """Until the server says that something came, or for a minute: then it is asked, so that a dead line is noticed."""
        if not client.has_capability("IDLE"):
            self._stopping.wait(POLL_EVERY)
            return
        client.idle()
        end = clock.monotonic() + HEARD_EVERY
        try:
            while not self._stopping.is_set() and clock.monotonic() < end:
                began = clock.monotonic()
                said = client.idle_check(timeout=IDLE_SLICE)
                at_once = clock.monotonic() - began < IDLE_SLICE / 2
                if _tells_of_letters(said) or (at_once and not said):  # nothing, and at once: the line is dead
                    break
        finally:
            client.idle_done()

    def _heard(self) -> None:
        Mailbox.objects.filter(pk=self.pk).update(heard_at=clock.now(), trouble="")

    def _complain(self, trouble: Exception) -> None:
        words = (
            f"{type(trouble).__name__}: {trouble}"[:500] if not isinstance(trouble, NotLetIn) else str(trouble)[:500]
        )
        log.warning("mailbox %s: %s", self.pk, words)
        try:
            Mailbox.objects.filter(pk=self.pk).update(trouble=words)
        except DatabaseError:
            connection.close()


class Keepers:
    """All of them, started and stopped as mailboxes are added, changed and switched off."""

    def __init__(self, holds: Holds, door: Door | None = None) -> None:
        self._holds, self._door = holds, door or Door()
        self._keepers: dict[int, Keeper] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailboxes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = 8.0) -> None:
        """Let each end what it has in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience)
        for keeper in self._keepers.values():
            keeper.stop()
        for keeper in self._keepers.values():
            keeper.join(patience)

    def look(self) -> None:
        """Keep exactly the mailboxes that are to be kept, each as it is set now. Raises DatabaseError."""
        boxes = {box.pk: box for box in Mailbox.objects.filter(active=True, road=Mailbox.Road.IMAP)}
        for pk, keeper in list(self._keepers.items()):
            if pk not in boxes or settings_of(boxes[pk]) != keeper.settings:
                keeper.stop()
                del self._keepers[pk]
        for pk, box in boxes.items():
            if pk not in self._keepers:
                self._keepers[pk] = Keeper(box, self._holds, self._door)
                self._keepers[pk].start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except DatabaseError as trouble:
                log.warning("the mailboxes could not be looked up: %s", trouble)
                connection.close()
            self._stopping.wait(LOOK_EVERY)
        connection.close()


def settings_of(box: Mailbox) -> tuple[Any, ...]:
    """What a connection depends on. A refresh token that the server renewed is no change."""
    names = [name for name in (*FETCHED, *FETCHED_TOO) if name != "secret" or box.sign_in == Mailbox.SignIn.PASSWORD]
    return tuple(getattr(box, name) for name in names)


def _tells_of_letters(said: list[Any]) -> bool:
    return any(len(one) > 1 and one[1] in (b"EXISTS", b"RECENT") for one in said)


def _part(client: IMAPClient) -> None:
    try:
        client.logout()
    except (OSError, IMAPClientError):
        client.shutdown()
