"""Browsers of the cast: signed in without the form, through the same session the form would make."""

from collections.abc import Callable

import pytest
from django.test import Client

from opora.desk.customers.models import Contact
from opora.desk.people.models import Staff
from tests.cast import Cast


@pytest.fixture
def browser(cast: Cast) -> Callable[[Staff | Contact | None], Client]:
    """`browser(cast.anna)`: a browser in which this person is signed in; None for a stranger."""

    def opened(person: Staff | Contact | None) -> Client:
        client = Client()
        if person is not None and person.account is not None:
            client.force_login(person.account)
        return client

    return opened
