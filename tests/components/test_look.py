"""Theme, language and shortcuts: kept with the account, else in the browser; only what we know."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_keeps_a_strangers_choice_in_the_browser():
    client = Client()
    answer = client.post("/look/", {"theme": "dark", "language": "ru", "next": "/sign-in/"})
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/"
    assert client.cookies["opora_theme"].value == "dark"
    assert client.cookies["opora_language"].value == "ru"


def test_it_keeps_a_signed_in_persons_choice_with_the_account(cast):
    account = cast.anna.account
    client = Client()
    client.force_login(account)
    client.post("/look/", {"theme": "dark", "language": "ru", "shortcuts": "off"})
    account.refresh_from_db()
    assert (account.theme, account.language, account.shortcuts) == ("dark", "ru", False)


def test_it_keeps_how_dense_a_persons_lists_are(cast):
    client = Client()
    client.force_login(cast.anna.account)
    assert 'data-density="dense"' in client.get("/desk/queue/all").content.decode()
    answer = client.post("/look/", {"density": "comfortable", "next": "/desk/queue/all"})
    page = client.get(answer["Location"]).content.decode()
    assert 'data-density="comfortable"' in page and 'name="density" value="dense"' in page
    client.post("/look/", {"density": "airy"})
    cast.anna.account.refresh_from_db()
    assert cast.anna.account.density == "comfortable"


def test_it_never_leads_away():
    answer = Client().post("/look/", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_it_ignores_what_it_does_not_know():
    client = Client()
    client.post("/look/", {"theme": "plaid", "language": "xx"})
    assert "opora_theme" not in client.cookies


def test_it_refuses_a_form_without_its_token():
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/look/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()


def test_it_says_not_found_in_the_readers_language():
    client = Client(headers={"accept-language": "ru"})
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Здесь ничего нет" in answer.content.decode()
