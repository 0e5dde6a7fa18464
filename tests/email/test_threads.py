"""A conversation as mail programs see it: one thread by their rules, answers of every shape on their ticket, words alone.

The threads are made by a real server (Dovecot's THREAD=REFERENCES, RFC 5256: the rules mail programs follow).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from imapclient import IMAPClient

from opora.desk.channels.email import chain
from opora.desk.channels.email.models import OutgoingLetter, RawLetter
from opora.desk.channels.email.parsing import read_letter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from tests.cast import Cast
from tests.email.mailservers import Dovecot
from tests.email.shapes import CLARA, LINES, NUMBERS, SHAPES, answer, newest

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(monday: datetime) -> Callable[[bytes, datetime], RawLetter]:
    def take(raw: bytes, at: datetime) -> RawLetter:
        (key,) = store([Arrived(raw, "lmtp", "clara@bakery.example", [])], at=at)
        chain.process_due(at=at)
        return RawLetter.objects.get(pk=key)

    return take


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("only", ["both", "html"])
def test_it_keeps_the_words_alone_of_an_answer_of_every_shape(
    cast: Cast, take: Any, monday: datetime, shape: str, language: str, only: str
) -> None:
    ticket = cast.write(cast.clara, monday)
    Ticket.objects.filter(pk=ticket.pk).update(language=language)
    ticket.refresh_from_db()
    tickets.reply(ticket, by=cast.anna, text={"ru": "Какие страницы?", "en": "Which pages?"}[language], at=monday)
    _, ours = newest(monday)
    raw = answer(ours, shape, language, monday + timedelta(minutes=5))
    if only == "html":
        raw = raw.replace(b"text/plain", b"application/x-none", 1)
    came = take(raw, monday + timedelta(minutes=5))
    assert (came.outcome, came.ticket_id) == ("appended", ticket.pk)
    message = ticket.messages.order_by("-pk")[0]
    said = [line.strip() for line in message.text.split("\n") if line.strip()]
    assert said == [line for line in LINES[language].split("\n") if line]
    assert "страницы?" in message.quoted or "pages?" in message.quoted


def test_it_stays_one_thread_by_the_rules_of_mail_programs(
    cast: Cast, take: Any, monday: datetime, dovecot: Dovecot
) -> None:
    """Clara's mailbox holds what she wrote and what she got: one thread a ticket, each answer below what it answers."""
    opening = EmailMessage(policy=SMTP)
    opening["From"], opening["To"], opening["Subject"] = CLARA, "support@opora.example", "Магазин тормозит"
    opening["Message-ID"], opening["Date"] = "<opening@bakery.example>", monday
    opening.set_content("Магазин тормозит с утра.\n", charset="utf-8")
    in_her_mailbox = [opening.as_bytes()]
    ticket = Ticket.objects.get(pk=take(in_her_mailbox[0], monday).ticket_id)
    parents = {"opening@bakery.example": ""}
    raw, acknowledgement = newest(monday)
    in_her_mailbox.append(raw)
    parents[acknowledgement.message_id] = "opening@bakery.example"
    for number, shape in enumerate((*SHAPES, *SHAPES), start=1):
        at = monday + timedelta(hours=number)
        ticket.refresh_from_db()
        tickets.reply(ticket, by=cast.anna, text=f"Вопрос {number}", at=at)
        before = list(parents)[-1]
        raw, ours = newest(at)
        in_her_mailbox.append(raw)
        parents[ours.message_id] = before if number > 1 else "opening@bakery.example"
        hers = answer(ours, shape, "ru", at + timedelta(minutes=5), f"Ответ {number}", short=number % 3 == 0)
        in_her_mailbox.append(hers)
        parents[read_letter(hers).message_id] = ours.message_id
        assert take(hers, at + timedelta(minutes=5)).ticket_id == ticket.pk
    for other in ("one", "two"):
        second = cast.write(cast.clara, monday, subject="Магазин тормозит", text=other)
        deliver_due(at=monday)
        in_her_mailbox += [bytes(row.raw) for row in OutgoingLetter.objects.filter(ticket=second)]
    threads, ids = threads_of(dovecot, in_her_mailbox)
    mine = [thread for thread in threads if "opening@bakery.example" in {ids[uid] for uid, _ in thread}]
    assert len(mine) == 1
    found = {ids[uid]: ids.get(parent, "") for uid, parent in mine[0]}
    assert found == parents


def threads_of(dovecot: Dovecot, raws: list[bytes]) -> tuple[list[list[tuple[int, int]]], dict[int, str]]:
    """(threads as (uid, uid of the parent or 0), Message-ID of each uid), as the server makes them of these letters."""
    client = IMAPClient("127.0.0.1", dovecot.port, ssl=False)
    client.login(f"reader{next(NUMBERS)}", dovecot.password)
    for raw in raws:
        client.append("INBOX", raw)
    client.select_folder("INBOX")
    ids = {
        uid: known[b"ENVELOPE"].message_id.decode().strip("<>")
        for uid, known in client.fetch(client.search("ALL"), ["ENVELOPE"]).items()
    }
    threads = client.thread("REFERENCES", "ALL")
    client.logout()
    return [list(_flat(thread, 0)) for thread in threads], ids


def _flat(thread: Any, parent: int) -> Any:
    for part in thread:
        if isinstance(part, tuple):
            yield from _flat(part, parent)
        else:
            yield part, parent
            parent = part
