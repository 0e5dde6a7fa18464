"""The console's pages of work on customers' systems: the window, the line to paste, hosts, keys, outcome."""

import json
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from opora.desk.web.components import doors, roads
from opora.desk.workroom import actions, jobs
from opora.desk.workroom.models import (
    Agreement,
    EngineerKey,
    GatewayOrder,
    HostEntry,
    RepairOrder,
    Summary,
    TunnelWord,
    WorkTime,
)
from tests.cast import Cast
from tests.workroom.conftest import remembering
from tests.workroom.worlds import BORIS_KEY, HOST_KEY, NAME, Remembering, agreed, asked_again, host_of, opened

__all__ = ["remembering"]
HOUR = timedelta(hours=1)


@pytest.fixture
def at(monday: datetime, monkeypatch: pytest.MonkeyPatch, remembering: Remembering) -> datetime:
    """It is within the window."""
    within = monday + HOUR * 2
    monkeypatch.setattr(doors, "now", lambda: within)
    monkeypatch.setattr(roads, "gateway", lambda: remembering)
    return within


@pytest.fixture
def agreement(cast: Cast, monday: datetime, at: datetime) -> Agreement:
    """Boris may work on web1."""
    return agreed(cast, monday)


def browser_of(cast: Cast, who: str) -> Client:
    browser = Client()
    browser.force_login(getattr(cast, who).account)
    return browser


def test_the_engineer_finds_the_exact_line_to_paste(cast: Cast, agreement: Agreement) -> None:
    host, port = settings.GATEWAY_ADDRESS
    line = f"ssh {'' if port == 22 else f'-p {port} '}{agreement.ticket.mark}.web1@{host}"
    told = browser_of(cast, "boris").get(f"/desk/tickets/{agreement.ticket_id}/windows").content.decode()
    assert line in told and "register your SSH key once" in told
    assert line not in browser_of(cast, "anna").get(f"/desk/tickets/{agreement.ticket_id}/windows").content.decode()
    panel = browser_of(cast, "anna").get(f"/desk/tickets/{agreement.ticket_id}").content.decode()
    assert "open now" in panel and f"/desk/tickets/{agreement.ticket_id}/windows" in panel


def test_the_ticket_says_who_is_at_work_and_the_lead_stops_it(cast: Cast, agreement: Agreement, at: datetime) -> None:
    session = opened(cast, agreement, at)
    hanna = browser_of(cast, "hanna")
    assert "Boris Orlov · web1" in hanna.get(f"/desk/tickets/{agreement.ticket_id}").content.decode()
    page = hanna.get(f"/desk/work/sessions/{session.pk}").content.decode()
    assert f'data-session="{NAME}"' in page and 'value="stop"' in page
    hanna.post(f"/desk/work/sessions/{session.pk}/order", {"do": "stop"})
    assert GatewayOrder.objects.get().by_name == "Hanna Weiss"
    assert browser_of(cast, "anna").get(f"/desk/work/sessions/{session.pk}").status_code == 404


def test_a_confirmed_request_waits_for_its_host(cast: Cast, monday: datetime, at: datetime) -> None:
    request = asked_again(cast, monday)
    boris = browser_of(cast, "boris")
    place = f"/desk/tickets/{request.ticket_id}/windows"
    assert "nobody has said how its systems are reached" in boris.get(place).content.decode()
    boris.post(f"{place}/prepare/{request.pk}")
    assert not Agreement.objects.exists()
    where = f"/desk/customers/{cast.bakery.pk}/systems/{cast.web1.pk}/hosts"
    form = {
        "deed": "host",
        "host-name": "web1",
        "host-address": "203.0.113.7",
        "host-port": "22",
        "host-login": "support",
        "host-superuser_login": "root",
        "host-host_keys": HOST_KEY + "\n\n",
        "host-road": "certificate",
    }
    assert boris.post(where, form | {"host-host_keys": "no key"}).status_code == 422
    assert boris.post(where, form).status_code == 302
    assert HostEntry.objects.get().entered_by == cast.boris
    told = boris.get(where).content.decode()
    assert f"opora-{cast.web1.pk}-superuser" in told and "TrustedUserCAKeys" in told
    assert all(words in told for words in ("One key line for each window", "T-….web1.tunnel@", "restrict,pty"))
    boris.post(f"{place}/prepare/{request.pk}")
    assert Agreement.objects.get().request == request
    assert boris.post(where, {"deed": "retire", "retire-host": HostEntry.objects.get().pk}).status_code == 302
    assert HostEntry.objects.get().retired_at == at


