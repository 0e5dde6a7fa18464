"""What the customer opens itself: key lines as they are worded and pasted, words of tunnels, and what is told of them."""

import getpass
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from opora.desk.consent import actions as consent
from opora.desk.customers.models import Contact
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.web.api import gateway as door
from opora.desk.workroom import actions, events, jobs, queries, rules
from opora.desk.workroom.models import Agreement, Tunnel, TunnelWord, WindowLine
from opora.desk.workroom.rules import Gateway
from tests.cast import Cast
from tests.gateway.sshd import RealSshd, why_not
from tests.workroom.worlds import Remembering, agreed, host_of

SECRET = "between the gateway and the desk"
HOUR = timedelta(hours=1)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


@pytest.fixture
def at(monday: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any, remembering: Remembering) -> datetime:
    """A moment within the window, which the door takes for the present."""
    settings.OPORA_GATEWAY_SECRET = SECRET
    within = monday + 2 * HOUR
    monkeypatch.setattr(door, "now", lambda: within)
    return within


@pytest.fixture
def agreement(cast: Cast, monday: datetime, at: datetime) -> Agreement:
    """web1 is reached by a tunnel and entered by a key of the window."""
    host_of(cast, monday, road="tunnel-key", address="localhost")
    return agreed(cast, monday)


def ask(**facts: Any) -> HttpResponse:
    asked = {"ticket": None, "host": "web1", "word": None, "pass": None, "opening": None} | facts
    return Client().post(
        "/gateway/tunnel",
        json.dumps(asked),
        content_type="application/json",
        headers={"Authorization": f"Bearer {SECRET}"},
    )


