"""The customer's pages of work on its systems: the countdown, live, stop, guests, the fork."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from opora.desk.channels.email import work as letters
from opora.desk.consent import actions as consent
from opora.desk.web.components import doors
from opora.desk.workroom import actions, jobs
from opora.desk.workroom.models import Agreement, Choice, GatewayOrder, SealingKey, TunnelWord, ViewingLink, WorkSession
from opora.desk.workroom.tokens import hash_of
from tests.cast import Cast
from tests.workroom.conftest import remembering
from tests.workroom.worlds import NAME, agreed, ended, host_of, opened

__all__ = ["remembering"]
pytestmark = pytest.mark.usefixtures("remembering")
HOUR = timedelta(hours=1)


class Clock:
    """The moment every request comes at."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monday: datetime, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """It is before the window."""
    made = Clock(monday)
    monkeypatch.setattr(doors, "now", made)
    return made


@pytest.fixture
def agreement(cast: Cast, monday: datetime, clock: Clock) -> Agreement:
    """Clara confirmed a window from an hour from now for two hours."""
    return agreed(cast, monday)


@pytest.fixture
def clara(cast: Cast) -> Client:
    """Clara's browser."""
    browser = Client()
    browser.force_login(cast.clara.account)
    return browser


def work(cast: Cast, agreement: Agreement, clock: Clock) -> WorkSession:
    clock.at = agreement.starts_at + HOUR / 2
    return opened(cast, agreement, clock.at)


def test_before_it_a_countdown_stands(clara: Client, agreement: Agreement) -> None:
    told = clara.get(f"/watched/{agreement.pk}").content.decode()
    assert "It begins" in told and "Boris Orlov" in told
    assert agreement.sha256 in told
    assert "opora-live-terminal" not in told


def test_in_it_the_work_is_live_with_pause_and_stop(
    clara: Client, cast: Cast, agreement: Agreement, clock: Clock
) -> None:
    session = work(cast, agreement, clock)
    told = clara.get(f"/watched/{agreement.pk}").content.decode()
    assert f'data-session="{NAME}" data-agreement="{agreement.sha256}"' in told
    assert 'name="do" value="stop"' in told and 'name="do" value="pause"' in told
    assert "is at work on web1 now" in clara.get(f"/requests/{agreement.ticket_id}").content.decode()
    for do in ("pause", "stop"):
        assert clara.post(f"/watched/sessions/{session.pk}/order", {"do": do}).status_code == 302
    assert clara.post(f"/watched/sessions/{session.pk}/order", {"do": "question", "words": "Why?"}).status_code == 302
    assert [(one.do, one.by_name) for one in GatewayOrder.objects.order_by("id")] == [
        ("pause", "Clara Berg"),
        ("stop", "Clara Berg"),
        ("question", "Clara Berg"),
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [("must", "otherwise it is paused"), ("must_end", "without anybody for a minute the work ends")],
)
def test_who_must_watch_reads_it_on_the_page_and_in_the_letter(
    clara: Client, cast: Cast, monday: datetime, clock: Clock, rule: str, words: str
) -> None:
    agreement = agreed(cast, monday, watching=rule)
    assert clara.get(f"/watched/{agreement.pk}").content.decode().count(words) == 1
    session = work(cast, agreement, clock)
    told = clara.get(f"/watched/{agreement.pk}").content.decode()
    assert told.count(words) == 2 and "Keep this page in view." in told
    assert "until then the engineer waits" in letters._begun(session, cast.clara)


def test_a_paused_session_can_go_on(clara: Client, cast: Cast, agreement: Agreement, clock: Clock) -> None:
    session = work(cast, agreement, clock)
    actions.tell(session.name, number=1, what="paused", facts={}, happened=clock.at, at=clock.at)
    assert 'name="do" value="resume"' in clara.get(f"/watched/{agreement.pk}").content.decode()


