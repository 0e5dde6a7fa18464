"""Letters put through the chain, a ticket they may belong to; real mail servers for those tests that ask for them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from opora.desk.channels.email import chain
from opora.desk.channels.email.models import RawLetter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from tests.cast import Cast
from tests.email.mailservers import Dovecot, why_not

Take = Callable[..., RawLetter]


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
def dovecot(mail_programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    """One server for all; every test takes a mailbox of its own."""
    folder: Path = tmp_path_factory.mktemp("dovecot")
    for above in (folder, *list(folder.parents)[:3]):
        if above.name.startswith(("pytest-", "popen-", "dovecot")):
            above.chmod(0o755)
    server = Dovecot(folder).start()
    yield server
    server.stop()
