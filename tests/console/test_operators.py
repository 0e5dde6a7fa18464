"""Operators take calls down and leave notes; whichever way they try, they cannot work tickets. And engineers take no calls."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from opora.desk.channels.phone import actions as phone
from opora.desk.channels.phone import errands
from opora.desk.channels.phone.models import Call, Connection, Errand, TakingDown
from opora.desk.customers.models import Contact, Phone
from opora.desk.kernel import clock
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Message, Ticket
from opora.desk.web.console.views.acts import VERBS
from tests.api.conftest import key_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff | Contact | None], Client]
CLARAS = "+74951234567"
COLUMNS = [field.attname for field in Ticket._meta.concrete_fields]
SAID = {"happened": "The shop is gone", "works": "nothing", "hit": "everybody"}


@pytest.fixture
def ticket(cast: Cast, monday: datetime) -> Ticket:
    """A ticket in work, with two messages, so that nothing is refused for want of something."""
    made = cast.write(cast.clara, monday)
    tickets.take(made, by=cast.anna, at=monday)
    tickets.customer_wrote(made, by=cast.clara, text="And the mail.", at=monday)
    return made


@pytest.fixture
def call(cast: Cast) -> Call:
    """Clara's call, answered."""
    began = clock.now() - timedelta(minutes=1)
    office, _token = phone.connect(name="Office", preset="generic", region="RU", secret="", by=cast.hanna, at=began)
    phone.seat(office, extension="101", staff=cast.vera)
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    return Call.objects.create(
        connection=office,
        key="c1",
        state="answered",
        caller=CLARAS,
        answered_by="101",
        began_at=began,
        answered_at=began + timedelta(seconds=5),
        contact=cast.clara,
        organisation=cast.bakery,
    )


@pytest.fixture
def line(cast: Cast) -> Connection:
    """An Asterisk that the desk may ask; Vera sits at its 101."""
    at = clock.now()
    made, _token = phone.connect(name="Queues", preset="asterisk", region="RU", secret="", by=cast.hanna, at=at)
    errands.reach(made, address="ami://pbx.example:5038", login="opora", password="s", by=cast.hanna, at=at)
    phone.seat(made, extension="101", staff=cast.vera)
    return made


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_it_refuses_operators_every_verb_that_works_a_ticket(
    verb: str, ticket: Ticket, cast: Cast, monday: datetime, browser: Browser
) -> None:
    other = cast.write(cast.clara, monday)
    before = Ticket.objects.values(*COLUMNS).get(pk=ticket.pk), Event.objects.count()
    said = {
        "priority": "high",
        "why": "because",
        "state": "resolved",
        "subject": "New words",
        "kind": "question",
        "staff": cast.vera.pk,
        "to": cast.anna.pk,
        "line": cast.second.pk,
        "asked": "a",
        "tried": "b",
        "suspected": "c",
        "number": other.pk,
        "other": other.mark,
        "into": other.mark,
        "word": "tag",
        "tag": "tag",
        "email": "clara@bakery.example",
        "messages": [one.pk for one in Message.objects.filter(ticket=ticket)][:1],
        "cause": "infrastructure",
        "evidence": "seen",
    }
    answer = browser(cast.vera).post(f"/desk/tickets/{ticket.pk}/{verb}", said)
    assert answer.status_code in {403, 404, 409, 422}
    assert (Ticket.objects.values(*COLUMNS).get(pk=ticket.pk), Event.objects.count()) == before


def test_it_lets_operators_note_but_not_answer(ticket: Ticket, cast: Cast, browser: Browser) -> None:
    vera, said = browser(cast.vera), Message.objects.count()
    for kind in ("reply", "wait", "resolve"):
        vera.post(f"/desk/tickets/{ticket.pk}/say", {"kind": "reply", "then": kind, "text": "We are on it."})
    assert Message.objects.count() == said
    vera.post(f"/desk/tickets/{ticket.pk}/say", {"kind": "note", "text": "She calls from the road."})
    assert ticket.notes.get().author_staff == cast.vera
    assert vera.post("/desk/bulk", {"numbers": [ticket.pk], "verb": "take"}).status_code == 403
    assert vera.post("/desk/next").status_code == 403


def test_it_lets_operators_note_but_not_answer_by_program(ticket: Ticket, cast: Cast) -> None:
    key, said = key_of(cast.vera).client, Message.objects.count()
    place = f"/api/v1/tickets/{ticket.pk}"
    answer = key.post(f"{place}/messages", {"text": "On it."}, content_type="application/json")
    assert answer.status_code in {403, 409, 422}
    answer = key.patch(place, {"state": "resolved", "priority": "high"}, content_type="application/json")
    assert answer.status_code >= 400
    ticket.refresh_from_db()
    assert (Message.objects.count(), ticket.state, ticket.priority) == (said, "new", "medium")


def test_it_shuts_calls_to_engineers(call: Call, cast: Cast, browser: Browser) -> None:
    for method, place in (
        ("get", "/desk/calls/"),
        ("get", f"/desk/calls/{call.pk}/"),
        ("post", f"/desk/calls/{call.pk}/words"),
        ("post", f"/desk/calls/{call.pk}/take-down"),
        ("post", f"/desk/calls/{call.pk}/pin"),
        ("get", "/desk/calls/log"),
        ("post", f"/desk/calls/{call.pk}/recording"),
    ):
        assert getattr(browser(cast.anna), method)(place, SAID).status_code == 403
    assert not TakingDown.objects.exists()


