"""Real mail servers for those tests that ask for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.email.mailservers import Dovecot, why_not


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
        if above.name.startswith(("pytest-", "dovecot")):
            above.chmod(0o755)
    server = Dovecot(folder).start()
    yield server
    server.stop()
