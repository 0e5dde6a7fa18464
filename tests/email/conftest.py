"""Letters put through the chain, a ticket they may belong to; real mail servers for those tests that ask for them."""

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from opora.desk.channels.email import chain
from opora.desk.channels.email.models import Mailbox, RawLetter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.channels.email.sealing import seal
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from tests.cast import Cast
from tests.email.imap_boxes import Own
from tests.email.mail_programs import why_not
from tests.email.mailservers import Dovecot, running_dovecot

Take = Callable[..., RawLetter]
NUMBERS = itertools.count(1)


@pytest.fixture
def take(monday: datetime) -> Take:
    """Store one letter, put it through the chain, and give it back with what became of it."""

    def take(raw: bytes, *, at: datetime | None = None, envelope_to: tuple[str, ...] = ()) -> RawLetter:
        moment = at or monday
        (key,) = store([Arrived(raw, "lmtp", "clara@bakery.example", envelope_to)], at=moment)
        chain.process_due(at=moment)
        return RawLetter.objects.get(pk=key)

    return take


@pytest.fixture
def opened(cast: Cast, monday: datetime) -> Ticket:
    """A ticket of Clara's, answered by Anna, waiting for Clara."""
    ticket = cast.write(cast.clara, monday - timedelta(hours=1))
    tickets.reply_and_wait(ticket, by=cast.anna, text="Which pages?", at=monday - timedelta(minutes=30))
    return ticket


@pytest.fixture(scope="session")
def mail_programs() -> None:
    """Debian's Dovecot and Postfix, unpacked; skips with the reason where they cannot be had."""
    if reason := why_not():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def dovecot(mail_programs: None) -> Iterator[Dovecot]:
    """One server for all; every test takes a mailbox of its own."""
    with running_dovecot() as server:
        yield server


@pytest.fixture
def own(dovecot: Dovecot, monday: datetime, settings: LazySettings) -> Own:
    """A mailbox of ours on the server, empty."""

    def own(**more: Any) -> Mailbox:
        address = f"box{next(NUMBERS)}@opora.example"
        words: dict[str, Any] = {
            "address": address,
            "name": "Support",
            "road": "imap",
            "host": "127.0.0.1",
            "port": dovecot.port,
            "security": "plain",
            "secret": seal(dovecot.password, settings.SECRET_KEY),
            "made_at": monday,
            "with_old": True,
        }
        return Mailbox.objects.create(**(words | more))

    return own
