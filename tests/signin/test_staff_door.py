"""Colleagues come in with a password and a second factor, and nobody learns who works here."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from opora.desk.kernel.models import Event
from opora.desk.people import actions as people
from opora.desk.web.signin import actions, events, rules
from opora.desk.web.signin.models import Guesses, Session
from tests.cast import PASSWORD, Cast
from tests.signin.conftest import Hands, type_password

pytestmark = pytest.mark.django_db
WRONG = "The e-mail address or the password is not right."


@pytest.fixture(autouse=True)
def optional(settings: Settings) -> None:
    """Most tests here are about passwords; those about the second factor say so."""
    settings.OPORA_SECOND_FACTOR = "optional"


def test_it_lets_anna_in_and_her_only_on_her_side(cast: Cast, client: Client) -> None:
    answer = type_password(client, "Anna@Provider.example")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/")
    assert client.get("/desk/second-factor/").status_code == 200
    assert client.get("/sign-in/").status_code == 200


def test_it_goes_on_to_the_page_that_was_asked_for_but_never_to_another_site(cast: Cast, client: Client) -> None:
    for wanted, given in [
        ("/desk/tickets/7", "/desk/tickets/7"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example", "/desk/"),
    ]:
        answer = Client().post(
            "/desk/sign-in/", {"email": "anna@provider.example", "password": PASSWORD, "next": wanted}
        )
        assert answer.headers["Location"] == given


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("anna@provider.example", "not her password"),
        ("nobody@provider.example", PASSWORD),
        ("clara@bakery.example", PASSWORD),
    ],
)
def test_it_answers_a_stranger_a_customer_and_a_wrong_password_alike(
    cast: Cast, client: Client, email: str, password: str
) -> None:
    answer = type_password(client, email, password)
    assert answer.status_code == 422
    assert WRONG in answer.content.decode()
    assert client.get("/desk/second-factor/").headers["Location"] == "/desk/sign-in/"


def test_it_hashes_as_often_for_an_unknown_account_as_for_a_known_one(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    work: list[str] = []
    real = MD5PasswordHasher.encode

    def count(self: MD5PasswordHasher, password: str, salt: str, *more: object) -> str:
        work.append(password)
        return real(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    type_password(client, "anna@provider.example", "wrong")
    known = len(work)
    work.clear()
    type_password(client, "nobody@provider.example", "wrong")
    assert (known, len(work)) == (1, 1)


def test_it_pauses_longer_and_longer_for_a_known_and_an_unknown_account_alike(cast: Cast, hands: Hands) -> None:
    for email in ("anna@provider.example", "nobody@provider.example"):
        answers = [type_password(Client(), email, "guess").content.decode() for _each in range(7)]
        assert [WRONG in answer for answer in answers] == [True] * 5 + [False] * 2
        assert "Too many tries. Wait 15 seconds" in answers[-1]
    assert "Too many tries" in type_password(Client(), "anna@provider.example").content.decode()
    hands.pass_by(timedelta(seconds=16))
    assert WRONG in type_password(Client(), "anna@provider.example", "guess").content.decode()
    assert "Wait 30 seconds" in type_password(Client(), "anna@provider.example").content.decode()
    hands.pass_by(timedelta(seconds=31))
    assert type_password(Client(), "anna@provider.example").status_code == 302
    assert (
        Event.objects.filter(name=events.LOCKED, subject_kind="account", subject_id=cast.anna.account_id).count() == 2
    )


def test_it_pauses_a_network_address_that_tries_many_accounts(cast: Cast, hands: Hands) -> None:
    browser = Client(REMOTE_ADDR="203.0.113.7")
    for number in range(21):
        type_password(browser, f"guess{number}@provider.example")
    assert "Too many tries" in type_password(browser, "anna@provider.example").content.decode()
    assert type_password(Client(REMOTE_ADDR="203.0.113.8"), "anna@provider.example").status_code == 302


def test_it_believes_a_forwarded_address_only_from_a_trusted_proxy(cast: Cast, hands: Hands) -> None:
    for number in range(21):
        browser = Client(REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
        type_password(browser, f"guess{number}@provider.example")
    assert "Too many tries" in type_password(browser, "anna@provider.example").content.decode()
    through_proxy = Client(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert "Too many tries" in type_password(through_proxy, "anna@provider.example").content.decode()


def test_it_lets_an_administrator_unlock_at_once(cast: Cast, hands: Hands) -> None:
    for _each in range(6):
        type_password(Client(), "anna@provider.example", "guess")
    actions.unlock(cast.anna.account, by=cast.hanna.actor, at=hands.at)
    assert type_password(Client(), "anna@provider.example").status_code == 302


def test_it_forgets_old_failures_after_a_quiet_day(cast: Cast, hands: Hands) -> None:
    for _each in range(5):
        type_password(Client(), "anna@provider.example", "guess")
    hands.pass_by(rules.FORGOTTEN_AFTER + timedelta(minutes=1))
    type_password(Client(), "anna@provider.example", "guess")
    assert Guesses.objects.filter(kind="account").get().failures == 1


def test_it_gives_the_session_a_new_key_at_sign_in(cast: Cast, client: Client) -> None:
    client.get("/desk/sign-in/")
    session = client.session
    session["planted"] = "by a stranger"
    session.save()
    before = session.session_key
    client.cookies["opora_session"] = before
    type_password(client, "anna@provider.example")
    after = client.cookies["opora_session"].value
    assert after != before
    assert "planted" not in Session.objects.get(pk=after).get_decoded()
    assert not Session.objects.filter(pk=before).exists()


def test_it_lists_sessions_and_ends_one_or_all_others(cast: Cast) -> None:
    home, work, lost = Client(), Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"), Client()
    for browser in (home, work, lost):
        type_password(browser, "anna@provider.example")
    page = home.get("/profile/").content.decode()
    assert page.count("End this session") == 2
    assert "Firefox, Windows" in page
    mark = page.split('name="mark" value="')[1].split('"')[0]
    home.post("/profile/sessions/end/", {"mark": mark})
    assert Session.objects.filter(account=cast.anna.account).count() == 2
    home.post("/profile/sessions/end/", {"which": "others"})
    assert [browser.get("/profile/").status_code for browser in (home, work, lost)] == [200, 302, 302]


def test_it_never_ends_another_persons_session(cast: Cast) -> None:
    anna, boris = Client(), Client()
    type_password(anna, "anna@provider.example")
    type_password(boris, "boris@provider.example")
    from opora.desk.web.signin.queries import session_mark

    mark = session_mark(Session.objects.get(account=cast.boris.account))
    assert anna.post("/profile/sessions/end/", {"mark": mark}).status_code == 404
    assert boris.get("/profile/").status_code == 200


def test_it_ends_every_session_when_a_colleague_leaves(cast: Cast, hands: Hands, client: Client) -> None:
    type_password(client, "anna@provider.example")
    people.let_go(cast.anna, by=cast.hanna.actor, at=hands.at, why="moved away")
    assert client.get("/desk/second-factor/").headers["Location"] == "/desk/sign-in/"
    assert WRONG in type_password(Client(), "anna@provider.example").content.decode()


def test_it_ends_a_colleagues_session_after_a_day_away(cast: Cast, hands: Hands, client: Client) -> None:
    type_password(client, "anna@provider.example")
    hands.pass_by(timedelta(hours=23))
    assert client.get("/profile/").status_code == 200
    hands.pass_by(timedelta(hours=25))
    assert client.get("/profile/").status_code == 302


def test_it_changes_the_password_and_ends_the_other_sessions(cast: Cast) -> None:
    here, there = Client(), Client()
    for browser in (here, there):
        type_password(browser, "anna@provider.example")
    weak = here.post("/profile/password/", {"present": PASSWORD, "new": "password"})
    assert weak.status_code == 422
    wrong = here.post("/profile/password/", {"present": "guess", "new": "seven green umbrellas"})
    assert "This is not your password." in wrong.content.decode()
    assert here.post("/profile/password/", {"present": PASSWORD, "new": "seven green umbrellas"}).status_code == 302
    assert (here.get("/profile/").status_code, there.get("/profile/").status_code) == (200, 302)
    assert type_password(Client(), "anna@provider.example", "seven green umbrellas").status_code == 302


def test_it_signs_out(cast: Cast, client: Client) -> None:
    type_password(client, "anna@provider.example")
    assert client.post("/sign-out/").headers["Location"] == "/desk/sign-in/"
    assert client.get("/profile/").status_code == 302
    assert not Session.objects.filter(account=cast.anna.account).exists()


def test_it_keeps_how_a_person_reads(cast: Cast, client: Client) -> None:
    type_password(client, "anna@provider.example")
    answer = client.post("/profile/", {"language": "ru", "zone": "Asia/Vladivostok", "theme": "dark"})
    assert answer.status_code == 302
    page = client.get("/profile/").content.decode()
    assert '<html lang="ru" data-theme="dark"' in page
    cast.anna.account.refresh_from_db()
    assert (cast.anna.account.zone, cast.anna.account.shortcuts) == ("Asia/Vladivostok", False)
    bad = client.post("/profile/", {"language": "ru", "zone": "Mars/Base", "theme": "dark"})
    assert bad.status_code == 422


def test_it_keeps_pages_of_a_person_out_of_every_cache(cast: Cast, client: Client) -> None:
    type_password(client, "anna@provider.example")
    answer = client.get("/profile/")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert json.dumps(answer.headers["Permissions-Policy"])
