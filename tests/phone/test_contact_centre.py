"""The contact centre: at whom calls ring, who is believed, what is written down, handed on and listened to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from opora.desk.channels.phone import actions, jobs, queries
from opora.desk.channels.phone.models import Call, CallBack, Connection, Listening, TakingDown
from opora.desk.channels.phone.parsing import CallWord as Word
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.customers.models import Contact, Phone
from opora.desk.dispatch.models import OwnEngineer
from opora.desk.incidents import actions as incidents
from opora.desk.incidents.queries import incident_of
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.people.models import Role, Staff
from opora.desk.sla.actions import sweep_due
from opora.desk.sla.models import Clock
from opora.desk.tickets.models import Note
from tests.cast import Cast

pytestmark = pytest.mark.django_db

CLARAS, NOBODYS = "+74951234567", "+74950000000"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SAID = {"happened": "The shop is gone.\nSince we came in.", "works": "nothing", "hit": "everybody", "since": "nine"}


@pytest.fixture
def office(cast: Cast, monday: datetime) -> Connection:
    """The exchange: Vera sits at 101, Anna at 201."""
    made, _token = actions.connect(name="Office", preset="generic", region="RU", secret="", by=cast.hanna, at=monday)
    actions.seat(made, extension="101", staff=cast.vera)
    actions.seat(made, extension="201", staff=cast.anna)
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    return made


def heard(office: Connection, phase: str, at: datetime, **more: Any) -> Call:
    """The call as it stands after one more word of the exchange."""
    said = {"call": "c1", "outgoing": False, "caller": CLARAS, "called": "+74957654321", "people": ("101",)} | more
    word = Word(
        said["call"],
        phase,
        said["outgoing"],
        said["caller"],
        said["caller"],
        said["called"],
        said["called"],
        said["people"],
        recording=said.get("recording", ""),
        queue=said.get("queue", ""),
    )
    body = f"{phase} {at.isoformat()} {sorted(said.items())}".encode()
    call = actions.hear(office, body=body, query="", word=word, trouble="", at=at)
    assert call is not None
    return call


def clock(call: Call) -> Clock:
    return Clock.objects.get(promise="answer", about_kind="call", about_id=call.pk)


def test_it_rings_at_operators_first_whoever_is_called(cast: Cast, office: Connection, monday: datetime) -> None:
    call = heard(office, "ringing", monday, people=("201",))
    assert queries.at_me(cast.vera, monday) == [call]
    assert queries.at_me(cast.anna, monday) == []
    assert Event.objects.get(name="phone.ringing").facts["staff"] == [cast.vera.pk]
    ticket = cast.write(cast.clara, monday)
    actions.hand_to_engineer(call, ticket=ticket, to=cast.anna, by=cast.vera, words="The shop is down.", at=monday)
    assert queries.at_me(cast.anna, monday) == [call]
    assert "The shop is down." in Note.objects.get(ticket=ticket).text


def test_it_rings_our_own_calls_at_whoever_makes_them(cast: Cast, office: Connection, monday: datetime) -> None:
    call = heard(office, "ringing", monday, outgoing=True, caller="+74957654321", called=CLARAS, people=("201",))
    assert queries.at_me(cast.anna, monday) == [call]
    assert queries.at_me(cast.vera, monday) == []
    assert not Clock.objects.filter(about_kind="call").exists()


def test_it_hands_calls_only_to_those_who_work_tickets(cast: Cast, office: Connection, monday: datetime) -> None:
    call, ticket = heard(office, "ringing", monday), cast.write(cast.clara, monday)
    Staff.objects.filter(pk=cast.oleg.pk).update(roles=[Role.OPERATOR])
    cast.oleg.refresh_from_db()
    for to, words in ((cast.oleg, "Please"), (cast.anna, "  ")):
        with pytest.raises(Refused):
            actions.hand_to_engineer(call, ticket=ticket, to=to, by=cast.vera, words=words, at=monday)
    call.refresh_from_db()
    assert (call.handed_to, Note.objects.count()) == (None, 0)


@pytest.mark.parametrize(("seconds", "state"), [(19, "kept"), (21, "missed")])
def test_it_promises_to_answer_in_time(
    seconds: int, state: str, cast: Cast, office: Connection, monday: datetime
) -> None:
    heard(office, "ringing", monday)
    sweep_due(at=monday + seconds * SECOND)
    call = heard(office, "answered", monday + seconds * SECOND)
    assert (clock(call).state, clock(call).stopped_at) == (state, monday + seconds * SECOND)
    assert queries.kept_share(monday, monday + MINUTE, "answer") == (1 if state == "kept" else 0, 1)


def test_it_judges_no_promise_of_a_caller_who_hung_up_early(cast: Cast, office: Connection, monday: datetime) -> None:
    heard(office, "ringing", monday)
    call = heard(office, "ended", monday + 5 * SECOND)
    jobs.settle_calls(monday + MINUTE)
    assert clock(call).state == "cancelled"


def test_it_promises_a_call_back_and_keeps_it_by_calling(cast: Cast, office: Connection, monday: datetime) -> None:
    heard(office, "ringing", monday)
    heard(office, "ended", monday + 30 * SECOND)
    jobs.settle_calls(monday + MINUTE)
    task = CallBack.objects.get()
    promised = Clock.objects.get(promise="call_back", about_kind="call_back", about_id=task.pk)
    assert promised.due_at == monday + MINUTE + timedelta(seconds=office.call_back_within)
    ours = {"call": "c2", "outgoing": True, "caller": "+74957654321", "called": CLARAS}
    for phase, after in (("ringing", 4), ("answered", 5), ("ended", 9)):
        heard(office, phase, monday + after * MINUTE, **ours)
    jobs.settle_calls(monday + 10 * MINUTE)
    task.refresh_from_db()
    promised.refresh_from_db()
    assert (task.state, promised.state, promised.stopped_at) == ("done", "kept", monday + 5 * MINUTE)


def test_it_lets_only_the_contact_centre_call_back(cast: Cast, office: Connection, monday: datetime) -> None:
    heard(office, "ringing", monday)
    heard(office, "ended", monday + 30 * SECOND)
    jobs.settle_calls(monday + MINUTE)
    with pytest.raises(Refused):
        actions.call_back_done(CallBack.objects.get(), by=cast.anna, at=monday)
    actions.drop_call_back(CallBack.objects.get(), by=cast.vera, at=monday, note="Wrong number, she says.")
    assert Clock.objects.get(promise="call_back").state == "cancelled"


def test_it_ends_calls_of_whose_end_nobody_told(cast: Cast, office: Connection, monday: datetime) -> None:
    heard(office, "ringing", monday)
    assert jobs.end_silent_calls(monday + 9 * MINUTE) == 0
    assert jobs.end_silent_calls(monday + 11 * MINUTE) == 1
    jobs.settle_calls(monday + 12 * MINUTE)
    assert CallBack.objects.get().number == CLARAS
    assert queries.at_me(cast.vera, monday + 12 * MINUTE) == []


def test_it_believes_the_pin_and_keeps_that_with_the_call(cast: Cast, office: Connection, monday: datetime) -> None:
    call = heard(office, "answered", monday)
    pin = actions.make_pin(cast.clara, by=cast.clara.actor, at=monday)
    wrong = "000000" if pin != "000000" else "111111"
    assert not actions.prove_caller(cast.clara, pin=wrong, by=cast.vera, at=monday, call=call)
    assert call.proved is None
    assert actions.prove_caller(cast.clara, pin=f"{pin[:3]} {pin[3:]}", by=cast.vera, at=monday, call=call)
    call.refresh_from_db()
    assert (call.proved, call.proved_how) == (cast.clara, "pin")
    with pytest.raises(Refused):
        actions.prove_caller(cast.clara, pin=pin, by=cast.anna, at=monday, call=call)


def test_it_believes_a_call_back_only_when_it_was_answered(cast: Cast, office: Connection, monday: datetime) -> None:
    call = heard(office, "answered", monday)
    ours = {"call": "c2", "outgoing": True, "caller": "+74957654321", "called": CLARAS}
    heard(office, "ringing", monday + MINUTE, **ours)
    with pytest.raises(Refused):
        actions.prove_by_call_back(call, contact=cast.clara, by=cast.vera, at=monday + MINUTE)
    heard(office, "answered", monday + MINUTE, **ours)
    actions.prove_by_call_back(call, contact=cast.clara, by=cast.vera, at=monday + 2 * MINUTE)
    with pytest.raises(Refused):
        actions.prove_by_call_back(call, contact=cast.dan, by=cast.vera, at=monday + 2 * MINUTE)
    assert (call.proved, call.proved_how) == (cast.clara, "call_back")


def test_it_makes_a_ticket_of_the_callers_words_and_asks_for_confirmation(
    cast: Cast, office: Connection, monday: datetime
) -> None:
    OwnEngineer.objects.create(organisation=cast.bakery, staff=cast.oleg)
    call = heard(office, "answered", monday)
    said = SAID | {"losing": "yes", "system": str(cast.web1.pk), "ask": "yes"}
    taken = actions.take_down(call, words=said, by=cast.vera, at=monday)
    ticket = taken.ticket
    assert (ticket.state, ticket.channel, ticket.kind, ticket.priority) == (
        "waiting_confirmation",
        "phone",
        "incident",
        "high",
    )
    assert (ticket.requester, ticket.system, ticket.subject) == (cast.clara, cast.web1, "The shop is gone.")
    assert "nothing works" in ticket.messages.get().text
    assert taken.asked is not None
    terms = taken.asked.asked_terms
    assert [one.name for one in terms.engineers] == [cast.oleg.name, cast.anna.name]
    assert (terms.level, terms.high_risk, terms.zone) == ("user", False, cast.bakery.zone)
    with pytest.raises(Refused):
        actions.take_down(call, words=SAID, by=cast.vera, at=monday)
    assert ConfirmationRequest.objects.count() == 1


def test_it_keeps_every_letter_while_typing_and_nothing_after(cast: Cast, office: Connection, monday: datetime) -> None:
    call = heard(office, "answered", monday)
    actions.keep_words(call, words={"happened": "The sh", "foreign": "x"}, by=cast.vera, at=monday)
    actions.keep_words(call, words=SAID, by=cast.vera, at=monday)
    assert TakingDown.objects.get().words["happened"] == SAID["happened"]
    assert "foreign" not in TakingDown.objects.get().words
    actions.take_down(call, words=SAID, by=cast.vera, at=monday)
    actions.keep_words(call, words=SAID | {"happened": "Something else"}, by=cast.vera, at=monday)
    row = TakingDown.objects.get()
    assert row.words["happened"] == SAID["happened"]
    row.words = {}
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()
    with pytest.raises(Refused):
        actions.keep_words(call, words=SAID, by=cast.anna, at=monday)


@pytest.mark.parametrize("missing", ["happened", "works", "hit"])
def test_it_opens_nothing_while_a_question_is_open(
    missing: str, cast: Cast, office: Connection, monday: datetime
) -> None:
    call = heard(office, "answered", monday)
    with pytest.raises(Refused):
        actions.take_down(call, words=SAID | {missing: ""}, by=cast.vera, at=monday)
    assert not Event.objects.filter(name="tickets.opened").exists()


def test_it_never_makes_a_stranger_a_customers_person_by_telephone(
    cast: Cast, office: Connection, monday: datetime
) -> None:
    call = heard(office, "answered", monday, caller=NOBODYS)
    with pytest.raises(Refused):
        actions.take_down(call, words=SAID, by=cast.vera, at=monday)
    said = SAID | {"name": "New Person", "email": "new@bakery.example", "system": str(cast.web1.pk), "ask": "yes"}
    taken = actions.take_down(call, words=said, by=cast.vera, at=monday)
    made = Contact.objects.get(addresses__email="new@bakery.example")
    assert (made.organisation, taken.ticket.organisation, taken.asked) == (None, None, None)
    assert taken.trouble


def test_it_says_why_no_request_went_out_and_keeps_the_ticket(cast: Cast, office: Connection, monday: datetime) -> None:
    cast.clara.addresses.update(may_confirm=False)
    call = heard(office, "answered", monday)
    taken = actions.take_down(call, words=SAID | {"system": str(cast.web1.pk), "ask": "y"}, by=cast.vera, at=monday)
    assert (taken.asked, ConfirmationRequest.objects.count()) == (None, 0)
    assert "Nominate" in taken.trouble
    assert taken.ticket.pk


def test_it_offers_an_incident_that_looks_alike_and_joins_it(cast: Cast, office: Connection, monday: datetime) -> None:
    others = [cast.write(cast.carl, monday, subject="Shop pages are slow") for _number in range(3)]
    known = incidents.declare(
        title="Shop pages are slow", by=cast.anna, at=monday, tickets=others, service=cast.hosting
    )
    incidents.tell_all(
        known, stage="identified", text="We know.", text_ru="Знаем.", by=cast.anna, at=monday, next_at=monday + MINUTE
    )
    (found,) = queries.alike("our shop pages are terribly slow today", None, at=monday + MINUTE)
    assert (found, found.tickets, found.next_word_at) == (known, 3, monday + MINUTE)
    assert queries.alike("please restore the mail box of our accountant", None, at=monday) == []
    call = heard(office, "answered", monday)
    taken = actions.take_down(call, words=SAID | {"incident": str(known.pk)}, by=cast.vera, at=monday)
    assert incident_of(taken.ticket) == known


def test_it_hands_recordings_only_to_those_who_say_why(cast: Cast, office: Connection, monday: datetime) -> None:
    heard(office, "answered", monday)
    call = heard(office, "ended", monday + MINUTE, recording="https://exchange.example/r/1")
    with pytest.raises(Refused):
        actions.listen(call, by=cast.vera, why="curious", at=monday)
    with pytest.raises(Refused):
        actions.listen(call, by=cast.hanna, why=" ", at=monday)
    assert actions.listen(call, by=cast.hanna, why="A complaint", at=monday) == "https://exchange.example/r/1"
    row = Listening.objects.get()
    assert (row.by, row.why) == (cast.hanna, "A complaint")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_it_offers_no_recording_of_a_call_nobody_spoke_on(cast: Cast, office: Connection, monday: datetime) -> None:
    heard(office, "ringing", monday)
    call = heard(office, "ended", monday + MINUTE, recording="https://exchange.example/r/1")
    assert not queries.has_recording(call)


def test_it_forgets_recordings_when_their_time_is_over(cast: Cast, office: Connection, monday: datetime) -> None:
    heard(office, "answered", monday)
    call = heard(office, "ended", monday + MINUTE, recording="https://exchange.example/r/1")
    kept = timedelta(days=office.recordings_days)
    assert jobs.forget_recordings(monday + kept) == 0
    assert (jobs.forget_recordings(monday + kept + MINUTE), jobs.forget_recordings(monday + kept + MINUTE)) == (1, 0)
    call.refresh_from_db()
    assert call.recording == ""


def test_it_counts_by_day_hour_operator_and_line(cast: Cast, office: Connection, monday: datetime) -> None:
    for name, at in (("a", monday), ("b", monday + timedelta(hours=1)), ("c", monday + timedelta(days=1))):
        heard(office, "ringing", at, call=name, queue="support")
        if name != "b":
            heard(office, "answered", at + 10 * SECOND, call=name, queue="support")
        heard(office, "ended", at + 70 * SECOND, call=name, queue="support")
    since, until = monday - timedelta(days=1), monday + timedelta(days=3)
    by = {part: queries.figures_by(part, since, until, zone="UTC") for part in queries.BY}
    assert [(one.figures.answered, one.figures.missed) for one in by["day"]] == [(1, 1), (1, 0)]
    assert [(one.name, one.figures.came) for one in by["hour"]] == [
        (f"{monday:%H}:00", 2),
        (f"{monday + timedelta(hours=1):%H}:00", 1),
    ]
    assert [(one.name, one.figures.answered, one.figures.talked) for one in by["operator"]] == [("Vera Lis", 2, 60)]
    assert [(one.name, one.figures.waited) for one in by["line"]] == [("support", 10)]