def test_a_key_is_registered_and_revoked(cast: Cast, at: datetime) -> None:
    boris = browser_of(cast, "boris")
    assert boris.post("/desk/ssh-keys/", {"name": "laptop", "pasted": "nonsense"}).status_code == 422
    assert boris.post("/desk/ssh-keys/", {"name": "laptop", "pasted": BORIS_KEY}).status_code == 302
    key = EngineerKey.objects.get()
    assert key.fingerprint in boris.get("/desk/ssh-keys/").content.decode()
    assert browser_of(cast, "oleg").post(f"/desk/ssh-keys/{key.pk}/revoke").status_code == 404
    boris.post(f"/desk/ssh-keys/{key.pk}/revoke")
    key.refresh_from_db()
    assert key.revoked_at == at
    assert browser_of(cast, "vera").get("/desk/ssh-keys/").status_code == 403


def test_summary_estimate_and_hours_are_written(cast: Cast, agreement: Agreement, at: datetime) -> None:
    boris, ticket = browser_of(cast, "boris"), agreement.ticket_id
    boris.post(f"/desk/work/{agreement.pk}/summary", {"text": "The limit was too low."})
    assert Summary.objects.get().by == cast.boris
    offer = {"what": "Raise it", "minutes": "60", "price": "", "starts": "2026-09-15T10:00", "ends": "2026-09-15T12:00"}
    boris.post(f"/desk/work/{agreement.pk}/estimate", offer)
    assert RepairOrder.objects.get().request.asked_terms.what == "Raise it"
    said = {"system": cast.web1.pk, "began": "2026-09-14T11:10", "minutes": "20", "words": "Looked"}
    assert boris.post(f"/desk/tickets/{ticket}/windows/time", said).status_code == 302
    assert WorkTime.objects.get().minutes == 20
    assert "Looked" in boris.get(f"/desk/tickets/{ticket}/windows").content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"began": "2026-09-14T10:00"}, "has not begun yet"),
        ({"began": "never"}, "Name the day and the time"),
        ({"system": "0"}, "Choose the system"),
        ({"minutes": "-5"}, "from one minute to a day"),
    ],
)
def test_what_cannot_be_booked_comes_back_with_the_reason_and_nothing_lost(
    cast: Cast, agreement: Agreement, changed: dict[str, str], words: str
) -> None:
    said = {"system": str(cast.web1.pk), "began": "2026-09-14T11:10", "minutes": "20", "words": "Looked at nginx"}
    answer = browser_of(cast, "boris").post(f"/desk/tickets/{agreement.ticket_id}/windows/time", said | changed)
    told = answer.content.decode()
    assert answer.status_code == 422
    assert words in told and "Looked at nginx" in told
    assert not WorkTime.objects.exists()


def test_others_write_no_summary(cast: Cast, agreement: Agreement) -> None:
    answer = browser_of(cast, "oleg").post(f"/desk/work/{agreement.pk}/summary", {"text": "I was not there."})
    assert answer.status_code == 422
    assert not Summary.objects.exists()


def test_the_engineer_sees_the_key_line_and_the_tunnel_as_they_stand(
    cast: Cast, monday: datetime, at: datetime
) -> None:
    host_of(cast, monday, road="tunnel-key", address="localhost")
    agreement = agreed(cast, monday)
    boris, place = browser_of(cast, "boris"), f"/desk/tickets/{agreement.ticket_id}/windows"
    told = boris.get(place).content.decode()
    assert "tunnel closed" in told and "The signer words the line" in told
    jobs.hand_to_ledger(at)
    actions.make_word(agreement, "web1", by=cast.clara, at=at)
    facts = {"opening": 7, "pass": TunnelWord.objects.get().pk, "from": "198.51.100.9", "open": True}
    actions.tell("", number=7, what="tunnel", facts=facts, happened=at, at=at)
    part = boris.get(f"{place}/roads").content.decode()
    assert "tunnel open" in part and "198.51.100.9" in part and f'data-live-slot="roads-{agreement.pk}"' in part
    assert f"opora-T-1-web1-{agreement.sha256[:12]}" in part and f"{agreement.ticket.mark}.web1.tunnel@" in part


def test_the_form_offers_that_the_work_ends_when_nobody_watches(cast: Cast, monday: datetime, at: datetime) -> None:
    agreement = agreed(cast, monday, watching="must_end")
    assert json.loads(agreement.text)["watching"] == "must_end"
    assert "work ends when nobody of yours has been watching for a minute" in agreement.request.text
    form = browser_of(cast, "boris").get(f"/desk/tickets/{agreement.ticket_id}/confirmations").content.decode()
    assert 'value="must_end"' in form
    page = browser_of(cast, "boris").get(f"/desk/tickets/{agreement.ticket_id}/windows").content.decode()
    assert "must be watching all the time, or the work ends" in page
    assert f"In your zone, {cast.boris.account.zone}." in page, "hours are booked by one's own clock"
