"""Four users: a whole session goes through them, and none can do what is another's. Really run under other uids, as root only."""

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from opora.evidence import verify
from opora.evidence.frames import Kind
from tests.folders import passable_folder
from tests.gateway.neighbours import SECRET
from tests.gateway.users import NUMBERS, Users, Worked, users_in
from tests.laws.sources import CHECKOUT

STEER = """
import json, sys
from pathlib import Path
from opora.desk.workroom.gateway import Away, Declined, SocketGateway
try:
    SocketGateway(Path(sys.argv[1]), apart=True).order("00" * 16, "stop", by={"id": 1, "name": "x"}, words="")
    print('"done"')
except Declined as declined:
    print(json.dumps(declined.code))
except Away as away:
    print(json.dumps(type(away.__cause__).__name__))
"""


def test_a_whole_session_goes_through_four_users_and_its_bundle_verifies(worked: Worked) -> None:
    assert "hands it over" in worked.refused
    bundle, key = worked.users.fetched(worked.session)
    assert bundle.stat().st_uid == NUMBERS["desk"]
    assert verify.main([str(bundle), "--key", key]) == 0
    assert worked.here.typed(worked.session) == b"secret\n"
    assert b"whole" in worked.here.recorded(Kind.OUTPUT, worked.session)
    assert list((worked.users.state / "ledger/bundles").iterdir()) == [], "nothing of what was fetched stays"
    owners = {path.name: path.stat().st_uid for path in worked.users.state.iterdir()}
    assert owners == {name: NUMBERS[name] for name in ("gateway", "ledger", "signer")}


def test_nobody_reads_more_than_its_work_needs(worked: Worked) -> None:
    reads = {name: worked.users.probed(name)[0] for name in NUMBERS}
    public = {"gateway/keys/host.pub"}
    lent = {
        "gateway": {"gateway/gateway.lock", "gateway/journals/*", "gateway/typed/*"},
        "ledger": {"ledger/ledger.lock", "ledger/log", "ledger/checkpoints", "ledger/agreements/*"}
        | {"ledger/keys/note.pub", "ledger/keys/note.name"},
    }
    assert reads == {
        "gateway": lent["gateway"] | {"gateway/keys/host"} | public,
        "ledger": lent["ledger"] | lent["gateway"] | {"ledger/keys/note", "ledger/heads/*", "ledger/sealed/*"} | public,
        "signer": lent["ledger"] | {"signer/keys/ca", "signer/keys/ca.trusts", "signer/signer.lock"} | public,
        "desk": public,
        "stranger": public,
    }


def test_nobody_writes_but_its_own(worked: Worked) -> None:
    for name in NUMBERS:
        _, writes, makes = worked.users.probed(name)
        assert {place for place in writes if not place.startswith(f"{name}/")} == set()
        more = {"gateway/typed"} if name == "ledger" else set()
        assert {place for place in makes if place.partition("/")[0] != name} == more
        assert bool(makes) == (name in {"gateway", "ledger", "signer"}), "the owner can, so the probe can tell"


def test_each_is_answered_only_what_it_may_ask(worked: Worked) -> None:
    entries = {"certificate": "signer", "window-key": "signer", "signature": "signer", "key-destroyed": "signer"}
    entries |= {"view": "desk", "export": "desk"}
    allowed: list[tuple[str, dict[str, Any], set[str]]] = [
        *(("ledger", {"do": "log", "entry": {"kind": kind}}, {who}) for kind, who in entries.items()),
        ("ledger", {"do": "agree", "agreement": "none"}, {"desk"}),
        ("ledger", {"do": "agree", "agreement": worked.here.desk.agreement}, {"desk", "gateway"}),
        *(("ledger", {"do": verb}, {"desk"}) for verb in ("withdraw", "fetch")),
        *(("ledger", {"do": verb}, {"gateway"}) for verb in ("begin", "head", "end")),
        *(("ledger", {"do": verb}, {"ledger"}) for verb in ("extend", "erase", "bundle")),
        *(("ledger", {"do": verb}, {"desk", "gateway", "ledger", "signer"}) for verb in ("key", "checkpoint")),
        *(("signer", {"do": verb}, {"gateway"}) for verb in ("certify", "sign")),
        ("signer", {"do": "line"}, {"desk"}),
        ("signer", {"do": "authority"}, {"desk", "gateway", "ledger", "signer"}),
    ]
    questions = [(f"{place}/{place}.sock", question) for place, question, _ in allowed]
    for name in ("desk", "gateway", "ledger", "signer"):
        told = worked.users.answers(name, questions)
        wrong = [
            (question, code)
            for (_, question, who), code in zip(allowed, told, strict=True)
            if (code != "caller") != (name in who)
        ]
        assert wrong == [], name
    assert {name: worked.users.run(name, STEER, str(worked.users.state)) for name in NUMBERS} == {
        "desk": "session",
        **dict.fromkeys(("gateway", "ledger", "signer"), "caller"),
        "stranger": "PermissionError",
    }


def test_whoever_is_not_of_the_group_cannot_even_connect(worked: Worked) -> None:
    questions = [("ledger/ledger.sock", {"do": "key"}), ("signer/signer.sock", {"do": "authority"})]
    assert worked.users.answers("stranger", questions) == ["PermissionError", "PermissionError"]
    assert worked.users.answers("desk", questions) == ["ok", "ok"]


def test_the_ledger_destroys_what_opens_the_typing_and_only_it_is_asked_to(worked: Worked) -> None:
    keys = worked.users.state / "gateway/typed" / f"{worked.session}.keys.json"
    asked = {"do": "erase", "session": worked.session, "by": "Oleg", "why": "Clara asked."}
    assert worked.users.answers("desk", [("ledger/ledger.sock", asked)]) == ["caller"]
    assert keys.exists()
    assert worked.users.answers("ledger", [("ledger/ledger.sock", asked)]) == ["ok"]
    assert not keys.exists()
    bundle, key = worked.users.fetched(worked.session)
    assert verify.main([str(bundle), "--key", key]) == 0


@pytest.mark.parametrize(
    ("name", "spoilt", "says"),
    [
        ("ledger", "chmod 777 .", "must be a folder of root's"),
        ("ledger", "chown 60404 ledger", "belongs to somebody else"),
        ("ledger", "chown 60403 signer", "are the same user"),
        ("signer", "rmdir signer", "root makes it for the user of the signer"),
        ("gateway", "true", "OPORA_GATEWAY_SECRET is not set"),
    ],
)
def test_it_starts_nowhere_that_another_could_take(users: Users, name: str, spoilt: str, says: str) -> None:
    with passable_folder() as folder:
        other = replace(users_in(folder), words=users.words)
        subprocess.run(["sh", "-c", spoilt], cwd=other.state, check=True)
        done = start(other, name)
        assert (done.returncode, says in done.stderr) == (1, True), done.stderr


def test_it_starts_for_nobody_whose_groups_do_not_fit(users: Users) -> None:
    assert "not a member" in start(users, "ledger", OPORA_GATEWAY_GROUP="60499").stderr
    assert "own group" in start(users, "ledger", OPORA_GATEWAY_GROUP=str(NUMBERS["ledger"])).stderr
    assert "no such group" in start(users, "ledger", OPORA_GATEWAY_GROUP="nobody-s").stderr


def start(users: Users, name: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Start it where it shall not start."""
    told = {"OPORA_GATEWAY_LISTEN": "127.0.0.1:1", **users.environment, **more}
    assert SECRET not in told.values()
    return subprocess.run(
        [*users.as_user(name), sys.executable, "-m", "opora.config.cli", name],
        env={"PATH": os.environ["PATH"], **told, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
