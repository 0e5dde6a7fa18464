"""The API opens the same doors as the pages: what a person may not see or do, its key may not either."""

from collections.abc import Callable
from datetime import datetime

import pytest

from opora.desk.people import actions as people
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Note, Ticket
from opora.desk.web.signin.actions import make_token, revoke_token
from opora.desk.web.signin.models import ApiToken
from tests.api.conftest import Program
from tests.cast import BEGINNING, Cast

pytestmark = pytest.mark.django_db
Key = Callable[..., Program]
SECRET_WORDS = "the customer must not read this"


@pytest.fixture
def ticket(cast: Cast, monday: datetime) -> Ticket:
    """Clara's ticket with an answer and an internal note."""
    ticket = cast.write(cast.clara, monday)
    tickets.reply(ticket, by=cast.anna, text="We are looking into it.", at=monday)
    tickets.note(ticket, by=cast.anna.actor, text=SECRET_WORDS, at=monday)
    return ticket


def test_it_tells_whose_key_it_is(cast: Cast, program: Key) -> None:
    answer = program(cast.anna, ["tickets:read"]).get("me")
    assert answer.json() == {
        "person": {"kind": "staff", "id": cast.anna.pk, "name": "Anna Petrova"},
        "scopes": ["tickets:read"],
    }


@pytest.mark.parametrize("secret", ["", "opora_nonsense", "\x00"])
def test_it_asks_for_a_key(cast: Cast, secret: str) -> None:
    answer = Program(secret).get("tickets")
    assert (answer.status_code, answer.json()["code"]) == (401, "api.no_key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_it_takes_no_cookie_for_a_key(cast: Cast, client: object) -> None:
    client.force_login(cast.anna.account)
    assert client.get("/api/v1/tickets").status_code == 401


def test_it_shuts_out_a_revoked_key_and_one_of_somebody_who_left(cast: Cast, program: Key, monday: datetime) -> None:
    revoked, left = program(cast.anna), program(cast.boris)
    row = ApiToken.objects.get(account=cast.anna.account)
    revoke_token(cast.anna.account, key=row.pk, by=cast.anna.actor, at=monday)
    people.let_go(cast.boris, by=cast.hanna.actor, at=monday, why="moved")
    assert [one.get("tickets").status_code for one in (revoked, left)] == [401, 401]


def test_it_keeps_a_key_only_as_a_hash_and_remembers_when_it_was_used(cast: Cast) -> None:
    row, secret = make_token(cast.anna.account, name="x", scopes=["tickets:read"], by=cast.anna.actor, at=BEGINNING)
    assert secret not in str(ApiToken.objects.values())
    assert row.used_at is None
    Program(secret).get("me")
    row.refresh_from_db()
    assert row.used_at is not None


def test_it_shows_colleagues_the_whole_ticket(cast: Cast, program: Key, ticket: Ticket) -> None:
    shown = program(cast.anna).get(f"tickets/{ticket.pk}").json()
    assert [one["text"] for one in shown["messages"]][-1] == "We are looking into it."
    assert [one["text"] for one in shown["notes"]] == [SECRET_WORDS]
    assert (shown["assignee"], shown["line"]) == (None, "first-line")


def test_it_never_shows_clara_a_note(cast: Cast, program: Key, ticket: Ticket) -> None:
    clara = program(cast.clara)
    for address in (f"tickets/{ticket.pk}", "tickets"):
        answer = clara.get(address)
        assert answer.status_code == 200
        assert SECRET_WORDS not in answer.content.decode()
        assert "notes" not in answer.json() and "tags" not in answer.content.decode()


def test_it_never_shows_dan_anything_of_claras(cast: Cast, program: Key, ticket: Ticket) -> None:
    dan = program(cast.dan)
    assert dan.get("tickets").json() == {"tickets": [], "next_before": None}
    assert dan.get(f"tickets/{ticket.pk}").status_code == 404
    assert dan.get(f"tickets/{ticket.pk + 1000}").json() == dan.get(f"tickets/{ticket.pk}").json()
    assert dan.post(f"tickets/{ticket.pk}/messages", text="hello").status_code == 404
    assert dan.post(f"tickets/{ticket.pk}/notes", text="hello").status_code == 403
    assert dan.get(f"customers/{cast.bakery.pk}").status_code == 403
    assert dan.get("customers").status_code == 403


def test_it_pages_through_tickets_newest_first_and_shows_each_once(cast: Cast, program: Key, monday: datetime) -> None:
    made = [cast.write(cast.clara, monday).pk for _each in range(5)]
    anna, seen, before = program(cast.anna), [], ""
    while True:
        page = anna.get(f"tickets?limit=2{before}").json()
        seen += [one["number"] for one in page["tickets"]]
        if page["next_before"] is None:
            break
        before = f"&before={page['next_before']}"
    assert seen == sorted(made, reverse=True)


def test_it_narrows_by_state(cast: Cast, program: Key, ticket: Ticket, monday: datetime) -> None:
    new = cast.write(cast.clara, monday)
    page = program(cast.anna).get("tickets?state=new").json()
    assert [one["number"] for one in page["tickets"]] == [new.pk]


def test_it_opens_a_ticket_for_a_customer(cast: Cast, program: Key) -> None:
    answer = program(cast.vera).post(
        "tickets", subject="Привет", text="Не работает", requester_email="clara@bakery.example", service="vps"
    )
    assert answer.status_code == 201, answer.content
    assert "Привет" in answer.content.decode()
    ticket = Ticket.objects.get(pk=answer.json()["number"])
    assert (ticket.requester, ticket.channel, ticket.service) == (cast.clara, "api", cast.hosting)
    unknown = program(cast.vera).post("tickets", subject="a", text="b", requester_email="nobody@x.example")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "api.unknown_requester")


