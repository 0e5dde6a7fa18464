"""The demo's telephone: a customer rings the desk without an exchange, through the real hook, and nowhere else."""

from datetime import datetime

import pytest
from django.conf import LazySettings
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from opora.config.demo.telephones import SEATS
from opora.desk.channels.phone import actions
from opora.desk.channels.phone.models import Call, CallWord
from opora.desk.customers.models import Phone
from opora.desk.web.catcher.telephone import EXCHANGE, token
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

CLARAS = "+74951234567"


@pytest.fixture
def desk(cast: Cast, monday: datetime, live_server: LiveServer, settings: LazySettings) -> Client:
    """A demo's desk that listens; Vera sits at 101, Clara's number is known."""
    settings.OPORA_DEMO = True
    settings.OPORA_LISTEN = (live_server.thread.host, live_server.thread.port)
    known = {"name": EXCHANGE, "preset": "generic", "region": "RU", "secret": "", "token": token()}
    exchange, _ = actions.connect(**known, by=cast.hanna, at=monday)
    actions.seat(exchange, extension=SEATS[0][0], staff=cast.vera)
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    return Client()


def press(desk: Client, **pressed: object) -> str:
    return desk.post("/demo/phone/", pressed, follow=True).text


def test_it_rings_answers_and_hangs_up(cast: Cast, desk: Client) -> None:
    assert "Clara Berg" in desk.get("/demo/phone/").text
    assert "ringing" in press(desk, pressed="ring", number=CLARAS, seat="101")
    call = Call.objects.get()
    assert (call.contact, call.rung, call.state) == (cast.clara, ["101"], "ringing")
    assert "answered" in press(desk, pressed="answer", call=call.pk)
    assert "Nobody calls" in press(desk, pressed="hang_up", call=call.pk)
    call.refresh_from_db()
    assert (call.answered_by, call.state) == ("101", "ended")
    assert CallWord.objects.count() == 3


def test_it_rings_as_a_stranger_who_types_or_hides_the_number(desk: Client) -> None:
    press(desk, pressed="ring", number=CLARAS, typed=" 8 916 123-45-67 ", seat="")
    press(desk, pressed="ring", number="anonymous", seat="101")
    found = Call.objects.order_by("id").values_list("caller", "caller_written", "rung")
    assert list(found) == [("+79161234567", "8 916 123-45-67", []), ("", "anonymous", ["101"])]


def test_it_says_when_the_desk_does_not_take_it(desk: Client, settings: LazySettings) -> None:
    settings.OPORA_LISTEN = ("127.0.0.1", 9)
    assert "did not answer" in press(desk, pressed="ring", number=CLARAS, seat="101")
    assert not Call.objects.exists()


def test_it_does_nothing_to_calls_that_are_over_or_of_others(cast: Cast, desk: Client, monday: datetime) -> None:
    other, _ = actions.connect(name="Real", preset="generic", region="RU", secret="", by=cast.hanna, at=monday)
    theirs = Call.objects.create(connection=other, key="x", began_at=monday)
    for call in (theirs.pk, 999_999, "x", "9" * 30):
        press(desk, pressed="hang_up", call=call)
    assert not CallWord.objects.exists()
    theirs.refresh_from_db()
    assert theirs.state == "ringing"


def test_it_does_not_exist_outside_the_demo(desk: Client, settings: LazySettings) -> None:
    settings.OPORA_DEMO = False
    assert desk.get("/demo/phone/").status_code == 404
    assert desk.post("/demo/phone/", {"pressed": "ring", "number": CLARAS}).status_code == 404
    assert not Call.objects.exists()