def test_after_it_the_record_the_rest_and_the_fork(
    clara: Client, cast: Cast, agreement: Agreement, clock: Clock
) -> None:
    session = work(cast, agreement, clock)
    left = {"moment": "ending", "difference": {"keys": {"added": ["root: ssh-ed25519 AAAA left@behind"]}, "ports": {}}}
    actions.tell(session.name, number=2, what="residue", facts=left, happened=clock.at, at=clock.at)
    ended(session, clock.at)
    assert 'value="ourselves"' not in clara.get(f"/watched/{agreement.pk}").content.decode(), "nothing to choose by yet"
    actions.summarise(agreement, by=cast.boris, text="The limit was too low.", at=clock.at)
    told = clara.get(f"/watched/{agreement.pk}").content.decode()
    assert "something was left behind" in told and "The limit was too low." in told
    page = clara.get(f"/watched/sessions/{session.pk}").content.decode()
    assert "left@behind" in page and "record.zip" in page and "opora-replay" in page
    assert clara.post(f"/watched/{agreement.pk}/choose", {"way": "order"}).status_code == 302
    assert Choice.objects.get().by_contact == cast.clara
    assert clara.post(f"/watched/{agreement.pk}/choose", {"way": "later"}).status_code == 422


def test_what_was_done_is_found_though_the_confirmation_was_taken_back(
    clara: Client, cast: Cast, agreement: Agreement, clock: Clock
) -> None:
    unused = agreed(cast, clock.at)
    session = work(cast, agreement, clock)
    ended(session, clock.at)
    for one in (agreement, unused):
        consent.withdraw(one.request, by=cast.clara, at=clock.at)
    Agreement.objects.update(withdrawn_at=clock.at)  # as the event's follower notes it
    assert f"/watched/{agreement.pk}" in clara.get(f"/requests/{agreement.ticket_id}").content.decode()
    assert "/watched/" not in clara.get(f"/requests/{unused.ticket_id}").content.decode(), "nothing was done in it"
    panel = Client()
    panel.force_login(cast.boris.account)
    assert "taken back" in panel.get(f"/desk/tickets/{agreement.ticket_id}").content.decode()
    assert f"/watched/sessions/{session.pk}" in clara.get(f"/watched/{agreement.pk}").content.decode()


def test_a_clean_host_is_said_to_be_clean(clara: Client, cast: Cast, agreement: Agreement, clock: Clock) -> None:
    session = work(cast, agreement, clock)
    actions.tell(session.name, number=2, what="residue", facts={"difference": {}}, happened=clock.at, at=clock.at)
    ended(session, clock.at)
    assert "Nothing: no processes, keys" in clara.get(f"/watched/sessions/{session.pk}").content.decode()


def test_a_guest_comes_in_once_by_a_button_and_sees_the_work_alone(
    clara: Client, cast: Cast, agreement: Agreement, clock: Clock
) -> None:
    clara.post(f"/watched/{agreement.pk}/invite", {"guest": "Nora of the auditors"})
    told = clara.get(f"/watched/{agreement.pk}").content.decode()
    token = told.partition("/watched/watch/")[2].partition("<")[0]
    assert token not in clara.get(f"/watched/{agreement.pk}").content.decode(), "shown once"
    nora, other = Client(), Client()
    assert nora.get(f"/watched/watch/{token}").status_code == 200
    assert ViewingLink.objects.get().used_at is None, "a scanner of mail that follows the link uses nothing up"
    assert nora.post(f"/watched/watch/{token}")["Location"] == "/watched/watching"
    assert other.post(f"/watched/watch/{token}").status_code == 404
    assert other.get("/watched/watching").status_code == 404
    assert "Nobody is at work just now" in nora.get("/watched/watching").content.decode()
    work(cast, agreement, clock)
    seen = nora.get("/watched/watching").content.decode()
    assert NAME in seen and "data-may-steer" not in seen and "Northwind" not in seen
    link = ViewingLink.objects.get()
    assert clara.post(f"/watched/{agreement.pk}/links/{link.pk}/revoke").status_code == 302
    assert nora.get("/watched/watching").status_code == 404
    assert clara.post(f"/watched/{agreement.pk}/links/{link.pk}/revoke").status_code == 404


def test_a_page_that_is_left_open_hears_where_the_window_stands_and_what_was_done(
    clara: Client, cast: Cast, agreement: Agreement, clock: Clock
) -> None:
    session = work(cast, agreement, clock)
    replay = f"/watched/sessions/{session.pk}"
    part = f"/watched/{agreement.pk}/now"
    meanwhile = clara.get(part).content.decode()
    assert "open now" in meanwhile and f'href="{replay}"' not in meanwhile
    ended(session, clock.at, reason="stop")
    clock.at = agreement.ends_at
    over = clara.get(part).content.decode()
    assert f'href="{replay}"' in over and ">over<" in over


