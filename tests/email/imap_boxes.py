"""Mailboxes of ours on a real IMAP server: laying letters in, looking in, and one pass of the fetching."""

from collections.abc import Callable
from datetime import datetime

from imapclient import IMAPClient

from opora.desk.channels.email.imap import fetching
from opora.desk.channels.email.imap.signing_in import Door
from opora.desk.channels.email.models import Mailbox
from tests.email.letters import letter
from tests.email.mailservers import Dovecot

Own = Callable[..., Mailbox]


def lay(dovecot: Dovecot, box: Mailbox, *raws: bytes, folder: str = "INBOX") -> None:
    """Letters come into the mailbox on the server."""
    with looking(dovecot, box) as client:
        for raw in raws:
            client.append(folder, raw)


def looking(dovecot: Dovecot, box: Mailbox) -> IMAPClient:
    client = IMAPClient("127.0.0.1", dovecot.port, ssl=False)
    client.login(box.address, dovecot.password)
    client.select_folder("INBOX")
    return client


def take(box: Mailbox, at: datetime) -> int:
    """One pass."""
    box = Mailbox.objects.get(pk=box.pk)
    client = fetching.connect(box, Door(), at=at)
    try:
        return fetching.fetch(client, box, at=at)
    finally:
        client.logout()


def words(number: int) -> bytes:
    return letter(f"Words {number}\n", message_id=f"{number}@bakery.example")
