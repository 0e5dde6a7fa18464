"""Real calls: SIPp rings a real Asterisk, the desk hears of it by its own line, by the dialplan's hook, by both at once."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from opora.desk.channels.phone import actions, errands, jobs
from opora.desk.channels.phone.ami import keeping
from opora.desk.channels.phone.ami.keeping import Lines
from opora.desk.channels.phone.models import Call, CallBack, CallWord, Connection, Errand
from opora.desk.customers.models import Phone
from opora.desk.kernel import clock
from opora.desk.kernel.models import Event
from tests.cast import Cast
from tests.phone.exchange import Asterisk, why_not
from tests.phone.test_lines import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CLARAS = "+74951234567"
LONG = 90.0

Ring = Callable[..., Asterisk]


@pytest.fixture(scope="session")
def packages() -> None:
    """Debian's Asterisk and SIPp, unpacked; skips with the reason where they cannot be had."""
    if reason := why_not():
        pytest.skip(reason)


@pytest.fixture
def ring(
    packages: None,
    cast: Cast,
    monday: datetime,
    live_server: LiveServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Ring]:
    """Start an exchange that tells the desk by these roads. Vera sits at 101, Clara's number is known."""
    monkeypatch.setattr(keeping, "LOOK_EVERY", 0.2)
    lines = Lines(lambda _name: True)
    started: list[Asterisk] = []

    def ring(*roads: str) -> Asterisk:
        made, token = actions.connect(
            name="Office", preset="asterisk", region="RU", secret="", by=cast.hanna, at=monday
        )
        actions.seat(made, extension="101", staff=cast.vera)
        Phone.objects.create(contact=cast.clara, number=CLARAS)
        hook = live_server.url + reverse("api:cti", args=[token]) if "hook" in roads else ""
        exchange = Asterisk(tmp_path / "asterisk", hook=hook).start()
        started.append(exchange)
        if "line" in roads:
            address = f"ami://127.0.0.1:{exchange.manager}"
            known = {"login": exchange.login, "password": exchange.password, "context": "outgoing"}
            errands.reach(made, address=address, by=cast.hanna, at=monday, **known)
            lines.start()
            wait_for(lambda: Connection.objects.get().reached_at, LONG)
        return exchange

    yield ring
    lines.stop(20.0)
    for exchange in started:
        exchange.stop()


def over(*telephones: "subprocess.Popen[bytes]") -> list[int]:
    return [telephone.wait(LONG) for telephone in telephones]


@pytest.mark.parametrize("roads", [("line",), ("hook",), ("line", "hook")], ids="-".join)
def test_it_follows_a_real_call(cast: Cast, ring: Ring, roads: tuple[str, ...]) -> None:
    """Ring, pop while it still rings, answer, hang up; the log is right."""
    exchange = ring(*roads)
    desk, customer = exchange.answering(ring=3.0), exchange.calls(CLARAS, talk=1.2)
    popped = wait_for(lambda: Event.objects.filter(name="phone.ringing").order_by("-id").first(), LONG)
    assert popped.facts["contact"] == cast.clara.pk
    assert over(customer, desk) == [0, 0], exchange.said()
    call = wait_for(lambda: Call.objects.filter(state="ended").first(), LONG)
    assert (call.caller, call.called, call.outgoing) == (CLARAS, "+74957654321", False)
    assert (call.contact, call.answered_by) == (cast.clara, "101")
    assert call.answered_at is not None
    assert call.ended_at is not None
    assert popped.at < call.answered_at < call.ended_at
    assert Call.objects.count() == 1
    assert not CallWord.objects.exclude(trouble="").exists()
    ends = Event.objects.filter(name__in=("phone.answered", "phone.ended")).values_list("name", flat=True)
    assert sorted(ends) == ["phone.answered", "phone.ended"]
    if "line" in roads:
        assert (call.rung, call.queue) == (["101"], "support")
        assert wait_for(lambda: Call.objects.get().recording, LONG).endswith(f"{call.key}.wav")


@pytest.mark.parametrize("roads", [("line",), ("hook",), ("line", "hook")], ids="-".join)
def test_it_makes_one_task_of_two_real_missed_calls(cast: Cast, ring: Ring, roads: tuple[str, ...]) -> None:
    exchange = ring(*roads)
    for count in (1, 2):
        desk, customer = exchange.deaf(), exchange.gives_up(CLARAS, after=0.8)
        assert over(customer, desk) == [0, 0], exchange.said()
        wait_for(lambda count=count: Call.objects.filter(state="ended").count() == count, LONG)  # type: ignore[misc]
    later = clock.now() + timedelta(minutes=1)
    wait_for(lambda: [jobs.settle_calls(later), Call.objects.exclude(settled_at=None).count()][1] == 2, LONG)
    task = CallBack.objects.get()
    assert (task.number, task.contact, task.tries) == (CLARAS, cast.clara, 2)
    assert list(Call.objects.values_list("answered_at", "recording")) == [(None, ""), (None, "")]


def test_it_rings_vera_and_then_clara(cast: Cast, ring: Ring, monday: datetime) -> None:
    """Click to call on a real exchange: one call, tied to its ticket, answered only when the customer answers."""
    exchange, ticket = ring("line"), cast.write(cast.clara, monday)
    desk, customer = exchange.answering(ring=0.3), exchange.called()
    errand = errands.click_to_call(number=CLARAS, by=cast.vera, at=clock.now(), ticket=ticket, contact=cast.clara)
    call = wait_for(lambda: Call.objects.filter(state="answered").first(), LONG)
    assert (call.key, call.ticket, call.contact, call.outgoing) == (errand.key, ticket, cast.clara, True)
    assert (call.called, call.answered_by) == (CLARAS, "101")
    assert Errand.objects.get().state == "done"
    exchange.hang_up_all()
    assert over(customer, desk) == [0, 0], exchange.said()
    wait_for(lambda: Call.objects.filter(state="ended").exists(), LONG)


def test_it_leaves_vera_out_of_the_queue_while_she_pauses(cast: Cast, ring: Ring) -> None:
    exchange = ring("line")
    errands.pause(on=True, by=cast.vera, at=clock.now(), reason="lunch")
    wait_for(lambda: Errand.objects.get().state == "done", LONG)
    assert over(exchange.gives_up(CLARAS, after=1.0)) == [0], exchange.said()
    call = wait_for(lambda: Call.objects.filter(state="ended").first(), LONG)
    assert (call.rung, call.queue) == ([], "support")


def test_it_hears_a_call_that_began_before_it_listened(cast: Cast, ring: Ring) -> None:
    """The desk was away when it rang and was answered; it learns of it from the list, and of its end as it comes."""
    exchange = ring()
    desk, customer = exchange.answering(ring=0.1), exchange.calls(CLARAS, talk=4.0)
    exchange.await_talk()
    made = Connection.objects.get()
    lines = Lines(lambda _name: True)
    known = {"login": exchange.login, "password": exchange.password}
    errands.reach(made, address=f"ami://127.0.0.1:{exchange.manager}", by=cast.hanna, at=clock.now(), **known)
    lines.start()
    try:
        call = wait_for(lambda: Call.objects.filter(state="answered").first(), LONG)
        assert (call.caller, call.answered_by) == (CLARAS, "101")
        assert over(customer, desk) == [0, 0], exchange.said()
        wait_for(lambda: Call.objects.filter(state="ended").exists(), LONG)
    finally:
        lines.stop(20.0)
