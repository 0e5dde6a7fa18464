"""The internal door: open only to the gateway, and to an engineer only where a live yes covers person, host and time."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from opora.desk.consent import actions as consent
from opora.desk.customers.models import Contract
from opora.desk.kernel.actors import SYSTEM
from opora.desk.people import actions as people
from opora.desk.web.api import gateway as door
from opora.desk.web.signin.actions import begin_totp, confirm_totp
from opora.desk.web.signin.rules import hotp, totp_step
from opora.desk.workroom import actions
from opora.desk.workroom.models import Agreement, Denial, Look, SessionEvent, WorkSession
from tests.cast import Cast
from tests.workroom.worlds import NAME, Remembering, agreed, host_of, key_of_boris

SECRET = "between the gateway and the desk"
HOUR = timedelta(hours=1)


@pytest.fixture
def at(monday: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any, remembering: Remembering) -> datetime:
    """A moment within the window, which the door takes for the present."""
    settings.OPORA_GATEWAY_SECRET = SECRET
    within = monday + 2 * HOUR
    monkeypatch.setattr(door, "now", lambda: within)
    return within


@pytest.fixture
def agreement(cast: Cast, monday: datetime) -> Agreement:
    """Boris may work on web1 from eight to ten; his key is known."""
    key_of_boris(cast, monday)
    return agreed(cast, monday)


def ask(what: str, /, secret: str = SECRET, **facts: Any) -> HttpResponse:
    return Client().post(
        f"/gateway/{what}",
        json.dumps(facts),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )


def knock(cast: Cast, agreement: Agreement, **changed: Any) -> HttpResponse:
    key = cast.boris.ssh_keys.get().fingerprint
    return ask("knock", **{"ticket": agreement.ticket.mark, "host": "web1", "key": key, "staff": None} | changed)


def nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9


def test_it_opens_with_the_agreement_as_it_stands(cast: Cast, at: datetime, agreement: Agreement) -> None:
    answer = knock(cast, agreement)
    assert answer.status_code == 200
    told = answer.json()
    assert told["staff"] == {"id": cast.boris.pk, "name": "Boris Orlov", "language": "en"}
    assert (told["hosts"], told["agreement"], told["sha256"]) == (["web1"], agreement.text, agreement.sha256)
    assert told["factor"] is True
    assert knock(cast, agreement, host=None, key=None, staff=cast.boris.pk).json()["hosts"] == ["web1"]


@pytest.mark.parametrize("secret", ["", "another", SECRET + "x", "\u0444"])
def test_it_is_shut_to_whoever_has_not_the_secret(cast: Cast, at: datetime, agreement: Agreement, secret: str) -> None:
    answer = ask("knock", secret=secret.encode().decode("latin-1"), ticket=agreement.ticket.mark, key="SHA256:x")
    assert (answer.status_code, answer.json()["code"]) == (401, "secret")


def test_it_is_not_there_without_a_gateway(cast: Cast, at: datetime, agreement: Agreement, settings: Any) -> None:
    settings.OPORA_GATEWAY_SECRET = ""
    assert knock(cast, agreement).status_code == 404
    assert ask("opens", secret="").status_code == 404
    assert Client().get("/gateway/knock").status_code == 405


def test_it_reads_the_secret_the_gateway_made(
    cast: Cast, at: datetime, agreement: Agreement, settings: Any, tmp_path: Path
) -> None:
    settings.OPORA_GATEWAY_SECRET, settings.OPORA_GATEWAY_STATE = "", tmp_path
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret").write_text(SECRET + "\n")
    assert knock(cast, agreement).status_code == 200


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"key": "SHA256:unknown"}, "key"),
        ({"key": None}, "key"),
        ({"staff": 0, "key": None}, "key"),
        ({"ticket": "T-999999"}, "ticket"),
        ({"ticket": "root"}, "ticket"),
        ({"host": "db1"}, "host"),
    ],
)
def test_it_says_why_not(cast: Cast, at: datetime, agreement: Agreement, changed: dict[str, Any], code: str) -> None:
    answer = knock(cast, agreement, **changed)
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert answer.json()["reason"]


@pytest.mark.parametrize(("hours", "code"), [(0.99, "too_early"), (3, "too_late")])
def test_it_opens_in_the_window_only(
    cast: Cast, at: datetime, monday: datetime, agreement: Agreement, monkeypatch: pytest.MonkeyPatch, hours: float, code: str
) -> None:  # fmt: skip
    monkeypatch.setattr(door, "now", lambda: monday + hours * HOUR)
    assert knock(cast, agreement).json()["code"] == code


def test_it_is_shut_to_engineers_the_text_does_not_name(cast: Cast, at: datetime, agreement: Agreement) -> None:
    assert knock(cast, agreement, key=None, staff=cast.oleg.pk).json()["code"] == "not_this_person"
    assert knock(cast, agreement, key=None, staff=cast.vera.pk).json()["code"] == "key", "operators never work there"


def test_it_shuts_at_once(cast: Cast, at: datetime, monday: datetime, agreement: Agreement) -> None:
    """When the yes is taken back, the key revoked, the host changed, the engineer gone, the contract over."""
    Contract.objects.filter(organisation=cast.bakery).update(ended_at=at)
    assert knock(cast, agreement).json()["code"] == "customer"
    Contract.objects.filter(organisation=cast.bakery).update(ended_at=None)
    assert knock(cast, agreement).status_code == 200
    host_of(cast, at, address="203.0.113.8")
    assert knock(cast, agreement).json()["code"] == "host"
    consent.withdraw(agreement.request, by=cast.clara, at=at)
    assert knock(cast, agreement).json()["code"] == "withdrawn"
    staff, key = cast.boris.pk, cast.boris.ssh_keys.get()
    actions.revoke_key(key.pk, by=cast.boris, at=at)
    assert knock(cast, agreement, key=key.fingerprint).json()["code"] == "key"
    people.let_go(cast.boris, by=SYSTEM, at=at, why="Left")
    assert knock(cast, agreement, key=None, staff=staff).json()["code"] == "key"


def test_it_takes_a_number_of_the_app_once(cast: Cast, at: datetime, agreement: Agreement) -> None:
    key = begin_totp(cast.boris.account, at=at - HOUR)
    confirm_totp(cast.boris.account, number=hotp(key, totp_step(at - HOUR)), by=cast.boris.actor, at=at - HOUR)
    code = hotp(key, totp_step(at))
    assert ask("factor", staff=cast.boris.pk, code="000000" if code != "000000" else "000001").status_code == 403
    assert ask("factor", staff=cast.boris.pk, code=code).json() == {}
    assert ask("factor", staff=cast.boris.pk, code=code).status_code == 403


def test_it_writes_down_who_begins_before_the_host_is_dialled(cast: Cast, at: datetime, agreement: Agreement) -> None:
    facts = {
        "session": NAME,
        "agreement": agreement.sha256,
        "staff": cast.boris.pk,
        "host": "web1",
        "from": "198.51.100.3",
    }
    for _twice in range(2):
        assert ask("opened", **facts, at=nanoseconds(at)).json() == {}
    session = WorkSession.objects.get()
    assert (session.staff, session.host.name, session.opened_at, session.state) == (cast.boris, "web1", at, "open")
    assert ask("opened", **facts | {"staff": cast.oleg.pk}, at=nanoseconds(at)).json()["code"] == "session"
    other = facts | {"session": "ff" * 16, "staff": cast.oleg.pk}
    assert ask("opened", **other, at=nanoseconds(at)).json()["code"] == "not_this_person"
    assert WorkSession.objects.count() == 1


def test_it_hears_everything_once(cast: Cast, at: datetime, agreement: Agreement) -> None:
    facts = {"session": NAME, "agreement": agreement.sha256, "staff": cast.boris.pk, "host": "web1", "from": "::1"}
    ask("opened", **facts, at=nanoseconds(at))
    joined = {"event": "joined", "viewer": {"id": "contact:5", "name": "Clara Berg", "kind": "customer"}}
    told = [
        ("viewer", joined),
        ("paused", {"by": "Clara Berg", "why": "Wait"}),
        ("resumed", {}),
        ("residue", {"keys": []}),
    ]
    told.append(("ended", {"reason": "stop", "frames": 40, "head": "cd" * 32}))
    for _twice in range(2):
        for number, (what, said) in enumerate(told):
            answer = ask("told", session=NAME, number=number, what=what, facts=said, at=nanoseconds(at))
            assert answer.json() == {"new": _twice == 0}
    session = WorkSession.objects.get()
    assert (session.state, session.reason, session.frames, session.head) == ("ended", "stop", 40, "cd" * 32)
    assert [one.what for one in SessionEvent.objects.order_by("number")] == [what for what, _said in told]
    assert Look.objects.get().name == "Clara Berg"
    late = ask("told", session=NAME, number=99, what="paused", facts={}, at=nanoseconds(at))
    assert late.json() == {"new": True}
    session.refresh_from_db()
    assert session.state == "ended", "what comes late is kept and moves nothing"


def test_it_keeps_what_was_refused_outside_of_a_session(at: datetime, db: None) -> None:
    for _twice in range(2):
        ask("told", session="", number=5, what="denied", facts={"what": "direct-tcpip"}, at=nanoseconds(at))
    assert Denial.objects.get().facts == {"what": "direct-tcpip"}
    assert Denial.objects.get().at == at.astimezone(UTC)


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_it_keeps_words_that_no_database_takes_with_a_sign_in_their_place(at: datetime, db: None, sign: str) -> None:
    """Strangers choose what is told of them; one such word once kept the gateway from being heard for ever."""
    facts = {f"odd{sign}": [{"detail": f"localhost{sign}:22"}], "what": "direct-tcpip"}
    answer = ask("told", session="", number=5, what="denied", facts=facts, at=nanoseconds(at))
    assert (answer.status_code, answer.json()) == (200, {"new": True})
    kept = {"odd\ufffd": [{"detail": "localhost\ufffd:22"}], "what": "direct-tcpip"}
    assert Denial.objects.get().facts == kept


def test_it_says_so_where_the_database_takes_it_not_at_all(at: datetime, db: None) -> None:
    answer = ask("told", session="", number=2**70, what="denied", facts={}, at=nanoseconds(at))
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


@pytest.mark.parametrize(
    "facts",
    [{}, {"session": "x"}, {"session": NAME, "number": "a"}, {"session": NAME, "number": 1, "what": 3, "at": -1}],
)
def test_it_says_what_it_cannot_read(at: datetime, db: None, facts: dict[str, Any]) -> None:
    answer = ask("told", **facts)
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
