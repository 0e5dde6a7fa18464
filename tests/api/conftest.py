"""Programs that call the API with somebody's key."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client

from opora.desk.customers.models import Contact
from opora.desk.people.models import Staff
from opora.desk.web.signin.actions import make_token
from opora.desk.web.signin.models import Scope
from tests.cast import BEGINNING

ALL = list(Scope.values)


class Program:
    """Calls the API; `get` and `post` return the answer."""

    def __init__(self, secret: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {secret}"} if secret else {})

    def get(self, address: str) -> Any:
        return self.client.get(f"/api/v1/{address}")

    def post(self, address: str, **content: object) -> Any:
        return self.client.post(f"/api/v1/{address}", content, content_type="application/json")


def key_of(person: Staff | Contact, scopes: Sequence[str] = ALL) -> Program:
    """A program with a fresh key of this person's."""
    _row, secret = make_token(person.account, name="program", scopes=scopes, by=person.actor, at=BEGINNING)
    return Program(secret)


@pytest.fixture
def program(db: None) -> Callable[..., Program]:
    """`program(anna)`, `program(clara, ["tickets:read"])`."""
    return key_of
