"""What nobody needs any more goes by itself; what is still needed stays."""

from datetime import timedelta

import pytest
from django.test import Client

from opora.desk.web.signin.jobs import forget_old
from opora.desk.web.signin.models import Guesses, Session, SignInCode
from tests.cast import Cast
from tests.signin.conftest import Hands, Mailbag, type_password

pytestmark = pytest.mark.django_db


def test_it_forgets_ended_sessions_old_codes_and_old_guesses(cast: Cast, hands: Hands, mailbag: Mailbag) -> None:
    browser = Client()
    browser.post("/sign-in/", {"email": "clara@bakery.example"})
    type_password(Client(), "anna@provider.example", "guess")
    assert forget_old(at=hands.at) == 0
    assert forget_old(at=hands.pass_by(timedelta(days=400))) > 0
    assert [kind.objects.count() for kind in (Session, SignInCode, Guesses)] == [0, 0, 0]
