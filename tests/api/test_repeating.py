"""A program that is not sure whether its call arrived sends it again, and nothing happens twice."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from opora.desk.tickets.models import Message, Ticket
from opora.desk.web.api.jobs import forget_old_calls
from opora.desk.web.api.models import TakenCall
from tests.api.conftest import Program, key_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db
Key = Callable[..., Program]
WORDS = {"subject": "Disk is full", "text": "web1 since nine"}


def post(program: Program, key: str, address: str = "tickets", **content: object) -> Any:
    where = f"/api/v1/{address}"
    return program.client.post(
        where, content or WORDS, content_type="application/json", headers={"Idempotency-Key": key}
    )


def test_it_opens_one_ticket_and_answers_alike(cast: Cast, program: Key) -> None:
    clara = program(cast.clara)
    first, again = post(clara, "k1"), post(clara, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content and again["Content-Type"] == first["Content-Type"]
    assert again["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first
    assert Ticket.objects.count() == 1
    assert post(clara, "k2").json()["number"] != first.json()["number"]


def test_it_writes_words_once(cast: Cast, program: Key, monday: Any) -> None:
    ticket, clara = cast.write(cast.clara, monday), program(cast.clara)
    for _ in range(3):
        assert post(clara, "k", f"tickets/{ticket.pk}/messages", text="Still down").status_code == 201
    assert Message.objects.filter(ticket=ticket, text="Still down").count() == 1


def test_it_refuses_another_call_under_a_used_key(cast: Cast, program: Key) -> None:
    clara = program(cast.clara)
    number = post(clara, "k").json()["number"]
    for other in (
        post(clara, "k", subject="Disk is full", text="and web2 too"),
        post(clara, "k", f"tickets/{number}/messages", **WORDS),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "api.key_reused")
    assert Ticket.objects.count() == 1


def test_it_keeps_keys_of_accounts_apart(cast: Cast, program: Key) -> None:
    mine, theirs = post(program(cast.clara), "k").json(), post(program(cast.dan), "k")
    assert theirs.status_code == 201 and theirs.json()["number"] != mine["number"]
    assert "Idempotent-Replayed" not in theirs
    assert post(program(cast.clara), "k").json() == mine


def test_it_shows_nothing_to_a_key_that_may_less(cast: Cast, program: Key) -> None:
    post(program(cast.clara), "k")
    assert post(program(cast.clara, ["tickets:read"]), "k").status_code == 403
    assert post(Program("opora_nonsense"), "k").status_code == 401


def test_it_lets_a_refused_call_be_mended_under_its_key(cast: Cast, program: Key) -> None:
    clara = program(cast.clara)
    assert post(clara, "k", subject=" ", text=" ").status_code == 422
    assert not TakenCall.objects.exists()
    assert post(clara, "k").status_code == 201


def test_it_forgets_after_a_day(cast: Cast, program: Key) -> None:
    clara = program(cast.clara)
    post(clara, "k")
    TakenCall.objects.update(taken_at=TakenCall.objects.get().taken_at - timedelta(hours=25))
    assert "Idempotent-Replayed" not in post(clara, "k")
    assert Ticket.objects.count() == 2
    at = TakenCall.objects.get().taken_at
    assert forget_old_calls(at=at + timedelta(hours=23)) == 0
    assert forget_old_calls(at=at + timedelta(hours=24)) == 1


@pytest.mark.parametrize("key", ["x" * 256, "ключ", "a\x01b"])
def test_it_takes_no_key_it_cannot_keep(cast: Cast, program: Key, key: str) -> None:
    clara = program(cast.clara)
    answer = clara.client.post("/api/v1/tickets", WORDS, "application/json", HTTP_IDEMPOTENCY_KEY=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "api.bad_key")
    assert not Ticket.objects.exists()


def test_it_ignores_the_key_where_nothing_changes_and_is_described(cast: Cast, program: Key) -> None:
    clara = program(cast.clara)
    assert clara.client.get("/api/v1/tickets", headers={"Idempotency-Key": "k"}).status_code == 200
    assert not TakenCall.objects.exists()
    described = clara.get("openapi.json").json()["paths"]["/api/v1/tickets"]
    assert [one["name"] for one in described["post"]["parameters"]] == ["Idempotency-Key"]


@pytest.mark.django_db(transaction=True)
def test_it_takes_two_at_once_as_one(cast: Cast) -> None:
    clara, answers = key_of(cast.clara), []
    starting = threading.Barrier(4)

    def send() -> None:
        starting.wait(30)
        answers.append(post(Program(clara.client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")), "k"))
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(4)]
    for one in senders:
        one.start()
    for one in senders:
        one.join(60)
    assert [one.status_code for one in answers] == [201] * 4
    assert len({one.content for one in answers}) == 1
    assert Ticket.objects.count() == 1
