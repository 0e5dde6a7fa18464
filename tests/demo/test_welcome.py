"""The demo's first page: everybody one can be, a press away through the ordinary door."""

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils.html import escape

from opora.desk.web.catcher.visitors import CUSTOMERS, PASSWORD, STAFF
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(cast: Cast, settings: LazySettings) -> Client:
    """A browser at a demo in which Anna and Clara have the demo's password."""
    settings.OPORA_DEMO = True
    settings.OPORA_SECOND_FACTOR = "optional"
    for person in (cast.anna, cast.clara):
        person.account.set_password(PASSWORD)
        person.account.save(update_fields=["password"])
    return Client()


def test_it_offers_everybody_in_both_languages(browser: Client) -> None:
    for language, role in (("en", "second line, leads the shift"), ("ru", "вторая линия, ведёт смену")):
        page = browser.get("/demo/", headers={"accept-language": language}).text
        assert role in page
        for email, name, _ in (*STAFF, *CUSTOMERS):
            assert f'value="{email}"' in page
            assert escape(name) in page


@pytest.mark.parametrize(
    ("door", "who", "home"), [("/desk/sign-in/", "anna", "/desk/"), ("/sign-in/password/", "clara", "/requests/")]
)
def test_one_press_lets_the_chosen_one_in(cast: Cast, browser: Client, door: str, who: str, home: str) -> None:
    email = getattr(cast, who).account.email
    page = browser.get("/demo/").text
    assert f'action="{door}"' in page
    assert f'name="password" value="{PASSWORD}"' in page
    answer = browser.post(door, {"email": email, "password": PASSWORD, "next": home})
    assert (answer.status_code, answer.headers.get("Location")) == (302, home)
    assert f"You are {email} now" in browser.get("/demo/", headers={"accept-language": "en"}).text


def test_the_doors_lead_there_in_the_demo_only(browser: Client, settings: LazySettings) -> None:
    doors = ("/sign-in/", "/sign-in/password/", "/desk/sign-in/")
    assert all('href="/demo/"' in browser.get(door).text for door in doors)
    settings.OPORA_DEMO = False
    assert not any('href="/demo/"' in browser.get(door).text for door in doors)
    assert browser.get("/demo/").status_code == 404
