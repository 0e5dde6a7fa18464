"""What is asked of exchanges, and how cloud exchanges are asked: each as its maker wants it, at most once, never late."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import pytest

from opora.desk.channels.phone import actions, clouds, errands
from opora.desk.channels.phone.models import Call, Connection, Errand
from opora.desk.channels.phone.parsing import CALLING
from opora.desk.channels.phone.parsing import CallWord as Word
from opora.desk.channels.phone.parsing.calling import Asked, ask_to_call, refusal
from opora.desk.kernel.errors import Refused
from tests.cast import Cast

CLARAS = "+74951234567"
MADE = {
    "login": "K",
    "password": "salt",
    "extension": "101",
    "number": CLARAS,
    "key": "opora-1",
    "context": "74950000000",
}


class FakeCloud:
    """Keeps what it was asked and answers as it is told."""

    def __init__(self, status: int = 200, body: bytes = b'{"result": 1000}') -> None:
        self.asked: list[Asked] = []
        self._answer = (status, body)

    def ask(self, asked: Asked) -> tuple[int, bytes]:
        self.asked.append(asked)
        return self._answer


class AwayCloud:
    def ask(self, asked: Asked) -> tuple[int, bytes]:
        raise OSError(f"{asked.url.split('/')[2]} cannot be reached")


@pytest.fixture
def cloud_exchange(cast: Cast, monday: datetime) -> Connection:
    """A Mango that we may ask to call; Vera sits at 101."""
    made, _ = actions.connect(name="Mango", preset="mango", region="RU", secret="env:SALT", by=cast.hanna, at=monday)
    address = CALLING["mango"].usual
    errands.reach(made, address=address, login="K", password="salt", by=cast.hanna, at=monday)
    actions.seat(made, extension="101", staff=cast.vera)
    return made


def asked_of(preset: str) -> Asked:
    return ask_to_call(CALLING[preset], address=CALLING[preset].usual, **MADE)


def form(asked: Asked) -> dict[str, str]:
    assert asked.body is not None
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


def test_it_seals_the_password_and_shows_it_to_nobody(cloud_exchange: Connection) -> None:
    row = Connection.objects.get()
    assert row.password.startswith("sealed:")
    assert "salt" not in row.password
    assert errands.password_of(row) == "salt"


def test_it_keeps_the_password_when_none_is_written_and_forgets_it_with_the_address(
    cast: Cast, cloud_exchange: Connection, monday: datetime
) -> None:
    errands.reach(cloud_exchange, address=CALLING["mango"].usual, login="K2", by=cast.hanna, at=monday)
    assert errands.password_of(Connection.objects.get()) == "salt"
    errands.reach(cloud_exchange, address="", by=cast.hanna, at=monday)
    assert Connection.objects.get().password == ""
    assert errands.telephone_of(cast.vera) is None


@pytest.mark.parametrize(
    ("preset", "address"),
    [
        ("asterisk", "https://pbx.example"),
        ("asterisk", "ami://"),
        ("asterisk", "ami://pbx.example:0"),
        ("asterisk", "ami://pbx.example:99999"),
        ("asterisk", "ami://["),
        ("mango", "http://app.mango.example/"),
        ("mango", "ami://pbx.example"),
        ("generic", "https://pbx.example/call"),
        ("3cx", "https://pbx.example/call"),
    ],
)
def test_it_reaches_no_exchange_at_an_address_it_cannot_have(
    cast: Cast, monday: datetime, preset: str, address: str
) -> None:
    made, _ = actions.connect(name="X", preset=preset, region="RU", secret="", by=cast.hanna, at=monday)
    with pytest.raises(Refused, match="Write ami://"):
        errands.reach(made, address=address, by=cast.hanna, at=monday)


def test_it_lets_administrators_say_how_an_exchange_is_reached(
    cast: Cast, cloud_exchange: Connection, monday: datetime
) -> None:
    with pytest.raises(Refused, match="Only administrators"):
        errands.reach(cloud_exchange, address="", by=cast.vera, at=monday)
    with pytest.raises(Refused, match="Write how a telephone is dialled"):
        errands.reach(cloud_exchange, address="", channel="PJSIP/101", by=cast.hanna, at=monday)


def test_it_asks_a_cloud_exchange_once(cast: Cast, cloud_exchange: Connection, monday: datetime) -> None:
    errand = errands.click_to_call(number="84951234567", by=cast.vera, at=monday)
    cloud = FakeCloud()
    assert clouds.run_errands(monday, cloud=cloud) == 1
    assert clouds.run_errands(monday, cloud=cloud) == 0
    assert [json.loads(form(asked)["json"])["command_id"] for asked in cloud.asked] == [errand.key]
    assert Errand.objects.get().state == "done"


def test_it_says_why_a_cloud_exchange_does_not_call(cast: Cast, cloud_exchange: Connection, monday: datetime) -> None:
    for cloud, words in (
        (FakeCloud(200, b'{"result": 3330, "message": "busy"}'), "200: busy"),
        (AwayCloud(), "cannot be reached"),
    ):
        errand = errands.click_to_call(number=CLARAS, by=cast.vera, at=monday)
        clouds.run_errands(monday, cloud=cloud)
        errand.refresh_from_db()
        assert errand.state == "failed"
        assert words in errand.trouble


def test_it_never_rings_long_after_the_click(cast: Cast, cloud_exchange: Connection, monday: datetime) -> None:
    errands.click_to_call(number=CLARAS, by=cast.vera, at=monday)
    cloud = FakeCloud()
    clouds.run_errands(monday + timedelta(minutes=1), cloud=cloud)
    assert cloud.asked == []
    assert Errand.objects.get().trouble == "The exchange could not be reached in time."


def test_it_calls_nothing_that_is_no_number_and_for_nobody_without_a_telephone(
    cast: Cast, cloud_exchange: Connection, monday: datetime
) -> None:
    with pytest.raises(Refused, match="no telephone number"):
        errands.click_to_call(number="112\r\nAction: Originate", by=cast.vera, at=monday)
    with pytest.raises(Refused, match="You have no telephone"):
        errands.click_to_call(number=CLARAS, by=cast.anna, at=monday)
    with pytest.raises(Refused, match="You have no telephone"):
        errands.pause(on=True, by=cast.vera, at=monday)


def test_it_ties_the_call_of_a_cloud_exchange_to_what_it_was_asked_for(
    cast: Cast, cloud_exchange: Connection, monday: datetime
) -> None:
    """A cloud exchange gives the call a number of its own; the customer's number and the minute tell which it is."""
    ticket = cast.write(cast.clara, monday)
    errands.click_to_call(number=CLARAS, by=cast.vera, at=monday, ticket=ticket, contact=cast.clara)
    clouds.run_errands(monday, cloud=FakeCloud())
    for key, minutes in (("now", 0), ("much later", 30)):
        word = Word(key, "ringing", True, "", "101", CLARAS, CLARAS, ("101",))
        at = monday + timedelta(minutes=minutes)
        actions.hear(cloud_exchange, body=key.encode(), query="", word=word, trouble="", at=at)
    assert [call.ticket for call in Call.objects.order_by("began_at")] == [ticket, None]


