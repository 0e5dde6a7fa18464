"""A whole installation with the cast in it, the customer's own mail server, and a browser for each person."""

import mailbox
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as as_a_client_reads
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from tests.folders import passable_folder
from tests.pages import browser as helm
from tests.runs.program import Program, free_port
from tests.runs.waiting import wait_until

SUPPORT = "support@provider.example"
ASSEMBLE = "import django; django.setup(); from tests.cast import assemble; assemble()"


class CustomersMail:
    """The customers' own mail server on loopback: what it takes lies in a maildir, as their mail programs read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Controller(Mailbox(str(folder)), hostname="127.0.0.1", port=free_port())

    @property
    def address(self) -> str:
        return f"smtp://{self.server.hostname}:{self.server.port}"

    def letters(self, to: str) -> list[EmailMessage]:
        """Everything that came for this address, oldest first."""
        box = mailbox.Maildir(self.folder, create=False)
        found = [message_from_bytes(box.get_bytes(key), policy=as_a_client_reads) for key in sorted(box.keys())]
        return [letter for letter in found if to in str(letter["X-RcptTo"])]

    def wait_for(self, to: str, words: str) -> EmailMessage:
        """The first letter to this address whose text holds the words."""

        def come() -> EmailMessage | None:
            return next((letter for letter in self.letters(to) if words in text_of(letter)), None)

        return wait_until(come, f"a letter to {to} that says “{words}”", 40)


def text_of(letter: EmailMessage) -> str:
    """The plain words, as a mail program shows them."""
    part = letter.get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture(scope="module")
def customers_mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CustomersMail]:
    mail = CustomersMail(tmp_path_factory.mktemp("customers") / "maildir")
    mail.server.start()
    yield mail
    mail.server.stop()


@pytest.fixture(scope="module")
def desk(customers_mail: CustomersMail) -> Iterator[Program]:
    """`opora up` with the cast in its database, sending to the customers' mail server."""
    settings = {
        "OPORA_SMTP_URL": customers_mail.address,
        "OPORA_MAIL_ADDRESS": SUPPORT,
        "OPORA_SECOND_FACTOR": "optional",
    }
    with passable_folder() as folder:
        yield from assembled(Program(folder / "state", settings=settings))


def assembled(program: Program) -> Iterator[Program]:
    """The program running with the cast in its database; ended afterwards."""
    try:
        program.up()
        subprocess.run(
            [sys.executable, "-c", ASSEMBLE],
            env={**program.environment, "DJANGO_SETTINGS_MODULE": "opora.config.settings"},
            check=True,
            timeout=120,
        )
        yield program
    finally:
        program.end()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    helm.chromium()
    with helm.browser() as running:
        yield running
