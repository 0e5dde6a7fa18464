"""The pages of confirmations: behind the link, in the portal, in the console."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from opora.desk.consent import actions
from opora.desk.consent.models import ConfirmationRequest, Nomination
from tests.cast import PASSWORD, Cast
from tests.consent.asking import asked, confirmed


@pytest.fixture
def soon() -> datetime:
    """Requests go through the real clock, so their moments stand around now."""
    from opora.desk.kernel.clock import now

    return now()


@pytest.fixture
def request_(cast: Cast, soon: datetime) -> ConfirmationRequest:
    return asked(cast, soon)


def link_to(request: ConfirmationRequest, cast: Cast, at: datetime) -> str:
    link, _ = actions.invite(request, address=cast.clara.addresses.get(may_confirm=True), at=at)
    return f"/confirm/{link}"


def state_of(request: ConfirmationRequest) -> str:
    return ConfirmationRequest.objects.get(pk=request.pk).state


def signed_in(person: Any) -> Client:
    browser = Client()
    browser.force_login(person.account)
    return browser


def test_it_shows_the_text_and_decides_nothing_when_looked_at(
    cast: Cast, request_: ConfirmationRequest, soon: datetime
) -> None:
    """Scanners of mail follow links, many times and with every method that only looks."""
    place = link_to(request_, cast, soon)
    for look in (Client().get, Client().head, Client().get):
        assert look(place).status_code == 200
    page = Client().get(place)
    assert "Raise the worker limit of nginx" in page.content.decode()
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache")
    assert state_of(request_) == "asked"


def test_it_confirms_by_the_button_once(cast: Cast, request_: ConfirmationRequest, soon: datetime) -> None:
    place = link_to(request_, cast, soon)
    said = {"verb": "confirmed", "digest": request_.digest}
    assert Client().post(place, said).status_code == 200
    assert state_of(request_) == "confirmed"
    again = Client().post(place, said)
    assert again.status_code == 422
    assert request_.answers.count() == 1
    assert request_.answers.get().proof["address"]


def test_it_wants_the_form_of_the_page(cast: Cast, request_: ConfirmationRequest, soon: datetime) -> None:
    place = link_to(request_, cast, soon)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(place, {"verb": "confirmed", "digest": request_.digest}).status_code == 403
    for said in ({}, {"verb": "anything"}, {"verb": "confirmed"}, {"verb": "confirmed", "digest": "0" * 64}):
        assert Client().post(place, said).status_code == 422
    assert state_of(request_) == "asked"


def test_it_takes_another_window_in_the_customers_zone(
    cast: Cast, request_: ConfirmationRequest, soon: datetime
) -> None:
    day = (soon + timedelta(days=2)).date().isoformat()
    said = {"verb": "other_window", "digest": request_.digest, "starts": f"{day}T22:00", "ends": f"{day}T23:00"}
    assert Client().post(link_to(request_, cast, soon), said).status_code == 200
    assert request_.answers.get().proof["starts"] == f"{day}T22:00:00+03:00"


def test_it_knows_no_other_link(cast: Cast) -> None:
    assert Client().get("/confirm/" + "a" * 26).status_code == 404


def test_it_decides_in_the_portal_with_the_password_only(cast: Cast, request_: ConfirmationRequest) -> None:
    browser, place = signed_in(cast.clara), f"/confirmations/{request_.pk}"
    assert browser.get(place).status_code == 200
    said = {"verb": "confirmed", "digest": request_.digest}
    for wrong in ({}, {"password": "a guess"}):
        assert browser.post(place, said | wrong).status_code == 422
    assert state_of(request_) == "asked"
    assert browser.post(place, said | {"password": PASSWORD}).status_code == 302
    assert state_of(request_) == "confirmed"


def test_it_is_not_there_for_dan(cast: Cast, request_: ConfirmationRequest) -> None:
    browser = signed_in(cast.dan)
    assert browser.get(f"/confirmations/{request_.pk}").status_code == 404
    assert browser.post(f"/confirmations/{request_.pk}/withdraw").status_code == 404


def test_it_takes_a_confirmation_back_with_one_button(cast: Cast, soon: datetime) -> None:
    request = confirmed(cast, soon)
    assert signed_in(cast.clara).post(f"/confirmations/{request.pk}/withdraw", {"words": "Stop"}).status_code == 302
    assert state_of(request) == "withdrawn"


def test_it_stands_on_the_customers_request(cast: Cast, request_: ConfirmationRequest) -> None:
    page = signed_in(cast.clara).get(f"/requests/{request_.ticket_id}").content.decode()
    assert f"/confirmations/{request_.pk}" in page


def test_it_lets_the_owner_decide_who_may_confirm(cast: Cast, soon: datetime) -> None:
    nomination = actions.nominate(cast.cleo.addresses.all()[0], by=cast.anna, why="Holiday cover.", at=soon)
    browser, place = signed_in(cast.clara), f"/organisation/nominations/{nomination.pk}"
    assert "Holiday cover." in browser.get("/organisation").content.decode()
    browser.post(place, {"verb": "accept", "password": "a guess"})
    assert Nomination.objects.get().accepted is None
    browser.post(place, {"verb": "accept", "password": PASSWORD})
    assert Nomination.objects.get().accepted is True
    assert cast.cleo.addresses.get().may_confirm is True


def asking(cast: Cast, at: datetime, **changed: Any) -> dict[str, Any]:
    tomorrow = (at + timedelta(days=1)).date().isoformat()
    return {
        "systems": [cast.web1.pk],
        "what": "Look at the logs.",
        "actions": ["look"],
        "level": "look",
        "starts": f"{tomorrow}T20:00",
        "ends": f"{tomorrow}T21:00",
        "engineers": [cast.boris.pk],
        "watching": "none",
        "price": "",
    } | changed


def test_it_asks_from_the_ticket(cast: Cast, soon: datetime) -> None:
    ticket = cast.write(cast.clara, soon)
    browser, place = signed_in(cast.boris), f"/desk/tickets/{ticket.pk}/confirmations"
    assert browser.get(place).status_code == 200
    assert browser.post(place, asking(cast, soon)).status_code == 302
    request = ConfirmationRequest.objects.get()
    assert request.asked_terms.starts.hour == 17
    assert "Look at the logs." in browser.get(place).content.decode()


@pytest.mark.parametrize("changed", [{"systems": []}, {"level": "look", "actions": ["change"]}, {"engineers": [0]}])
def test_it_says_what_is_wrong_and_keeps_what_was_written(cast: Cast, soon: datetime, changed: dict[str, Any]) -> None:
    ticket = cast.write(cast.clara, soon)
    page = signed_in(cast.boris).post(f"/desk/tickets/{ticket.pk}/confirmations", asking(cast, soon, **changed))
    assert page.status_code == 422
    assert "Look at the logs." in page.content.decode()
    assert not ConfirmationRequest.objects.exists()


def test_it_asks_again_with_the_window_the_customer_named(
    cast: Cast, request_: ConfirmationRequest, soon: datetime
) -> None:
    starts = soon + timedelta(days=1)
    told = actions.Told("other_window", request_.digest, "", starts, starts + timedelta(hours=1))
    actions.answer_in_portal(request_, by=cast.clara, told=told, at=soon)
    place = f"/desk/tickets/{request_.ticket_id}/confirmations/{request_.pk}/again"
    assert signed_in(cast.boris).post(place).status_code == 302
    assert ConfirmationRequest.objects.get(replaces=request_).asked_terms.starts == starts
