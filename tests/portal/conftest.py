"""A signed-in browser for each of the cast, and Clara's ticket with everything a page can hold."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from opora.desk.customers.models import Contact
from opora.desk.kernel import clock
from opora.desk.people.models import Staff
from opora.desk.tickets import actions
from opora.desk.tickets.actions import NewFile
from opora.desk.tickets.models import Ticket
from tests.cast import Cast

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf00000301"
    "0100189dd38d0000000049454e44ae426082"
)


@pytest.fixture
def signed_in() -> Callable[[Contact | Staff], Client]:
    """`signed_in(cast.clara).get("/requests/")`."""

    def client_of(person: Contact | Staff) -> Client:
        client = Client()
        assert person.account is not None
        client.force_login(person.account)
        return client

    return client_of


@pytest.fixture
def lately() -> datetime:
    """A quarter of an hour ago: pages read the real clock."""
    return clock.now() - timedelta(minutes=15)


@pytest.fixture
def ticket(cast: Cast, lately: datetime) -> Ticket:
    """Clara's request with a picture, a paper and an answer of Anna's."""
    files = [
        NewFile("Снимок экрана.png", "image/png", PIXEL),
        NewFile("отчёт.html", "text/html", b"<script>1</script>"),
    ]
    ticket = cast.write(cast.clara, lately, files=files)
    actions.note(
        ticket,
        by=cast.anna.actor,
        text="zanzibar suspicion",
        at=lately,
        files=[NewFile("secret.txt", "text/plain", b"internal")],
    )
    actions.reply(ticket, by=cast.anna, text="We are looking at https://status.example/now", at=lately)
    ticket.refresh_from_db()
    return ticket
