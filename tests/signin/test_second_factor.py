"""The second step: numbers of an app, recovery codes, passkeys. Each is good once."""

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from opora.desk.web.signin import actions, rules, seals
from opora.desk.web.signin.models import RecoveryCode, Totp
from tests.cast import PASSWORD, Cast
from tests.signin.authenticator import Authenticator
from tests.signin.conftest import Hands, type_password

pytestmark = pytest.mark.django_db


def app_key(cast: Cast, hands: Hands) -> bytes:
    """Anna's authenticator app, set up and confirmed."""
    key = actions.begin_totp(cast.anna.account, at=hands.at)
    number = rules.hotp(key, rules.totp_step(hands.at))
    actions.confirm_totp(cast.anna.account, number=number, by=cast.anna.actor, at=hands.at)
    hands.pass_by(timedelta(minutes=2))
    return key


def number_now(key: bytes, hands: Hands) -> str:
    return rules.hotp(key, rules.totp_step(hands.at))


@pytest.mark.parametrize(
    ("seconds", "number"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_it_reckons_the_numbers_of_rfc_6238_appendix_b(seconds: int, number: str) -> None:
    step = rules.totp_step(datetime.fromtimestamp(seconds, UTC))
    assert rules.hotp(b"12345678901234567890", step) == number


def test_it_leads_a_newcomer_to_set_up_a_second_factor_and_nowhere_else(
    cast: Cast, client: Client, hands: Hands
) -> None:
    answer = type_password(client, "anna@provider.example")
    assert answer.headers["Location"] == "/desk/second-factor/"
    for closed in ("/profile/", "/profile/keys/", "/desk/people/", "/"):
        assert client.get(closed).status_code != 200
    assert client.get("/profile/").headers["Location"].startswith("/desk/second-factor/")
    page = client.get("/desk/second-factor/app/").content.decode()
    letters = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    key = base64.b32decode(letters + "=" * (-len(letters) % 8))
    assert client.post("/desk/second-factor/app/", {"code": "000000"}).status_code == 422
    assert client.get("/profile/").status_code == 302
    assert client.post("/desk/second-factor/app/", {"code": number_now(key, hands)}).status_code == 302
    assert client.get("/profile/").status_code == 200


def test_it_asks_for_the_number_after_the_password(cast: Cast, client: Client, hands: Hands) -> None:
    key = app_key(cast, hands)
    assert type_password(client, "anna@provider.example").headers["Location"] == "/desk/sign-in/second-step/"
    assert client.get("/profile/").status_code == 302
    assert client.post("/desk/sign-in/second-step/", {"code": "123456"}).status_code == 422
    number = number_now(key, hands)
    spaced = f"{number[:3]} {number[3:]}"
    assert client.post("/desk/sign-in/second-step/", {"code": spaced}).headers["Location"] == "/desk/"
    assert client.get("/profile/").status_code == 200


def test_it_takes_each_number_once(cast: Cast, hands: Hands) -> None:
    key = app_key(cast, hands)
    number = number_now(key, hands)
    answers = []
    for _each in range(2):
        browser = Client()
        type_password(browser, "anna@provider.example")
        answers.append(browser.post("/desk/sign-in/second-step/", {"code": number}).status_code)
    assert answers == [302, 422]


def test_it_gives_the_password_no_more_than_ten_minutes(cast: Cast, client: Client, hands: Hands) -> None:
    key = app_key(cast, hands)
    type_password(client, "anna@provider.example")
    hands.pass_by(timedelta(minutes=11))
    answer = client.post("/desk/sign-in/second-step/", {"code": number_now(key, hands)})
    assert answer.headers["Location"] == "/desk/sign-in/"


def test_it_pauses_guessing_of_numbers_too(cast: Cast, client: Client, hands: Hands) -> None:
    app_key(cast, hands)
    type_password(client, "anna@provider.example")
    pages = [client.post("/desk/sign-in/second-step/", {"code": "000000"}).content.decode() for _each in range(6)]
    assert ["Too many tries" in page for page in pages] == [False] * 5 + [True]


def test_it_takes_a_recovery_code_once_however_it_is_typed(cast: Cast, hands: Hands) -> None:
    app_key(cast, hands)
    codes = actions.make_recovery_codes(cast.anna.account, by=cast.anna.actor, at=hands.at)
    answers = []
    for typed in (codes[0].upper().replace("-", " "), codes[0], codes[1]):
        browser = Client()
        type_password(browser, "anna@provider.example")
        answers.append(browser.post("/desk/sign-in/second-step/", {"code": typed}).status_code)
    assert answers == [302, 422, 302]
    assert len(codes) == 10 and codes[0] not in str(RecoveryCode.objects.values())


def test_it_keeps_the_key_of_the_app_sealed(cast: Cast, hands: Hands) -> None:
    key = app_key(cast, hands)
    kept = Totp.objects.get(account=cast.anna.account).sealed_key
    assert base64.b32encode(key).decode() not in kept
    assert seals.unseal(kept) == key


def test_it_shows_recovery_codes_only_for_the_password(cast: Cast, client: Client, hands: Hands) -> None:
    key = app_key(cast, hands)
    type_password(client, "anna@provider.example")
    client.post("/desk/sign-in/second-step/", {"code": number_now(key, hands)})
    assert client.post("/desk/second-factor/recovery-codes/", {"password": "guess"}).status_code == 422
    page = client.post("/desk/second-factor/recovery-codes/", {"password": PASSWORD}).content.decode()
    assert len(re.findall(r"<code>[a-z0-9]{5}-[a-z0-9]{5}</code>", page)) == 10


def test_it_removes_the_app_only_for_the_password(cast: Cast, client: Client, hands: Hands) -> None:
    key = app_key(cast, hands)
    type_password(client, "anna@provider.example")
    client.post("/desk/sign-in/second-step/", {"code": number_now(key, hands)})
    client.post("/desk/second-factor/remove/", {"password": "guess", "which": "app"})
    assert Totp.objects.filter(account=cast.anna.account).exists()
    client.post("/desk/second-factor/remove/", {"password": PASSWORD, "which": "app"})
    assert not Totp.objects.filter(account=cast.anna.account).exists()


def test_it_makes_a_passkey_and_lets_anna_in_with_it(cast: Cast, client: Client) -> None:
    type_password(client, "anna@provider.example")
    options = client.post("/desk/second-factor/passkey/options/").json()
    answer = Authenticator("http://testserver").make(options["publicKey"])
    done = client.post(
        "/desk/second-factor/passkey/answer/", {**answer, "name": "Laptop"}, content_type="application/json"
    )
    assert done.status_code == 200, done.content
    assert "Laptop" in client.get("/desk/second-factor/").content.decode()


def test_it_lets_in_by_passkey_and_by_no_other_device_origin_or_old_answer(cast: Cast, client: Client) -> None:
    device = Authenticator("http://testserver")
    type_password(client, "anna@provider.example")
    made = device.make(client.post("/desk/second-factor/passkey/options/").json()["publicKey"])
    client.post("/desk/second-factor/passkey/answer/", made, content_type="application/json")

    def try_with(answering: Authenticator, *, again: dict[str, object] | None = None) -> tuple[int, dict[str, object]]:
        browser = Client()
        assert type_password(browser, "anna@provider.example").headers["Location"] == "/desk/sign-in/second-step/"
        options = browser.post("/desk/sign-in/passkey/options/").json()["publicKey"]
        answer = again or answering.use(options)
        done = browser.post("/desk/sign-in/passkey/answer/", answer, content_type="application/json")
        inside = browser.get("/profile/").status_code == 200
        assert inside == (done.status_code == 200)
        return done.status_code, answer

    good, answer = try_with(device)
    assert good == 200
    assert try_with(device, again=answer)[0] == 422
    assert try_with(device.elsewhere("http://testserver.evil.example"))[0] == 422
    assert try_with(device.stranger())[0] == 422
    assert try_with(device.copy_left_behind())[0] == 422
    assert try_with(device)[0] == 200


def test_it_goes_on_after_the_desks_key_was_changed(cast: Cast, hands: Hands, settings: Settings) -> None:
    key = app_key(cast, hands)
    codes = actions.make_recovery_codes(cast.anna.account, by=cast.anna.actor, at=hands.at)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of the desk, long enough to be taken for one"
    for typed in (number_now(key, hands), codes[0]):
        browser = Client()
        type_password(browser, "anna@provider.example")
        assert browser.post("/desk/sign-in/second-step/", {"code": typed}).status_code == 302