def test_it_opens_claras_ticket_for_clara_and_nobody_else(cast: Cast, program: Key) -> None:
    clara = program(cast.clara)
    answer = clara.post("tickets", subject="Slow", text="Very slow")
    assert (answer.status_code, answer.json()["requester"]["id"]) == (201, cast.clara.pk)
    other = clara.post("tickets", subject="Slow", text="Very slow", requester_email="dan@driftwood.example")
    assert (other.status_code, other.json()["code"]) == (422, "api.for_oneself")


def test_it_lets_both_sides_write(cast: Cast, program: Key, ticket: Ticket) -> None:
    ours = program(cast.anna).post(f"tickets/{ticket.pk}/messages", text="Done?")
    theirs = program(cast.clara).post(f"tickets/{ticket.pk}/messages", text="Yes, thanks.")
    assert [one.status_code for one in (ours, theirs)] == [201, 201]
    assert [one.json()["author"]["kind"] for one in (ours, theirs)] == ["staff", "contact"]


def test_it_keeps_notes_to_colleagues_and_answers_to_those_who_may_answer(
    cast: Cast, program: Key, ticket: Ticket
) -> None:
    assert program(cast.vera).post(f"tickets/{ticket.pk}/notes", text="She phoned.").status_code == 201
    assert program(cast.vera).post(f"tickets/{ticket.pk}/messages", text="Hello").status_code == 403
    assert program(cast.clara).post(f"tickets/{ticket.pk}/notes", text="Hello").status_code == 403
    assert Note.objects.filter(ticket=ticket).count() == 2


