"""The line to an Asterisk: what it says becomes calls, what we want of it is done, and it mends itself."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from opora.desk.channels.phone import actions, errands
from opora.desk.channels.phone.ami import book, keeping
from opora.desk.channels.phone.ami.keeping import Lines
from opora.desk.channels.phone.models import Call, CallWord, Connection, Errand
from opora.desk.customers.models import Phone
from opora.desk.kernel import clock
from opora.desk.kernel.models import Event
from tests.cast import Cast
from tests.phone.fake_ami import FakeManager
from tests.phone.test_switchboard import CLARAS, DESK, PARTS, RINGS, TALKS, TRUNK, said

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager() -> Iterator[FakeManager]:
    with FakeManager() as made:
        yield made


@pytest.fixture
def exchange(cast: Cast, monday: datetime, manager: FakeManager) -> Connection:
    """An Asterisk that we reach; Vera sits at 101, Clara's number is known."""
    made, _token = actions.connect(name="Office", preset="asterisk", region="RU", secret="", by=cast.hanna, at=monday)
    errands.reach(made, address=manager.address, login="opora", password="sesame", by=cast.hanna, at=monday)
    actions.seat(made, extension="101", staff=cast.vera)
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    return made


@pytest.fixture
def kept(exchange: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """The line is kept; what is waited for comes sooner than in life."""
    monkeypatch.setattr(keeping, "ERRANDS_EVERY", 0.05)
    monkeypatch.setattr(keeping, "LOOK_EVERY", 0.1)
    lines = Lines(lambda _name: True)
    lines.start()
    yield lines
    lines.stop(20.0)


def wait_for[R](found: Callable[[], R], patience: float = 30.0) -> R:
    end = time.monotonic() + patience
    while not (what := found()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return what


def test_it_hears_a_call_and_knows_who_calls(cast: Cast, manager: FakeManager, kept: Lines) -> None:
    manager.await_action("CoreShowChannels")
    manager.tell(*RINGS)
    call = wait_for(lambda: Call.objects.filter(rung__contains=["101"]).first())
    assert (call.state, call.contact, call.queue) == ("ringing", cast.clara, "support")
    assert Event.objects.filter(name="phone.ringing").latest("id").facts["staff"] == [cast.vera.pk]
    manager.tell(*TALKS, *PARTS)
    call = wait_for(lambda: Call.objects.filter(state="ended").first())
    assert (call.answered_by, call.outgoing, call.key) == ("101", False, "1.0")
    assert Connection.objects.get().reached_at is not None


def test_it_hears_every_event_once_though_it_is_told_twice(manager: FakeManager, kept: Lines) -> None:
    manager.await_action("CoreShowChannels")
    for _ in range(2):
        manager.tell(*RINGS, *TALKS, *PARTS)
    wait_for(lambda: Call.objects.filter(state="ended").exists())
    manager.tell(said("Newchannel", TRUNK | {"Uniqueid": "7.0", "Linkedid": "7.0"}))
    wait_for(lambda: Call.objects.filter(key="7.0").exists())
    assert Call.objects.filter(key="1.0").count() == 1
    assert Event.objects.filter(name="phone.ended").count() == 1


def test_it_signs_in_again_and_ends_what_ended_meanwhile(
    manager: FakeManager, exchange: Connection, kept: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "FRESH", timedelta(0))
    manager.await_action("CoreShowChannels")
    manager.tell(*RINGS, *TALKS)
    wait_for(lambda: Call.objects.filter(state="answered").exists())
    manager.lives = [TRUNK | {"Uniqueid": "5.0", "Linkedid": "5.0"}]
    manager.hang_up()
    manager.await_action("Login", 2)
    ended = wait_for(lambda: Call.objects.filter(key="1.0", state="ended").first())
    assert ended.cause == "unheard"
    assert wait_for(lambda: Call.objects.filter(key="5.0").first()).state == "ringing"


def test_it_says_what_is_wrong_and_goes_on_trying(manager: FakeManager, exchange: Connection, kept: Lines) -> None:
    manager.await_action("Login")
    manager.password = "changed"
    manager.hang_up()
    wait_for(lambda: "Authentication failed" in Connection.objects.get().trouble)
    manager.password = "sesame"
    wait_for(lambda: Connection.objects.get().trouble == "")


def test_it_lets_go_of_a_line_that_is_switched_off(manager: FakeManager, exchange: Connection, kept: Lines) -> None:
    manager.await_action("CoreShowChannels")
    Connection.objects.update(active=False)
    wait_for(lambda: not keeping._reachable() and not kept._kept)
    manager.tell(*RINGS)
    assert not Call.objects.exists()


def test_it_loses_nothing_while_the_database_is_away(
    manager: FakeManager, exchange: Connection, kept: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each first try to write a word breaks the connection, as a restart of the database would."""
    monkeypatch.setattr(keeping, "DATABASE_PAUSE", 0.01)
    whole, broken = actions.hear, set()

    def breaks(*arguments: object, **more: object) -> object:
        word = more["word"]
        if word not in broken:
            broken.add(word)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return whole(*arguments, **more)  # type: ignore[arg-type]

    manager.await_action("CoreShowChannels")
    monkeypatch.setattr(actions, "hear", breaks)
    manager.tell(*RINGS, *TALKS, *PARTS)
    call = wait_for(lambda: Call.objects.filter(state="ended").first())
    assert (call.answered_by, call.rung) == ("101", ["101"])
    assert len(broken) >= 4


def test_it_rings_a_colleague_and_then_the_customer(
    cast: Cast, manager: FakeManager, kept: Lines, monday: datetime
) -> None:
    ticket = cast.write(cast.clara, monday)
    errand = errands.click_to_call(
        number="8 495 123-45-67", by=cast.vera, at=clock.now(), ticket=ticket, contact=cast.clara
    )
    asked = manager.await_action("Originate")
    assert asked.get("Channel") == "PJSIP/101"
    assert (asked.get("Exten"), asked.get("Context"), asked.get("ChannelId")) == (CLARAS, "from-internal", errand.key)
    wait_for(lambda: Errand.objects.get().state == "done")
    ours = {"Channel": "PJSIP/101-00000004", "CallerIDNum": "101", "Uniqueid": errand.key, "Linkedid": errand.key}
    manager.tell(
        said("Newchannel", ours, Exten="s"),
        said("DialBegin", ours, DestChannel="PJSIP/trunk-1", DestCallerIDNum=CLARAS),
    )
    call = wait_for(lambda: Call.objects.filter(outgoing=True).first())
    assert (call.ticket, call.contact, call.called) == (ticket, cast.clara, CLARAS)


def test_it_leaves_a_colleague_out_of_the_queues(cast: Cast, manager: FakeManager, kept: Lines) -> None:
    errands.pause(on=True, by=cast.vera, at=clock.now(), reason="lunch\r\nAction: Originate")
    asked = manager.await_action("QueuePause")
    assert (asked.get("Interface"), asked.get("Paused"), asked.get("Reason")) == (
        "PJSIP/101",
        "true",
        "lunch Action: Originate",
    )
    errands.pause(on=False, by=cast.vera, at=clock.now())
    assert manager.await_action("QueuePause", 2).get("Paused") == "false"
    assert manager.actions("Originate") == []


def test_it_tells_the_colleague_when_the_exchange_says_no(cast: Cast, manager: FakeManager, kept: Lines) -> None:
    manager.refuses["Originate"] = "Extension does not exist."
    errands.click_to_call(number=CLARAS, by=cast.vera, at=clock.now())
    failed = wait_for(lambda: Event.objects.filter(name="phone.errand_failed").first())
    assert failed.facts == {"kind": "call", "staff": [cast.vera.pk], "trouble": "Extension does not exist."}
    assert len(manager.actions("Originate")) == 1


def test_it_keeps_every_event_that_told_of_a_call(manager: FakeManager, kept: Lines) -> None:
    manager.await_action("CoreShowChannels")
    manager.tell(RINGS[0], said("Newexten", DESK), RINGS[3])
    wait_for(lambda: CallWord.objects.count() == 2)
    assert b"AgentCalled" in bytes(CallWord.objects.latest("id").body).replace(b"agentcalled", b"AgentCalled")
