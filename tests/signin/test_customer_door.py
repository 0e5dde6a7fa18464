"""Customers come in with a code from their mailbox, or a password. The pages tell nobody who is a customer."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opora.desk.kernel import clock
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Event
from opora.desk.people import actions as people
from opora.desk.web.signin import actions, rules
from opora.desk.web.signin.models import SignInCode
from tests.cast import PASSWORD, Cast
from tests.signin.conftest import Hands, Mailbag, type_password

pytestmark = pytest.mark.django_db


def ask(browser: Client, email: str) -> str:
    """Ask for a code; the page that follows, with the address taken out."""
    browser.post("/sign-in/", {"email": email})
    deliver_due(at=clock.now())
    page = browser.get("/sign-in/code/").content.decode()
    return "".join(line for line in page.replace(email, "…").splitlines() if "csrf" not in line)


def enter(browser: Client, code: str) -> int:
    return browser.post("/sign-in/code/", {"code": code}).status_code


def test_it_lets_clara_in_with_the_code_from_her_letter(
    cast: Cast, client: Client, hands: Hands, mailbag: Mailbag
) -> None:
    ask(client, "Clara@Bakery.example")
    assert mailbag.letters[-1]["to"] == "clara@bakery.example"
    assert len(mailbag.code) == rules.CODE_DIGITS
    assert enter(client, f"{mailbag.code[:3]} {mailbag.code[3:]}") == 302
    assert client.get("/profile/").status_code == 200
    assert client.get("/desk/second-factor/").headers["Location"] == "/desk/sign-in/"


@pytest.mark.parametrize("email", ["nobody@nowhere.example", "anna@provider.example"])
def test_it_answers_a_stranger_and_a_colleague_like_a_customer_and_sends_them_nothing(
    cast: Cast, hands: Hands, mailbag: Mailbag, email: str
) -> None:
    known = ask(Client(), "clara@bakery.example")
    sent = len(mailbag.letters)
    browser = Client()
    assert ask(browser, email) == known
    assert len(mailbag.letters) == sent
    assert enter(browser, "000000") == 422


def test_it_makes_an_account_for_somebody_who_only_ever_wrote_letters(
    cast: Cast, client: Client, hands: Hands, mailbag: Mailbag
) -> None:
    ask(client, "sam@stranger.example")
    assert enter(client, mailbag.code) == 302
    cast.sam.refresh_from_db()
    assert cast.sam.account.email == "sam@stranger.example"
    assert not cast.sam.account.has_usable_password()


def test_it_keeps_the_code_only_as_a_hash(cast: Cast, client: Client, hands: Hands, mailbag: Mailbag) -> None:
    ask(client, "clara@bakery.example")
    assert mailbag.code not in str(SignInCode.objects.values())


def test_it_takes_a_code_once_in_its_own_browser_for_ten_minutes(cast: Cast, hands: Hands, mailbag: Mailbag) -> None:
    asked, other = Client(), Client()
    ask(asked, "clara@bakery.example")
    first = mailbag.code
    ask(other, "dan@driftwood.example")
    assert enter(other, first) == 422
    assert enter(asked, first) == 302
    again = Client()
    ask(again, "clara@bakery.example")
    code = mailbag.code
    hands.pass_by(timedelta(minutes=10, seconds=1))
    assert enter(again, code) == 422


def test_it_gives_five_tries_for_a_code(cast: Cast, client: Client, hands: Hands, mailbag: Mailbag) -> None:
    ask(client, "clara@bakery.example")
    wrong = "111111" if mailbag.code != "111111" else "222222"
    for _each in range(rules.CODE_TRIES):
        assert enter(client, wrong) == 422
    assert enter(client, mailbag.code) == 422


def test_it_sends_no_more_than_a_few_codes_in_a_row(cast: Cast, hands: Hands, mailbag: Mailbag) -> None:
    answers = [Client().post("/sign-in/", {"email": "clara@bakery.example"}).status_code for _each in range(6)]
    deliver_due(at=hands.at)
    assert answers == [302, 302, 302, 302, 422, 422]
    assert len(mailbag.letters) == 4


def test_it_writes_the_letter_in_the_persons_language(cast: Cast, hands: Hands, mailbag: Mailbag) -> None:
    cast.clara.language = "ru"
    cast.clara.save(update_fields=["language"])
    ask(Client(headers={"Accept-Language": "en"}), "clara@bakery.example")
    assert "код" in str(mailbag.letters[-1]["subject"])


def test_it_takes_a_customers_password_at_the_customers_door_only(cast: Cast, client: Client, hands: Hands) -> None:
    assert type_password(client, "clara@bakery.example", door="/sign-in/password/").status_code == 302
    assert client.get("/profile/").status_code == 200
    assert type_password(Client(), "anna@provider.example", door="/sign-in/password/").status_code == 422


def test_it_lets_a_customer_set_a_first_password(cast: Cast, client: Client, hands: Hands, mailbag: Mailbag) -> None:
    ask(client, "sam@stranger.example")
    enter(client, mailbag.code)
    assert client.post("/profile/password/", {"new": PASSWORD}).status_code == 302
    assert type_password(Client(), "sam@stranger.example", door="/sign-in/password/").status_code == 302


def test_it_shuts_out_a_person_who_is_no_longer_active(
    cast: Cast, client: Client, hands: Hands, mailbag: Mailbag
) -> None:
    ask(client, "clara@bakery.example")
    enter(client, mailbag.code)
    cast.clara.active = False
    cast.clara.save(update_fields=["active"])
    assert client.get("/profile/").status_code == 302
    people.prefer(cast.clara.account, theme="dark")
    sent = len(mailbag.letters)
    ask(Client(), "clara@bakery.example")
    assert len(mailbag.letters) == sent


def test_it_does_the_same_work_for_a_known_and_an_unknown_address(cast: Cast, hands: Hands) -> None:
    asked: list[list[str]] = []
    for email in ("clara@bakery.example", "nobody@nowhere.example"):
        with CaptureQueriesContext(connection) as seen:
            Client().post("/sign-in/", {"email": email})
        asked.append([re.sub(r"'[^']*'|\d+", "?", one["sql"]).split(" FROM ")[0][:60] for one in seen.captured_queries])
    assert asked[0] == asked[1]


def test_it_forgets_the_number_once_the_letter_is_written_and_writes_it_once(
    cast: Cast, client: Client, hands: Hands, mailbag: Mailbag
) -> None:
    ask(client, "clara@bakery.example")
    code = SignInCode.objects.get()
    assert code.sealed == ""
    assert not actions.send_code(code.pk, at=hands.at)
    assert len(mailbag.letters) == 1
    assert mailbag.code not in str(Event.objects.values())