@pytest.mark.parametrize(
    ("scope", "address", "content"),
    [
        ("tickets:read", "tickets", None),
        ("tickets:read", "tickets/{}", None),
        ("tickets:write", "tickets", {"subject": "a", "text": "b", "requester_email": "clara@bakery.example"}),
        ("tickets:write", "tickets/{}/messages", {"text": "b"}),
        ("tickets:write", "tickets/{}/notes", {"text": "b"}),
        ("customers:read", "customers", None),
        ("customers:read", "customers/{}", None),
    ],
)
def test_it_does_only_what_the_key_was_made_for(
    cast: Cast, program: Key, ticket: Ticket, scope: str, address: str, content: dict[str, object] | None
) -> None:
    others = [one for one in ("tickets:read", "tickets:write", "customers:read") if one != scope]
    place = address.format(cast.bakery.pk if address.startswith("customers") else ticket.pk)
    refused, allowed = program(cast.anna, others), program(cast.anna, [scope])
    answers = [one.get(place) if content is None else one.post(place, **content) for one in (refused, allowed)]
    assert (answers[0].status_code, answers[0].json()["code"]) == (403, "api.scope")
    assert answers[1].status_code in {200, 201}


def test_it_shows_colleagues_customers(cast: Cast, program: Key) -> None:
    anna = program(cast.anna)
    assert [one["name"] for one in anna.get("customers").json()["customers"]] == ["Northwind Bakery", "Driftwood"]
    shown = anna.get(f"customers/{cast.bakery.pk}").json()
    assert (shown["plan"], shown["contacts"][0]["emails"]) == ("premium", ["clara@bakery.example"])
    assert shown["systems"][0]["name"] == "web1"
    assert anna.get("customers/999999").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "tickets/0",
        "tickets/99999999999999999999",
        "tickets/9223372036854775808",
        "tickets?before=9223372036854775808",
        "tickets?limit=0",
        "tickets?limit=1000",
        "tickets?state=lost",
        "customers?after=-1",
        "customers/99999999999999999999",
    ],
)
def test_it_refuses_numbers_out_of_range_in_words(cast: Cast, program: Key, address: str) -> None:
    answer = program(cast.anna).get(address)
    assert (answer.status_code, answer.json()["code"]) == (422, "api.unreadable")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"subject": "a"},
        {"subject": "a\x00", "text": "b"},
        {"subject": "a", "text": "b", "requester_email": "\x00@x"},
        {"subject": "a", "text": "b", "unknown": 1},
        {"subject": "a", "text": "b", "priority": "urgent"},
        {"subject": "a" * 300, "text": "b"},
        {"subject": " ", "text": " ", "requester_email": "clara@bakery.example"},
    ],
)
def test_it_refuses_what_cannot_be_a_ticket(cast: Cast, program: Key, content: dict[str, object]) -> None:
    answer = program(cast.anna).post("tickets", **content)
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert not Ticket.objects.exists()


def test_it_describes_itself_in_openapi_3_1_with_every_integer_bounded(client: object) -> None:
    answer = client.get("/api/v1/openapi.json").json()
    assert answer["openapi"].startswith("3.1")
    loose = [
        f"{path} {parameter['name']}"
        for path, methods in answer["paths"].items()
        for method in methods.values()
        for parameter in method.get("parameters", [])
        for kind in parameter["schema"].get("anyOf", [parameter["schema"]])
        if kind.get("type") == "integer" and not {"minimum", "maximum"} <= kind.keys()
    ]
    assert "/api/v1/tickets/{number}" in answer["paths"]
    assert loose == []


def test_it_says_in_json_that_an_address_does_not_exist(client: object) -> None:
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "api.no_such_address")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"subject": "\\ud800", "text": "x", "requester_email": "clara@bakery.example"}',
        b'{"subject": 1e400, "text": []}',
        b'{"subject": {"a": 1}, "text": null}',
        b'{"subject": "a", "text": "b", "requester_email": "\\ud800@x.example"}',
        b'{"subject": "a", "text": "b", "service": "\\u0000"}',
        b"[" * 5000,
    ],
)
def test_it_answers_every_nonsense_with_words(cast: Cast, program: Key, body: bytes) -> None:
    answer = program(cast.anna).client.post("/api/v1/tickets", body, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert {"code", "message"} <= answer.json().keys()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_it_knows_no_method_that_would_delete(cast: Cast, program: Key, ticket: Ticket, method: str) -> None:
    assert getattr(program(cast.hanna).client, method)(f"/api/v1/tickets/{ticket.pk}").status_code == 405
