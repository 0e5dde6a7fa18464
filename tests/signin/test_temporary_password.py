"""A password somebody else knows opens one page only: the one that changes it."""

import pytest
from django.test import Client
from pytest_django import Settings

from opora.desk.people import actions as people
from opora.desk.web.signin.models import Session
from tests.cast import PASSWORD, Cast
from tests.signin.conftest import type_password

pytestmark = pytest.mark.django_db
TEMPORARY = "given-by-the-head"
OWN = "only anna knows this"
PLACE = "/desk/sign-in/new-password/"


@pytest.fixture(autouse=True)
def optional(settings: Settings) -> None:
    """Without the second factor, but for the test that is about both."""
    settings.OPORA_SECOND_FACTOR = "optional"


@pytest.fixture
def anna(cast: Cast, monday: object) -> Client:
    """Anna's browser, signed in by a temporary password."""
    people.give_password(cast.anna, password=TEMPORARY, by=cast.hanna.actor, at=monday, why="forgot it")
    browser = Client()
    assert type_password(browser, "anna@provider.example", TEMPORARY).status_code == 302
    return browser


def test_it_opens_nothing_but_the_page_that_changes_it(anna: Client) -> None:
    for place in ("/desk/queue/mine", "/desk/notices", "/profile/", "/desk/second-factor/", "/profile/keys/"):
        answer = anna.get(place)
        assert answer.status_code == 302 and answer.headers["Location"].startswith(PLACE), place
    assert anna.post("/desk/bulk", {"verb": "take"}).headers["Location"].startswith(PLACE)
    assert anna.get(PLACE).status_code == 200


def test_it_opens_the_desk_when_it_is_changed_and_goes_on_where_it_was_wanted(cast: Cast, anna: Client) -> None:
    wanted = anna.get("/desk/queue/line").headers["Location"]
    assert wanted == f"{PLACE}?next=%2Fdesk%2Fqueue%2Fline"
    answer = anna.post(wanted, {"new": OWN})
    assert answer.headers["Location"] == "/desk/queue/line"
    assert anna.get("/desk/queue/line").status_code == 200
    cast.anna.account.refresh_from_db()
    assert cast.anna.account.check_password(OWN) and not cast.anna.account.password_is_temporary
    assert anna.get(PLACE).headers["Location"] == "/desk/sign-in/"


def test_it_keeps_neither_the_temporary_password_nor_a_weak_one(cast: Cast, anna: Client) -> None:
    for typed, said in ((TEMPORARY, "somebody else knows it"), ("short", "too short")):
        answer = anna.post(PLACE, {"new": typed})
        assert answer.status_code == 422 and said in answer.content.decode()
    cast.anna.account.refresh_from_db()
    assert cast.anna.account.password_is_temporary


def test_it_comes_before_the_second_factor(anna: Client, settings: Settings) -> None:
    settings.OPORA_SECOND_FACTOR = "required"
    browser = Client()
    first = type_password(browser, "anna@provider.example", TEMPORARY)
    assert browser.get(first.headers["Location"]).headers["Location"] == PLACE
    browser.post(PLACE, {"new": OWN})
    assert browser.get("/desk/").headers["Location"] == "/desk/second-factor/"
    assert browser.get("/desk/second-factor/").status_code == 200


def test_it_ends_every_session_that_knew_the_old_one(cast: Cast, anna: Client, monday: object) -> None:
    other = Client()
    type_password(other, "anna@provider.example", TEMPORARY)
    anna.post(PLACE, {"new": OWN})
    assert Session.objects.filter(account=cast.anna.account).count() == 1
    assert other.get(PLACE).headers["Location"] == "/desk/sign-in/"


def test_it_leaves_those_alone_whose_password_is_their_own(cast: Cast) -> None:
    browser = Client()
    type_password(browser, "boris@provider.example", PASSWORD)
    assert browser.get("/desk/queue/mine").status_code == 200
    assert browser.get(PLACE).headers["Location"] == "/desk/sign-in/"


def test_it_marks_what_the_administration_gives(cast: Cast) -> None:
    head = Client()
    head.force_login(cast.hanna.account)
    form = {"hire-name": "Ivo", "hire-email": "ivo@provider.example", "hire-roles": "l1", "hire-languages": "ru"}
    page = head.post("/desk/people/", {"deed": "hire", "hire-zone": "Europe/Moscow", **form}).content.decode()
    assert "good for one sign-in" in page
    password = page.split("ivo@provider.example   ")[1].split("<")[0].strip()
    browser = Client()
    type_password(browser, "ivo@provider.example", password)
    assert browser.get("/desk/queue/mine").headers["Location"].startswith(PLACE)
