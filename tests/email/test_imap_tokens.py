"""Signing in with OAuth2: a real Dovecot asks a real token server about every token (RFC 6749, 7662; XOAUTH2)."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from django.conf import LazySettings

from opora.desk.channels.email.imap import fetching
from opora.desk.channels.email.imap.signing_in import Door, NotLetIn
from opora.desk.channels.email.models import Mailbox
from opora.desk.channels.email.sealing import seal, unseal
from tests.email.imap_boxes import Own, lay, words
from tests.email.mailservers import Dovecot, running_dovecot


class TokenHouse:
    """Gives an access token for the one refresh token that is good, and tells a mail server whose a token is."""

    def __init__(self) -> None:
        self.refresh, self.renews, self.user = "refresh-1", False, ""
        self.good: set[str] = set()
        self.forms: list[dict[str, str]] = []
        house = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                code, answer = (house.give if self.path == "/token" else house.tell)(form)
                raw = json.dumps(answer).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def give(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.forms.append(form)
        if form.get("refresh_token") != self.refresh:
            return 400, {"error": "invalid_grant", "error_description": f"{form.get('refresh_token')} is no good"}
        token = f"access-{len(self.forms)}"
        self.good.add(token)
        more = {}
        if self.renews:
            self.refresh = more["refresh_token"] = f"refresh-{len(self.forms) + 1}"
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more}

    def tell(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        active = form.get("token") in self.good
        return 200, {"active": active, "username": self.user, "expires_in": 60} if active else {"active": False}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def house() -> Iterator[TokenHouse]:
    house = TokenHouse()
    yield house
    house.close()


@pytest.fixture(scope="module")
def guarded(house: TokenHouse, mail_programs: None) -> Iterator[Dovecot]:
    """A Dovecot that asks the token house."""
    with running_dovecot(introspection=f"{house.address}/introspect") as server:
        yield server


@pytest.fixture
def box(own: Own, guarded: Dovecot, house: TokenHouse, settings: LazySettings) -> Mailbox:
    """A mailbox of ours that is signed in to with tokens, with one letter in it."""
    house.refresh, house.renews, house.good = "refresh-1", False, set()
    house.forms.clear()
    secret = seal("refresh-1", settings.SECRET_KEY)
    box = own(
        port=guarded.port, sign_in="microsoft", client="client-7", secret=secret, token_address=f"{house.address}/token"
    )
    house.user = box.address
    lay(guarded, box, words(1))
    return box


def take(door: Door, box: Mailbox, at: datetime) -> int:
    """One pass, with a connection of its own."""
    box = Mailbox.objects.get(pk=box.pk)
    client = fetching.connect(box, door, at=at)
    try:
        return fetching.fetch(client, box, at=at)
    finally:
        client.logout()


@pytest.mark.django_db
def test_it_fetches_with_one_token_for_as_long_as_that_is_good(
    box: Mailbox, guarded: Dovecot, house: TokenHouse, monday: datetime
) -> None:
    door = Door()
    assert take(door, box, monday) == 1
    lay(guarded, box, words(2))
    assert take(door, box, monday + timedelta(minutes=50)) == 1
    [form] = house.forms
    assert form["grant_type"] == "refresh_token" and form["client_id"] == "client-7"
    assert "IMAP.AccessAsUser.All" in form["scope"]


@pytest.mark.django_db
def test_it_asks_for_another_token_shortly_before_the_first_runs_out(
    box: Mailbox, house: TokenHouse, monday: datetime
) -> None:
    door = Door()
    take(door, box, monday)
    take(door, box, monday + timedelta(minutes=59))
    assert len(house.forms) == 2


@pytest.mark.django_db
def test_it_gets_in_at_once_when_its_token_was_called_back_before_its_time(
    box: Mailbox, house: TokenHouse, monday: datetime
) -> None:
    door = Door()
    take(door, box, monday)
    house.good.clear()
    assert take(door, box, monday + timedelta(minutes=5)) == 0
    assert len(house.forms) == 2


@pytest.mark.django_db
def test_it_keeps_a_renewed_refresh_token_whatever_dies_afterwards(
    box: Mailbox, house: TokenHouse, monday: datetime, settings: LazySettings
) -> None:
    """As Microsoft may do it: each refresh token is good once."""
    house.renews = True
    for hour in range(3):
        take(Door(), box, monday + timedelta(hours=hour))
    assert [form["refresh_token"] for form in house.forms] == ["refresh-1", "refresh-2", "refresh-3"]
    assert unseal(Mailbox.objects.get(pk=box.pk).secret, settings.SECRET_KEY) == "refresh-4"


@pytest.mark.django_db
def test_it_says_that_the_permission_was_withdrawn_and_tells_no_secret(
    box: Mailbox, house: TokenHouse, monday: datetime
) -> None:
    house.refresh = "another"
    with pytest.raises(NotLetIn) as refusal:
        take(Door(), box, monday)
    assert str(refusal.value) == "the token server refused (400): invalid_grant"


@pytest.mark.django_db
def test_it_asks_but_once_more_when_the_server_knows_no_token_of_ours(
    box: Mailbox, house: TokenHouse, monday: datetime
) -> None:
    house.user = "somebody-else@opora.example"
    with pytest.raises(NotLetIn, match="refused the sign-in"):
        take(Door(), box, monday)
    assert len(house.forms) == 1