def test_it_asks_mango_with_its_signature() -> None:
    said = form(asked_of("mango"))
    assert json.loads(said["json"]) == {
        "command_id": "opora-1",
        "from": {"extension": "101"},
        "to_number": "74951234567",
    }
    assert said["sign"] == hashlib.sha256(f"K{said['json']}salt".encode()).hexdigest()


def test_it_asks_zadarma_with_its_signature() -> None:
    asked = asked_of("zadarma")
    query = "from=101&to=74951234567"
    assert asked.body is None
    assert asked.url == f"https://api.zadarma.com/v1/request/callback/?{query}"
    message = f"/v1/request/callback/{query}{hashlib.md5(query.encode()).hexdigest()}"
    digest = hmac.new(b"salt", message.encode(), hashlib.sha1).hexdigest()
    assert asked.headers["Authorization"] == f"K:{base64.b64encode(digest.encode()).decode()}"


def test_it_asks_sipuni_with_its_hash() -> None:
    said = form(asked_of("sipuni"))
    assert said["hash"] == hashlib.md5(b"0+74951234567+0+101+K+salt").hexdigest()
    assert "salt" not in json.dumps(said)


def test_it_asks_uis_by_json_rpc() -> None:
    said = json.loads(asked_of("uis").body or b"")
    assert (said["method"], said["params"]["contact"], said["params"]["virtual_phone_number"]) == (
        "start.employee_call",
        "74951234567",
        "74950000000",
    )
    assert said["params"]["switch_at_once"] is True


def test_it_asks_megafon_by_its_command() -> None:
    assert form(asked_of("megafon")) == {"cmd": "makeCall", "phone": "74951234567", "user": "101", "token": "salt"}


def test_it_asks_sipgate_with_a_password_in_the_header() -> None:
    asked = asked_of("sipgate")
    assert json.loads(asked.body or b"") == {"caller": "101", "callee": CLARAS}
    assert asked.headers["Authorization"] == "Basic " + base64.b64encode(b"K:salt").decode()


def test_it_never_reads_a_value_as_a_template() -> None:
    asked = ask_to_call(CALLING["megafon"], address="https://x.example", **MADE | {"extension": "{password}"})
    assert form(asked)["user"] == "{password}"


@pytest.mark.parametrize(
    ("preset", "status", "body", "words"),
    [
        ("mango", 200, b'{"result": 1000}', ""),
        ("mango", 200, b'{"result": 3100}', "200: 3100"),
        ("uis", 200, b'{"jsonrpc": "2.0", "result": {"data": {}}}', ""),
        ("uis", 200, b'{"error": {"message": "Access token has been expired"}}', "200: Access token has been expired"),
        ("zadarma", 200, b'{"status": "success"}', ""),
        ("zadarma", 200, b'{"status": "error", "message": "Wrong parameters!"}', "200: Wrong parameters!"),
        ("sipuni", 200, b'{"success": true}', ""),
        ("sipuni", 200, b'{"success": false, "message": "no such number"}', "200: no such number"),
        ("megafon", 200, b"", ""),
        ("megafon", 401, b'{"error": "Invalid token"}', "401: Invalid token"),
        ("sipgate", 403, b"", "the exchange answered 403"),
        ("sipgate", 302, b"<html>", "the exchange answered 302"),
        ("mango", 200, b"[" * 100_000, "the exchange answered 200"),
    ],
)
def test_it_knows_a_no_that_comes_with_200(preset: str, status: int, body: bytes, words: str) -> None:
    assert refusal(CALLING[preset], status, body) == words