@pytest.mark.parametrize("who", ["dan", "cleo", "boris"])
def test_others_find_nothing(cast: Cast, agreement: Agreement, clock: Clock, who: str) -> None:
    session = work(cast, agreement, clock)
    browser = Client()
    browser.force_login(getattr(cast, who).account)
    posts: list[tuple[str, dict[str, Any]]] = [
        (f"/watched/{agreement.pk}/invite", {"guest": "Nora"}),
        (f"/watched/{agreement.pk}/choose", {"way": "order"}),
        (f"/watched/sessions/{session.pk}/order", {"do": "stop"}),
    ]
    assert browser.get(f"/watched/{agreement.pk}").status_code in {302, 404}
    for place, said in posts:
        assert browser.post(place, said).status_code in {302, 404}
    assert not ViewingLink.objects.exists() and not Choice.objects.exists() and not GatewayOrder.objects.exists()


def test_an_owner_gives_the_key_to_what_is_typed(clara: Client, cast: Cast, agreement: Agreement) -> None:
    clara.post("/organisation/sealing-key", {"key": "nonsense"})
    assert not SealingKey.objects.exists()
    clara.post("/organisation/sealing-key", {"key": "A" * 42 + "E="})
    assert SealingKey.objects.get().by_name == "Clara Berg"
    assert "A" * 42 + "E=" in clara.get("/organisation").content.decode()


def test_the_customer_opens_the_tunnel_by_a_word_that_is_shown_once(
    clara: Client, cast: Cast, monday: datetime, clock: Clock
) -> None:
    host_of(cast, monday, road="tunnel-key", address="localhost")
    agreement = agreed(cast, monday)
    jobs.hand_to_ledger(monday)
    place = f"/watched/{agreement.pk}"
    told = clara.get(place).content.decode()
    assert f"{agreement.ticket.mark}.web1.tunnel@" in told and "tunnel closed" in told
    assert f"opora-T-1-web1-{agreement.sha256[:12]}" in told and "OpenSSH 7.7 to 9.0" in told
    assert "All ways into web1" in told and "T-…" not in told and "OPORA_GATEWAY_EGRESS" not in told
    assert clara.post(f"{place}/words/web1").status_code == 302
    kept = TunnelWord.objects.get()
    waiting = str(dict(clara.session.items()))
    shown = clara.get(place).content.decode()
    (word,) = [one for one in re.findall(r"<code>([\w-]{32})</code>", shown) if hash_of(one) == kept.word_hash]
    assert "workroom_word" in waiting and word not in waiting, "the database holds no word in clear, not even so long"
    assert word not in clara.get(place).content.decode()
    assert clara.post(f"{place}/words/web9").status_code == 422
    clock.at = agreement.starts_at
    facts = {"opening": 7, "pass": kept.pk, "from": "198.51.100.9", "open": True}
    actions.tell("", number=7, what="tunnel", facts=facts, happened=clock.at, at=clock.at)
    part = clara.get(f"{place}/roads").content.decode()
    assert "tunnel open" in part and "198.51.100.9" in part
    assert clara.post(f"{place}/words/web1/revoke").status_code == 302
    kept.refresh_from_db()
    assert kept.revoked_at == clock.at
    dan = Client()
    dan.force_login(cast.dan.account)
    for address in (f"{place}/words/web1", f"{place}/words/web1/revoke"):
        assert dan.post(address).status_code == 404
    assert dan.get(f"{place}/roads").status_code == 404
    clock.at = agreement.ends_at
    over = clara.get(place).content.decode()
    assert "its key is destroyed" in over and "/words/web1" not in over
    assert "To remove the line" in over and "To add it" not in over and "sed -i" in over


def test_a_line_that_still_stands_is_named_after_the_session_and_in_the_letter(
    clara: Client, cast: Cast, agreement: Agreement, clock: Clock
) -> None:
    session = work(cast, agreement, clock)
    line = "/var/www/.ssh/authorized_keys: restrict,pty ssh-ed25519 AAAA opora-T-1-web1-abc"
    left = {"moment": "ending", "difference": {}, "standing": [line]}
    actions.tell(session.name, number=1, what="residue", facts=left, happened=clock.at, at=clock.at)
    ended(session, clock.at, reason="tunnel")
    told = clara.get(f"/watched/sessions/{session.pk}").content.decode()
    assert line in told and "the tunnel was closed" in told
    session.refresh_from_db()
    assert line in letters._over(session, cast.clara)