def tell(number: int, at: datetime, **facts: Any) -> HttpResponse:
    moment = int(at.timestamp()) * 10**9
    return Client().post(
        "/gateway/told",
        json.dumps({"session": "", "number": number, "what": "tunnel", "facts": facts, "at": moment}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {SECRET}"},
    )


def told(event: str) -> list[dict[str, Any]]:
    return [one.facts for one in Event.objects.filter(name=event).order_by("id")]


def test_it_keeps_the_line_the_signer_words_once_the_log_has_the_agreement(
    cast: Cast, at: datetime, agreement: Agreement, remembering: Remembering
) -> None:
    assert queries.lines_wanted(at) == [], "not before the log has it"
    jobs.hand_to_ledger(at)
    host_of(cast, at, road="key")
    again = agreed(cast, at)
    Agreement.objects.filter(pk=again.pk).update(logged_at=at)
    host_of(cast, at, road="certificate")
    assert queries.lines_wanted(at) == [], "nor for a host that is reached otherwise by now"
    line = WindowLine.objects.get()
    assert (line.host.name, line.line) == ("web1", remembering.line(agreement.sha256, "web1"))
    assert told(events.LINE_MADE) == [{"agreement": agreement.pk, "host": "web1"}]
    jobs.hand_to_ledger(at)
    assert WindowLine.objects.count() == 1 and len(told(events.LINE_MADE)) == 1
    assert json.loads(agreement.text)["hosts"][0]["road"] == "tunnel-key"


def test_it_asks_for_the_line_again_until_it_comes(
    cast: Cast, at: datetime, agreement: Agreement, remembering: Remembering
) -> None:
    Agreement.objects.update(logged_at=at)
    for remembering.away, remembering.declines in ((True, ""), (False, "egress")):
        assert jobs.hand_to_ledger(at) == 0 and not WindowLine.objects.exists()
    remembering.declines = ""
    assert jobs.hand_to_ledger(agreement.ends_at) == 0, "nobody needs it any more"
    assert jobs.hand_to_ledger(at) == 1


def test_its_word_opens_one_tunnel_to_one_host_in_the_window(cast: Cast, at: datetime, agreement: Agreement) -> None:
    word = actions.make_word(agreement, "web1", by=cast.clara, at=at)
    kept = TunnelWord.objects.get()
    assert word not in str(list(TunnelWord.objects.values())) and len(word) >= 32
    answer = ask(ticket=agreement.ticket.mark, word=word)
    assert answer.json() == {
        "agreement": agreement.text,
        "pass": kept.pk,
        "name": cast.clara.name,
        "language": cast.clara.language,
    }
    for changed in ({"word": word + "x"}, {"host": "web2"}, {"ticket": "T-1"}, {"word": ""}, {"word": None, "pass": 0}):
        refused = ask(**{"ticket": agreement.ticket.mark, "word": word} | changed)
        assert refused.status_code in (400, 403) and "agreement" not in refused.json()
    assert ask(ticket=agreement.ticket.mark, **{"pass": kept.pk}).status_code == 200


def test_it_is_shut_before_and_after_the_window_and_when_anything_is_taken_back(
    cast: Cast, monday: datetime, at: datetime, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = actions.make_word(agreement, "web1", by=cast.clara, at=monday)
    mark = agreement.ticket.mark

    def code(now: datetime = at, word: str = word) -> str:
        monkeypatch.setattr(door, "now", lambda: now)
        return str(ask(ticket=mark, word=word).json().get("code", "open"))

    assert (code(), code(agreement.starts_at - HOUR), code(agreement.ends_at)) == ("open", "window", "window")
    newer = actions.make_word(agreement, "web1", by=cast.carl, at=at)
    assert (code(), code(word=newer)) == ("word", "open"), "a new word shuts the one before"
    actions.revoke_word(agreement, "web1", by=cast.clara, at=at)
    assert code(word=newer) == "word"
    last = actions.make_word(agreement, "web1", by=cast.clara, at=at)
    Contact.objects.filter(pk=cast.clara.pk).update(organisation=cast.dan.organisation)
    assert code(word=last) == "word", "who made it is not of this customer any more"
    Contact.objects.filter(pk=cast.clara.pk).update(organisation=agreement.ticket.organisation)
    host_of(cast, at, road="tunnel", address="localhost")
    assert code(word=last) == "host"
    with pytest.raises(Refused) as refused:
        actions.make_word(agreement, "web1", by=cast.clara, at=at)
    assert refused.value.code == "workroom.host_changed", "no word is made that opens nothing"
    held = Agreement.objects.get()
    consent.withdraw(agreement.request, by=cast.clara, at=at)
    assert code(word=last) == "withdrawn"
    with pytest.raises(Refused) as refused:
        actions.make_word(held, "web1", by=cast.clara, at=at)
    assert refused.value.code == "workroom.over", "whatever the page that asks still believes"


def test_only_the_customers_own_people_make_words_and_only_for_tunnels(
    cast: Cast, monday: datetime, at: datetime, agreement: Agreement
) -> None:
    agreement.refresh_from_db()
    for by, host, now in (
        (cast.dan, "web1", at),
        (cast.clara, "web9", at),
        (cast.clara, "web1", agreement.ends_at),
    ):
        with pytest.raises(Refused):
            actions.make_word(agreement, host, by=by, at=now)
    with pytest.raises(Refused):
        actions.revoke_word(agreement, "web1", by=cast.dan, at=at)
    host_of(cast, monday, road="certificate")
    direct = agreed(cast, monday)
    with pytest.raises(Refused) as refused:
        actions.make_word(direct, "web1", by=cast.clara, at=at)
    assert refused.value.code == "workroom.no_tunnel"


def test_it_hears_of_a_tunnel_once_and_knows_when_it_is_open(cast: Cast, at: datetime, agreement: Agreement) -> None:
    actions.make_word(agreement, "web1", by=cast.clara, at=at)
    word = TunnelWord.objects.get()
    opened = {"opening": 7, "pass": word.pk, "from": "198.51.100.9", "open": True}
    for twice in range(2):
        assert tell(7, at, **opened).json() == {"new": twice == 0}
    (row,) = queries.tunnels_of(agreement).values()
    assert (row.came_from, row.closed_at) == ("198.51.100.9", None)
    for twice in range(2):
        assert tell(8, at, **opened | {"open": False, "why": "customer"}).json() == {"new": twice == 0}
    row.refresh_from_db()
    assert (row.why, row.closed_at is not None) == ("customer", True)
    assert len(told(events.TUNNEL_OPENED)) == 1
    assert told(events.TUNNEL_CLOSED) == [{"agreement": agreement.pk, "host": "web1", "reason": "customer"}]
    assert tell(9, at, **opened | {"opening": 9, "pass": 0}).status_code == 403


def test_a_tunnel_nobody_speaks_of_counts_as_closed_until_it_is_spoken_of(
    cast: Cast, at: datetime, agreement: Agreement
) -> None:
    actions.make_word(agreement, "web1", by=cast.clara, at=at)
    word = TunnelWord.objects.get()
    tell(7, at, opening=7, open=True, **{"pass": word.pk, "from": "::1"})
    assert jobs.close_unheard_tunnels(at + timedelta(seconds=40)) == 0
    assert jobs.close_unheard_tunnels(at + timedelta(seconds=46)) == 1
    assert Tunnel.objects.get().why == "lost"
    asked = {"ticket": agreement.ticket.mark, "pass": word.pk, "opening": 7}
    assert ask(**asked).status_code == 200
    assert Tunnel.objects.get().closed_at is None, "the gateway was only away"
    tell(8, at, opening=7, open=False, why="customer")
    assert ask(**asked).status_code == 200
    assert Tunnel.objects.get().why == "customer", "what was closed stays closed"


def test_what_the_gateway_tells_of_a_lost_tunnel_counts_more_than_our_guess(
    cast: Cast, at: datetime, agreement: Agreement
) -> None:
    actions.make_word(agreement, "web1", by=cast.clara, at=at)
    tell(7, at, opening=7, open=True, **{"pass": TunnelWord.objects.get().pk, "from": "::1"})
    jobs.close_unheard_tunnels(at + timedelta(seconds=46))
    assert tell(8, at + timedelta(seconds=5), opening=7, open=False, why="silent").json() == {"new": True}
    kept = Tunnel.objects.get()
    assert (kept.why, kept.closed_at) == ("silent", (at + timedelta(seconds=5)).astimezone(UTC))
    assert len(told(events.TUNNEL_CLOSED)) == 1, "everybody heard already that it is closed"


def test_the_database_keeps_lines_words_and_tunnels(cast: Cast, at: datetime, agreement: Agreement) -> None:
    from django.db import DatabaseError, transaction

    Agreement.objects.update(logged_at=at)
    jobs.hand_to_ledger(at)
    actions.make_word(agreement, "web1", by=cast.clara, at=at)
    tell(7, at, opening=7, open=True, **{"pass": TunnelWord.objects.get().pk, "from": "::1"})
    actions.revoke_word(agreement, "web1", by=cast.clara, at=at)
    changes: list[Any] = [
        lambda: WindowLine.objects.update(line="ssh-ed25519 another"),
        lambda: TunnelWord.objects.update(word_hash="00" * 32),
        lambda: TunnelWord.objects.update(revoked_at=None),
        lambda: Tunnel.objects.update(came_from="elsewhere"),
        *(model.objects.all().delete for model in (WindowLine, Tunnel)),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_it_words_the_tunnel_for_that_very_host(tmp_path: Path) -> None:
    us = Gateway("", (), "gw.example", 8422, f"{KEY} somebody")
    known, opening = rules.tunnel_lines(us, ticket="T-7", host="web1", address="localhost", port=22)
    options = "-o ExitOnForwardFailure=yes -o ServerAliveInterval=15"
    assert opening.lines == f"ssh -N {options} -R 22:localhost:22 -p 8422 T-7.web1.tunnel@gw.example\n"
    (beside,) = rules.tunnel_lines(Gateway("", (), "gw.example"), ticket="T-7", host="w", address="fd00::5", port=2222)
    assert beside.lines == f"ssh -N {options} -R 22:[fd00::5]:2222 T-7.w.tunnel@gw.example\n"
    assert rules.sources_of(us, tunnel=True, address="10.0.0.5") == ()
    # On a server where nobody has used ssh, pasted twice, with a last line that has no end.
    for before in ("", "other.example ssh-ed25519 AAAA"):
        home = tmp_path / f"home{len(before)}"
        home.mkdir()
        if before:
            paste("mkdir ~/.ssh; printf '%s' '" + before + "' > ~/.ssh/known_hosts", home)
        paste(known.lines + known.lines, home)
        written = (home / ".ssh" / "known_hosts").read_text().split("\n")
        assert [line for line in written if line] == [*([before] if before else []), f"[gw.example]:8422 {KEY}"]


def paste(lines: str, home: Path, **environment: str) -> None:
    """As somebody does it at a prompt of the account itself, whose folder this is."""
    done = subprocess.run(
        ["sh", "-c", lines], env={**os.environ, "HOME": str(home), **environment}, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_real_host_takes_the_line_in_both_forms_and_neither_when_it_is_over(tmp_path: Path) -> None:
    """The older form has no Z: the host writes the moment in its own zone, whatever the shell's is, and reads it so."""
    if reason := why_not():
        pytest.skip(reason)
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    login = getpass.getuser()
    for seconds, opens in ((300, True), (-5, False)):
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        line = f'restrict,pty,from="127.0.0.1/32",expiry-time="{until:%Y%m%d%H%M%SZ}" {public} opora-T-1-web1-abc'
        ways = rules.key_lines(line, login=login)
        assert [way.road for way in ways] == ["key", "key-older"]
        for way, before in zip(ways, ("", "# the customer's own, without an end"), strict=True):
            home = tmp_path / f"{way.road}{seconds}"
            home.mkdir()
            listed = home / ".ssh" / "authorized_keys"
            if before:
                listed.parent.mkdir()
                listed.write_text(before)
            paste(way.lines.replace(f"~{login}", str(home)), home, TZ="Pacific/Auckland")
            lines = listed.read_text().splitlines()
            assert lines[-1].endswith(" opora-T-1-web1-abc") and lines[:-1] == [before] * bool(before)
            if not before:
                assert (listed.parent.stat().st_mode & 0o777, listed.stat().st_mode & 0o777) == (0o700, 0o600)
            with RealSshd(home / "sshd", authorized_keys=lines) as host:
                done = enter(host, key)
            assert (done.returncode == 0) is opens, host.log
            paste(way.undo.replace(f"~{login}", str(home)), home)
            assert listed.read_text().splitlines() == [before] * bool(before)


def test_it_finds_the_folder_of_a_login_from_a_domain() -> None:
    line = f'restrict,pty,expiry-time="20260914090000Z" {KEY} opora-T-1-web1-abc'
    plain, odd = (rules.key_lines(line, login=login)[0].lines for login in ("support", "CORP\\boris"))
    assert "-o support ~support/.ssh\n" in plain
    assert """-o 'CORP\\boris' "$(getent passwd 'CORP\\boris' | cut -d: -f6)"/.ssh\n""" in odd


def enter(host: RealSshd, key: Path) -> "subprocess.CompletedProcess[bytes]":
    (host.folder / "known").write_text(f"[127.0.0.1]:{host.port} {host.host_key}\n")
    options = [f"UserKnownHostsFile={host.folder}/known", "IdentitiesOnly=yes", "BatchMode=yes"]
    words = [part for option in options for part in ("-o", option)]
    order = ["ssh", "-F", "none", "-i", str(key), "-p", str(host.port), *words, f"{host.login}@127.0.0.1", "true"]
    return subprocess.run(order, capture_output=True, timeout=60, check=False, env={**os.environ, "SSH_AUTH_SOCK": ""})
