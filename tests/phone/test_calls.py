"""Calls as they come in over the wire: who is calling, what becomes of them, who is to be called back."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from opora.desk.channels.phone import actions, jobs, queries
from opora.desk.channels.phone.models import Call, CallBack, CallWord, Connection
from opora.desk.channels.phone.parsing import CallWord as Word
from opora.desk.customers.models import Phone
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from tests.cast import Cast

CLARAS = "+74951234567"


@pytest.fixture
def exchange(cast: Cast, monday: datetime) -> tuple[Connection, str]:
    """An exchange of the generic kind; Vera sits at 101."""
    made, token = actions.connect(name="Office", preset="generic", region="RU", secret="", by=cast.hanna, at=monday)
    actions.seat(made, extension="101", staff=cast.vera)
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    return made, f"/hooks/cti/{token}"


def tell(place: str, event: str, call: str = "c1", **more: Any) -> Any:
    said = {
        "event": event,
        "callId": call,
        "from": CLARAS,
        "to": "74957654321",
        "direction": "in",
        "user": "101",
    } | more
    return send(place, said)


def send(place: str, said: dict[str, Any]) -> Any:
    return Client().post(place, urlencode(said, doseq=True), content_type="application/x-www-form-urlencoded")


def word(phase: str, *, call: str = "c1", caller: str = CLARAS, people: tuple[str, ...] = ("101",)) -> Word:
    return Word(call, phase, False, caller, caller, "+74957654321", "74957654321", people)


def heard(made: Connection, phase: str, at: datetime, **more: Any) -> Call:
    body = json.dumps([phase, at.isoformat(), sorted(more.items())]).encode()
    call = actions.hear(made, body=body, query="", word=word(phase, **more), trouble="", at=at)
    assert call is not None
    return call


def test_it_knows_who_calls_and_at_whom_it_rings(cast: Cast, exchange: tuple[Connection, str]) -> None:
    answer = tell(exchange[1], "newCall")
    assert (answer.status_code, answer.json()) == (200, {})
    call = Call.objects.get()
    assert (call.state, call.caller, call.contact, call.organisation) == ("ringing", CLARAS, cast.clara, cast.bakery)
    event = Event.objects.get(name="phone.ringing")
    assert event.facts["staff"] == [cast.vera.pk]
    assert queries.at_me(cast.vera, call.began_at) == [call]
    assert queries.at_me(cast.anna, call.began_at) == []


def test_it_follows_a_call_to_its_end(exchange: tuple[Connection, str]) -> None:
    for event in ("newCall", "answer", "hangup"):
        tell(exchange[1], event)
    call = Call.objects.get()
    assert (call.state, call.answered_by) == ("ended", "101")
    assert Event.objects.filter(name__startswith="phone.", subject_kind="call").count() == 3
    assert CallWord.objects.count() == 3


def test_it_hears_the_same_request_once(exchange: tuple[Connection, str]) -> None:
    for _ in range(3):
        assert tell(exchange[1], "newCall").status_code == 200
    assert (Call.objects.count(), CallWord.objects.count()) == (1, 1)
    assert Event.objects.filter(name="phone.ringing").count() == 1


def test_it_keeps_and_refuses_what_is_no_call(exchange: tuple[Connection, str]) -> None:
    answer = tell(exchange[1], "explode")
    assert answer.status_code == 422
    assert "unknown" in answer.json()["error"]
    assert CallWord.objects.get().trouble == "the event explode is unknown"
    assert not Call.objects.exists()


def test_it_opens_by_the_token_only(exchange: tuple[Connection, str]) -> None:
    assert tell("/hooks/cti/guessed", "newCall").status_code == 404
    Connection.objects.update(active=False)
    assert tell(exchange[1], "newCall").status_code == 404
    assert not CallWord.objects.exists()


def test_it_refuses_a_wrong_signature(cast: Cast, monday: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_TOKEN", "T")
    made = {"name": "Cloud", "preset": "megafon", "region": "RU", "secret": "env:EXCHANGE_TOKEN"}
    _, token = actions.connect(**made, by=cast.hanna, at=monday)
    said = {"cmd": "event", "type": "INCOMING", "phone": CLARAS, "callid": "c1", "ext": "101"}
    assert send(f"/hooks/cti/{token}", said | {"crm_token": "forged"}).status_code == 401
    assert send(f"/hooks/cti/{token}", said | {"crm_token": "T"}).status_code == 200
    assert Call.objects.count() == 1


def test_it_answers_the_address_check_of_zadarma(cast: Cast, monday: datetime) -> None:
    _, token = actions.connect(name="Z", preset="zadarma", region="RU", secret="env:NO", by=cast.hanna, at=monday)
    answer = Client().get(f"/hooks/cti/{token}?zd_echo=abc")
    assert (answer.content, answer.headers["Content-Type"]) == (b"abc", "text/plain")


@pytest.fixture
def three_cx(cast: Cast, monday: datetime) -> str:
    _, token = actions.connect(name="3CX", preset="3cx", region="RU", secret="", by=cast.hanna, at=monday)
    return f"/hooks/cti/{token}"


def test_it_tells_3cx_whose_number_it_is(cast: Cast, three_cx: str) -> None:
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    for written in ("%2B74951234567", "+74951234567", "84951234567"):
        answer = Client().get(f"{three_cx}?lookup={written}")
        first, last = cast.clara.name.split(" ", 1)
        card = {"firstname": first, "lastname": last, "company": cast.bakery.name, "phone": CLARAS}
        assert answer.json() == {"contacts": [card]}
    assert not Call.objects.exists()


def test_it_names_no_person_whose_number_another_has_too(cast: Cast, three_cx: str) -> None:
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    Phone.objects.create(contact=cast.carl, number=CLARAS)
    [card] = Client().get(f"{three_cx}?lookup=84951234567").json()["contacts"]
    assert (card["firstname"], card["company"]) == ("", cast.bakery.name)
    Phone.objects.create(contact=cast.dan, number=CLARAS)
    assert Client().get(f"{three_cx}?lookup=84951234567").json() == {"contacts": []}


def test_it_tells_nothing_of_strangers_and_nothing_to_strangers(cast: Cast, three_cx: str) -> None:
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    for written in ("74950000000", "anonymous", "101", ""):
        assert Client().get(f"{three_cx}?lookup={written}").json() == {"contacts": []}
    assert Client().get("/hooks/cti/wrong?lookup=84951234567").status_code == 404


def test_it_tells_a_megafon_exchange_the_name_only_for_its_token(
    cast: Cast, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_TOKEN", "T")
    made = {"name": "Cloud", "preset": "megafon", "region": "RU", "secret": "env:EXCHANGE_TOKEN"}
    _, token = actions.connect(**made, by=cast.hanna, at=monday)
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    said = {"cmd": "contact", "phone": "74951234567", "callid": "c1"}
    assert send(f"/hooks/cti/{token}", said | {"crm_token": "forged"}).status_code == 401
    assert send(f"/hooks/cti/{token}", said | {"crm_token": "T"}).json() == {"contact_name": cast.clara.name}


def test_it_lets_administrators_connect_and_keeps_no_open_secret(cast: Cast, monday: datetime) -> None:
    said = {"name": "X", "preset": "generic", "region": "RU", "at": monday}
    with pytest.raises(Refused, match="Only administrators"):
        actions.connect(**said, secret="", by=cast.vera)
    with pytest.raises(Refused, match="Name the secret"):
        actions.connect(**said, secret="hunter2", by=cast.hanna)


def test_it_knows_a_shared_number_a_maybe_and_a_stranger(cast: Cast, exchange: object, monday: datetime) -> None:
    Phone.objects.create(contact=cast.carl, number=CLARAS)
    shared = queries.who_calls(CLARAS)
    assert (shared.how, shared.organisation, {one.pk for one in shared.contacts}) == (
        "shared",
        cast.bakery,
        {cast.clara.pk, cast.carl.pk},
    )
    assert shared.contact is None
    ticket = cast.write(cast.dan, monday, text="Call me at 79161112233 please.")
    maybe = queries.who_calls("+79161112233")
    assert (maybe.how, maybe.tickets, maybe.contacts) == ("maybe", [ticket], [cast.dan])
    assert queries.who_calls("+79169999999").how == "unknown"
    assert queries.who_calls("").how == "unknown"


def test_it_makes_a_task_of_a_missed_call_once_an_hour(
    exchange: tuple[Connection, str], monday: datetime, cast: Cast
) -> None:
    for n, minutes in enumerate((0, 5, 30)):
        at = monday + timedelta(minutes=minutes)
        heard(exchange[0], "ringing", at, call=f"c{n}")
        heard(exchange[0], "ended", at + timedelta(seconds=20), call=f"c{n}")
        jobs.settle_calls(at + timedelta(minutes=1))
    task = CallBack.objects.get()
    assert (task.number, task.contact, task.tries, task.state) == (CLARAS, cast.clara, 3, "open")
    assert Event.objects.filter(name="phone.call_back_wanted").count() == 1


def test_it_makes_no_task_when_the_answer_was_only_told_late(
    exchange: tuple[Connection, str], monday: datetime
) -> None:
    heard(exchange[0], "ringing", monday)
    heard(exchange[0], "ended", monday + timedelta(seconds=60))
    heard(exchange[0], "answered", monday + timedelta(seconds=5))
    assert jobs.settle_calls(monday + timedelta(minutes=5)) == 1
    assert not CallBack.objects.exists()


def test_it_waits_for_late_words_before_it_settles(exchange: tuple[Connection, str], monday: datetime) -> None:
    heard(exchange[0], "ended", monday)
    assert jobs.settle_calls(monday + timedelta(seconds=9)) == 0
    assert jobs.settle_calls(monday + timedelta(seconds=10)) == 1
    assert jobs.settle_calls(monday + timedelta(seconds=10)) == 0


def test_it_makes_no_task_of_a_hidden_number(exchange: tuple[Connection, str], monday: datetime) -> None:
    heard(exchange[0], "ended", monday, caller="")
    jobs.settle_calls(monday + timedelta(minutes=1))
    assert not CallBack.objects.exists()


def test_it_calls_back_once(exchange: tuple[Connection, str], monday: datetime, cast: Cast) -> None:
    heard(exchange[0], "ended", monday)
    jobs.settle_calls(monday + timedelta(minutes=1))
    task = CallBack.objects.get()
    actions.call_back_done(task, by=cast.vera, at=monday, note="All is well.")
    with pytest.raises(Refused):
        actions.call_back_done(task, by=cast.vera, at=monday)
    assert list(queries.call_backs()) == []


def test_it_drops_a_task_with_a_reason_only(exchange: tuple[Connection, str], monday: datetime, cast: Cast) -> None:
    task = CallBack.objects.create(number=CLARAS, first_at=monday, last_at=monday)
    with pytest.raises(Refused, match="Say why"):
        actions.drop_call_back(task, by=cast.vera, at=monday, note="")
    actions.drop_call_back(task, by=cast.vera, at=monday, note="She wrote instead.")
    assert CallBack.objects.get().state == "dropped"


def test_it_reckons_the_day(exchange: tuple[Connection, str], monday: datetime) -> None:
    for phase, seconds in (("ringing", 0), ("answered", 10), ("ended", 70)):
        heard(exchange[0], phase, monday + timedelta(seconds=seconds))
    heard(exchange[0], "ended", monday, call="c2")
    day = queries.figures(monday, monday + timedelta(days=1))
    assert (day.answered, day.missed, day.waited, day.talked) == (1, 1, 10, 60)


def test_it_leaves_a_note_when_a_call_goes_to_an_engineer(
    exchange: tuple[Connection, str], monday: datetime, cast: Cast
) -> None:
    call, ticket = heard(exchange[0], "answered", monday), cast.write(cast.clara, monday)
    with pytest.raises(Refused, match="Say in a sentence"):
        actions.hand_to_engineer(call, ticket=ticket, to=cast.boris, by=cast.vera, words="", at=monday)
    actions.hand_to_engineer(
        call, ticket=ticket, to=cast.boris, by=cast.vera, words="Her shop is down again.", at=monday
    )
    assert "Vera Lis hands a call to Boris Orlov" in ticket.notes.get().text


def test_it_proves_a_caller_by_the_pin_and_stops_guessing(cast: Cast, monday: datetime) -> None:
    pin = actions.make_pin(cast.clara, by=cast.clara.actor, at=monday)
    assert actions.prove_caller(cast.clara, pin=f" {pin} ", by=cast.vera, at=monday)
    assert not actions.prove_caller(cast.dan, pin=pin, by=cast.vera, at=monday)
    wrong = f"{(int(pin) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert not actions.prove_caller(cast.clara, pin=wrong, by=cast.vera, at=monday)
    assert not actions.prove_caller(cast.clara, pin=pin, by=cast.vera, at=monday)
    assert Event.objects.filter(name="phone.pin_said").count() == 8


def test_it_never_loses_a_call_or_a_word(exchange: tuple[Connection, str], monday: datetime) -> None:
    heard(exchange[0], "ringing", monday)
    for change in (
        Call.objects.all().delete,
        CallWord.objects.all().delete,
        lambda: CallWord.objects.update(trouble="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_it_is_one_call_when_many_words_come_at_once(
    cast: Cast, exchange: tuple[Connection, str], monday: datetime
) -> None:
    made = exchange[0]

    def say(n: int) -> None:
        try:
            heard(made, ("ringing", "answered", "ended")[n % 3], monday + timedelta(seconds=n))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as several:
        list(several.map(say, range(12)))
    call = Call.objects.get()
    assert (call.state, call.answered_by) == ("ended", "101")
    assert (call.began_at, call.ended_at) == (monday, monday + timedelta(seconds=2))
