"""The demo's authenticator app: each colleague's number, shown until it was used, and nowhere outside the demo."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.test import Client

from opora.desk.kernel import clock
from opora.desk.web.signin import rules
from opora.desk.web.signin.actions import begin_totp, confirm_totp, use_number
from tests.cast import Cast

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 16, 10, 30, 7, tzinfo=UTC)


@pytest.fixture
def app(cast: Cast, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The page at 7 s past the half-minute; Boris set up his app some time ago."""
    settings.OPORA_DEMO = True
    monkeypatch.setattr(clock, "now", lambda: AT)
    before = datetime(2026, 9, 16, 9, tzinfo=UTC)
    number = rules.hotp(begin_totp(cast.boris.account, at=before), rules.totp_step(before))
    confirm_totp(cast.boris.account, number=number, by=cast.boris.actor, at=before)
    return Client()


def shown(app: Client) -> list[str]:
    return re.findall(r"<code>(\d{6})</code>", app.get("/demo/app/").text)


def test_it_shows_numbers_that_count_until_both_were_used(app: Client, cast: Cast) -> None:
    assert "good for 23 s" in app.get("/demo/app/").text
    used = []
    for _ in range(2):
        (number,) = shown(app)
        way = use_number(cast.boris.account, typed=number, address="", by=cast.boris.actor, at=AT)
        assert way == "totp"
        used.append(number)
    assert len(set(used)) == 2
    assert shown(app) == []
    assert "comes in 23 s" in app.get("/demo/app/").text


def test_it_does_not_exist_outside_the_demo(app: Client, settings: LazySettings) -> None:
    settings.OPORA_DEMO = False
    assert app.get("/demo/app/").status_code == 404
