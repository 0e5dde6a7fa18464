"""A refusal says its words and gives back what was typed; secrets stay out of it."""

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, RequestFactory

from opora.desk.kernel.errors import Clash, Refused
from opora.desk.web.components import errors
from opora.desk.web.components.reader import Reader


def refused_page(**typed: str) -> str:
    request = RequestFactory().post("/somewhere", typed)
    request.reader = Reader("en", "UTC", "system", True)
    return errors.refused(request, Refused("tickets.ended", "This request is closed.")).content.decode()


def test_it_gives_back_the_words_that_were_refused() -> None:
    page = refused_page(text="A long letter\nof two lines", priority="high")
    assert "This request is closed." in page
    assert "A long letter\nof two lines" in page
    assert ">high" not in page


@pytest.mark.parametrize("name", ["password", "new_password", "code", "csrfmiddlewaretoken"])
def test_it_never_gives_back_a_secret(name: str) -> None:
    assert "seven green umbrellas" not in refused_page(**{name: "seven green umbrellas"})


def test_it_says_when_somebody_was_faster() -> None:
    request = RequestFactory().post("/somewhere", {})
    request.reader = Reader("en", "UTC", "system", True)
    assert errors.refused(request, Clash("Somebody else changed this.")).status_code == 409


def test_it_gives_back_the_words_of_a_form_that_grew_old(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/look/", {"theme": "dark", "text": "Words of an old form"})
    assert answer.status_code == 403
    assert "Words of an old form" in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/requests/", "/desk/", "/sign-in/", "/desk/sign-in/", "/nowhere"])
@pytest.mark.parametrize("cookies", [{}, {"opora_session": "a" * 32}])
def test_it_asks_to_come_again_while_the_database_is_away(
    path: str, cookies: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: BaseDatabaseWrapper) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", away)
    client = Client(raise_request_exception=False, headers={"Accept-Language": "ru"})
    client.cookies.load(cookies)
    answer = client.get(path)
    if answer.status_code < 500:
        assert not cookies, "it needs no database to say this, then"
    else:
        assert (answer.status_code, answer["Retry-After"]) == (503, "3")
        assert "Одну минуту" in answer.content.decode()