def test_it_pops_up_at_an_engineer_only_what_was_handed_on(call: Call, cast: Cast, browser: Browser) -> None:
    assert "Clara Berg" not in browser(cast.anna).get("/desk/calls/ringing").text
    vera = browser(cast.vera)
    vera.post(f"/desk/calls/{call.pk}/take-down", SAID)
    assert vera.post(f"/desk/calls/{call.pk}/hand", {"to": cast.anna.pk, "words": "Gone for all."}).status_code == 302
    popped = browser(cast.anna).get("/desk/calls/ringing").text
    assert "Clara Berg" in popped
    assert f"/desk/tickets/{TakingDown.objects.get().ticket_id}" in popped
    assert "Gone for all." in TakingDown.objects.get().ticket.notes.get().text


def test_it_keeps_what_is_typed_and_says_what_follows(call: Call, cast: Cast, browser: Browser) -> None:
    vera = browser(cast.vera)
    told = vera.post(f"/desk/calls/{call.pk}/words", SAID).text
    assert "Incident, high" in told
    assert TakingDown.objects.get().words["happened"] == "The shop is gone"
    assert "The shop is gone" in vera.get(f"/desk/calls/{call.pk}/").text
    refused = vera.post(f"/desk/calls/{call.pk}/take-down", SAID | {"hit": ""})
    assert refused.status_code == 422
    assert "The shop is gone" in refused.text


def test_it_believes_no_pin_of_a_person_the_number_cannot_mean(call: Call, cast: Cast, browser: Browser) -> None:
    pin = phone.make_pin(cast.dan, by=cast.dan.actor, at=call.began_at)
    browser(cast.vera).post(f"/desk/calls/{call.pk}/pin", {"pin": pin, "contact": cast.dan.pk})
    call.refresh_from_db()
    assert call.proved is None
    pin = phone.make_pin(cast.carl, by=cast.carl.actor, at=call.began_at)
    browser(cast.vera).post(f"/desk/calls/{call.pk}/pin", {"pin": pin, "contact": cast.carl.pk})
    call.refresh_from_db()
    assert (call.proved, call.contact) == (cast.carl, cast.carl)


def test_it_leads_to_a_recording_only_after_a_reason(call: Call, cast: Cast, browser: Browser) -> None:
    Call.objects.update(state="ended", ended_at=call.began_at + timedelta(minutes=2), recording="https://pbx.example/7")
    hanna = browser(cast.hanna)
    assert "https://pbx.example/7" not in hanna.get("/desk/calls/log").text
    assert hanna.post(f"/desk/calls/{call.pk}/recording", {"why": ""}).status_code == 422
    told = hanna.post(f"/desk/calls/{call.pk}/recording", {"why": "A complaint of Clara's"}).text
    assert "https://pbx.example/7" in told
    assert "A complaint of Clara" in told


def test_it_pauses_an_operator_and_takes_her_in_again(line: Connection, cast: Cast, browser: Browser) -> None:
    vera = browser(cast.vera)
    assert 'value="pause"' in vera.get("/desk/calls/").text
    assert vera.post("/desk/calls/pause", {"do": "pause"}).headers["Location"] == "/desk/calls/"
    paused = vera.get("/desk/calls/now").text
    assert "The queues leave you out" in paused
    assert 'value="return"' in paused
    vera.post("/desk/calls/pause", {"do": "return"})
    assert 'value="pause"' in vera.get("/desk/calls/now").text
    asked = Errand.objects.order_by("id").values_list("connection", "kind", "extension", "by")
    assert list(asked) == [(line.pk, kind, "101", cast.vera.pk) for kind in ("pause", "unpause")]


def test_it_says_why_the_exchange_paused_nobody(line: Connection, cast: Cast, browser: Browser) -> None:
    vera = browser(cast.vera)
    vera.post("/desk/calls/pause", {"do": "pause"})
    errands.fail(Errand.objects.get(), trouble="Interface not found", at=clock.now())
    shown = vera.get("/desk/calls/").text
    assert "Interface not found" in shown
    assert 'value="pause"' in shown
    later = errands.pause_of(cast.vera, at=clock.now() + timedelta(hours=1))
    assert later == errands.Pause(on=False, trouble="")


def test_it_offers_no_pause_where_no_exchange_takes_it(
    call: Call, line: Connection, cast: Cast, browser: Browser
) -> None:
    phone.seat(line, extension="101", staff=cast.anna)
    vera = browser(cast.vera)
    assert "/desk/calls/pause" not in vera.get("/desk/calls/").text
    assert "You have no telephone" in vera.post("/desk/calls/pause", {"do": "pause"}, follow=True).text
    assert vera.post("/desk/calls/pause", {"do": "dance"}).status_code == 404
    assert browser(cast.anna).post("/desk/calls/pause", {"do": "pause"}).status_code == 403
    assert not Errand.objects.exists()
