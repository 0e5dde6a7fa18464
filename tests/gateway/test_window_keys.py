"""The key of one window: its line as a real sshd reads it, its signatures only for the way in that was agreed, its end."""

import asyncio
import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from opora.gateway import clock
from opora.gateway.keeping.keeper import Keeper
from opora.gateway.keeping.keyfiles import own_key
from opora.gateway.signing.holder import Holder
from opora.gateway.signing.proofs import NoProof, read_proof, string
from opora.gateway.signing.reading import Reading, who_in
from opora.gateway.signing.windowkeys import WindowKeys
from opora.gateway.signing.witness import Witness
from opora.gateway.sockets import Gone, Refused
from tests.gateway.recordings import SECOND, STARTED, agreement_text, keeper_in
from tests.gateway.sshd import RealSshd, why_not

SESSION = bytes(range(16)).hex()
HOUR = 3600 * SECOND
OTHERS_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqTrBcFGHBx1nuDx/8O/oEI6OxFMFdddyaHkzPb2r58"
(HOST,) = json.loads(agreement_text())["hosts"]


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = keeper_in(tmp_path)
    yield keeper
    keeper.close()


def holder(keeper: Keeper, *, egress: tuple[str, ...] = ("127.0.0.1",), away: bool = False) -> Holder:
    async def entered(entry: dict[str, Any]) -> int:
        if away:
            raise Gone("the ledger does not answer")
        return keeper.enter(entry)

    witness = Witness(keeper.places.log, keeper.places.checkpoints, keeper.signer.verifier_key)
    keys = WindowKeys(keeper.places.keys / "windows")
    return Holder(keys, Reading(witness, keeper.places.agreements), egress=egress, enter=entered)


def agree(keeper: Keeper, *, road: str = "key", **changed: Any) -> str:
    host = {**HOST, "road": road, **changed.pop("host", {})}
    return str(keeper.agree(agreement_text(hosts=[host], **changed))["sha256"])


def line(holder: Holder, agreed: str, at: int = STARTED) -> dict[str, Any]:
    return asyncio.run(holder.line(agreed, "web1", at=at))


def request(public: str, *, login: str = "root", method: bytes = b"publickey", tail: bytes = b"") -> bytes:
    """What asyncssh and OpenSSH sign to enter: RFC 4252, 7."""
    blob = base64.b64decode(public.split()[1])
    parts = [string(login.encode()), string(b"ssh-connection"), string(method), b"\x01", string(b"ssh-ed25519")]
    return string(bytes(32)) + b"\x32" + b"".join(parts) + string(blob) + tail


def sign(holder: Holder, agreed: str, asked: bytes, *, at: int = STARTED, staff: int = 2, host: str = "web1") -> Any:
    who = who_in({"agreement": agreed, "staff": staff, "host": host, "session": SESSION})
    return asyncio.run(holder.sign(who, asked, at=at))


def refusal(do: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        do()
    assert refused.value.reason.endswith(".")
    return refused.value.code


def entries(keeper: Keeper, kind: str) -> list[dict[str, Any]]:
    told = [json.loads(keeper.log.entry(number)) for number in range(len(keeper.log))]
    return [one for one in told if one["kind"] == kind]


def test_it_shows_one_line_from_the_moment_the_agreement_stands(keeper: Keeper) -> None:
    agreed = agree(keeper)
    told = line(holder(keeper), agreed, STARTED - 100 * HOUR)
    limits, kind, key, comment = told["line"].split(" ")
    assert limits == 'restrict,pty,from="127.0.0.1/32",expiry-time="20260914090000Z"'
    assert (kind, key) == tuple(told["public"].split()) and comment == told[
        "mark"
    ] == f"opora-T-1042-web1-{agreed[:12]}"
    assert line(holder(keeper), agreed) == told, "the same line, also after the signer was started anew"
    (entry,) = entries(keeper, "window-key")
    fingerprint = base64.b64encode(hashlib.sha256(base64.b64decode(key)).digest()).decode().rstrip("=")
    assert (entry["agreement"], entry["host"], entry["key"]) == (agreed, "web1", f"SHA256:{fingerprint}")
    (file,) = (keeper.places.keys / "windows").iterdir()
    assert file.stat().st_mode & 0o777 == 0o400


def test_it_shows_no_line_the_log_does_not_know(keeper: Keeper) -> None:
    agreed = agree(keeper)
    with pytest.raises(Gone):
        line(holder(keeper, away=True), agreed)
    assert refusal(lambda: sign(holder(keeper), agreed, b"")) == "key", "nobody saw it, so it signs nothing"
    line(holder(keeper), agreed)
    assert len(entries(keeper, "window-key")) == 1


@pytest.mark.parametrize(
    ("road", "host", "egress", "sources"),
    [
        ("key", {}, ("192.0.2.7", "2001:db8::/64"), 'from="192.0.2.7/32,2001:db8::/64",'),
        ("tunnel-key", {"address": "localhost"}, ("192.0.2.7",), 'from="127.0.0.0/8,::1/128",'),
        ("tunnel-key", {"address": "10.0.0.5"}, ("192.0.2.7",), ""),
    ],
)
def test_it_binds_the_key_to_where_the_host_sees_us_come_from(
    keeper: Keeper, road: str, host: dict[str, str], egress: tuple[str, ...], sources: str
) -> None:
    told = line(holder(keeper, egress=egress), agree(keeper, road=road, host=host))
    assert told["line"].startswith(f'restrict,pty,{sources}expiry-time="')


@pytest.mark.parametrize("egress", [(), ("192.0.2.7/24",), ("gateway.example",), ('1.2.3.4",command="id',)])
def test_it_gives_out_no_key_that_is_good_from_anywhere(keeper: Keeper, egress: tuple[str, ...]) -> None:
    assert refusal(lambda: line(holder(keeper, egress=egress), agree(keeper))) == "egress"
    assert not list(keeper.places.keys.glob("windows/*"))


@pytest.mark.parametrize(
    ("changed", "at", "code"),
    [
        ({"road": "certificate"}, STARTED, "road"),
        ({"road": "tunnel"}, STARTED, "road"),
        ({"level": "user"}, STARTED, "level"),
        ({}, STARTED + 2 * HOUR, "late"),
        ({"host": {"name": "../web1"}}, STARTED, "host"),
    ],
)
def test_it_makes_no_key_that_was_not_agreed(keeper: Keeper, changed: dict[str, Any], at: int, code: str) -> None:
    assert refusal(lambda: line(holder(keeper), agree(keeper, **changed), at)) == code
    assert refusal(lambda: line(holder(keeper), "ab" * 32, at)) == "agreement"


def test_it_signs_the_way_in_that_was_agreed_and_enters_it_into_the_log(keeper: Keeper) -> None:
    agreed = agree(keeper)
    public = line(holder(keeper), agreed)["public"]
    asked = request(public)
    told = sign(holder(keeper), agreed, asked)
    signature = base64.b64decode(told["signature"])
    assert signature[:19] == string(b"ssh-ed25519") + (64).to_bytes(4, "big")
    raw = base64.b64decode(public.split()[1])[-32:]
    Ed25519PublicKey.from_public_bytes(raw).verify(signature[19:], asked)
    (entry,) = entries(keeper, "signature")
    assert (entry["staff"], entry["name"], entry["host"], entry["session"]) == (2, "Boris", "web1", SESSION)
    with pytest.raises(Gone):
        sign(holder(keeper, away=True), agreed, asked)


def test_it_signs_nothing_else(keeper: Keeper) -> None:
    agreed, certified = agree(keeper), agree(keeper, road="certificate")
    signer = holder(keeper)
    public = line(signer, agreed)["public"]
    good = request(public)
    for code, do in (
        ("early", lambda: sign(signer, agreed, good, at=STARTED - 1)),
        ("late", lambda: sign(signer, agreed, good, at=STARTED + 2 * HOUR)),
        ("engineer", lambda: sign(signer, agreed, good, staff=3)),
        ("host", lambda: sign(signer, agreed, good, host="web2")),
        ("road", lambda: sign(signer, certified, good)),
        ("proof", lambda: sign(signer, agreed, request(public, login="admin"))),
        ("proof", lambda: sign(signer, agreed, request(public, method=b"hostbased"))),
        ("proof", lambda: sign(signer, agreed, request(public, tail=b"more"))),
        ("proof", lambda: sign(signer, agreed, request(OTHERS_KEY))),
        ("proof", lambda: sign(signer, agreed, b"SSHSIG" + good)),
        ("proof", lambda: sign(signer, agreed, good[:-1])),
    ):
        assert refusal(do) == code
    assert not entries(keeper, "signature")


@given(st.binary(max_size=300))
def test_it_reads_a_request_or_says_no(raw: bytes) -> None:
    with pytest.raises(NoProof):
        read_proof(raw)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_it_takes_no_request_with_a_byte_changed_for_the_same(at: int, byte: int) -> None:
    good = request(OTHERS_KEY)
    changed = bytearray(good)
    changed[at % len(good)] = byte
    try:
        assert read_proof(bytes(changed)) != read_proof(good) or bytes(changed) == good
    except NoProof:
        assert bytes(changed) != good


def test_it_destroys_the_key_when_the_window_is_over_or_taken_back(keeper: Keeper) -> None:
    over, back = agree(keeper), agree(keeper, ticket="T-1043")
    signer = holder(keeper)
    public = line(signer, over)["public"]
    line(signer, back)
    assert asyncio.run(signer.forget(at=STARTED)) == 0
    keeper.withdraw(back, by="Clara", why="not today")
    assert asyncio.run(signer.forget(at=STARTED)) == 1
    # The log is away when the window ends: the key goes all the same, and the log is told later.
    assert asyncio.run(holder(keeper, away=True).forget(at=STARTED + 2 * HOUR)) == 1
    assert not list(keeper.places.keys.glob("windows/*.key"))
    assert asyncio.run(signer.forget(at=STARTED + 2 * HOUR)) == 0
    told = [(one["agreement"], one["why"]) for one in entries(keeper, "key-destroyed")]
    assert told == [(back, "withdrawn"), (over, "window")]
    assert refusal(lambda: sign(signer, over, request(public))) == "key", "whatever the clock says"
    assert refusal(lambda: line(signer, over)) == "late", "no second key is made for a window"


def agreed_now(keeper: Keeper, login: str, *, ends: timedelta = timedelta(hours=1)) -> str:
    now = datetime.now(UTC)
    window = {"from": f"{now - timedelta(hours=9):%Y-%m-%dT%H:%M:%SZ}", "until": f"{now + ends:%Y-%m-%dT%H:%M:%SZ}"}
    return agree(keeper, window={**window, "zone": "UTC"}, host={"login": login})


def enter(keeper: Keeper, host: RealSshd, *more: str, command: str = "echo here") -> subprocess.CompletedProcess[str]:
    """Enter with the private half itself, as a thief of the signer's folder would, with the real ssh."""
    (kept,) = keeper.places.keys.glob("windows/*.key")
    path = host.folder / "stolen"
    path.unlink(missing_ok=True)
    path.write_bytes(own_key(kept).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    (host.folder / "known").write_text(f"[127.0.0.1]:{host.port} {host.host_key}\n")
    options = [f"UserKnownHostsFile={host.folder}/known", "IdentitiesOnly=yes", "BatchMode=yes"]
    words = [part for option in (*options, "ExitOnForwardFailure=yes") for part in ("-o", option)]
    return subprocess.run(
        ["ssh", "-F", "none", "-i", path, "-p", str(host.port), *words, *more, f"{host.login}@127.0.0.1", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "SSH_AUTH_SOCK": ""},
    )


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Callable[..., RealSshd]]:
    """Starts a real server whose account has that line."""
    if reason := why_not():
        pytest.skip(reason)
    running: list[RealSshd] = []

    def start(text: str) -> RealSshd:
        host = RealSshd(tmp_path / f"host-{len(running)}", authorized_keys=[text])
        running.append(host)
        return host.__enter__()

    yield start
    for host in running:
        host.stop()


def test_a_real_host_lets_in_by_the_line_and_forwards_nothing(keeper: Keeper, real: Callable[..., RealSshd]) -> None:
    agreed = agreed_now(keeper, RealSshd(Path()).login)
    host = real(line(holder(keeper), agreed, clock.now_ns())["line"])
    assert enter(keeper, host).stdout == "here\n"
    assert enter(keeper, host, "-tt", command="tty").stdout.startswith("/dev/pts/"), "a terminal it gives"
    assert enter(keeper, host, "-R", "0:127.0.0.1:22").returncode == 255
    through = enter(keeper, host, "-W", f"127.0.0.1:{host.port}")
    assert "open failed: administratively prohibited" in through.stderr
    agent = enter(keeper, host, "-A", command="echo agent=$SSH_AUTH_SOCK display=$DISPLAY")
    assert agent.stdout == "agent= display=\n"


def test_a_real_host_refuses_it_from_elsewhere_and_when_the_window_is_over(
    keeper: Keeper, real: Callable[..., RealSshd]
) -> None:
    agreed = agreed_now(keeper, RealSshd(Path()).login)
    now = clock.now_ns()
    elsewhere = real(line(holder(keeper, egress=("192.0.2.7",)), agreed, now)["line"])
    told = line(holder(keeper), agreed, now)["line"]
    until = told.split('expiry-time="')[1].split('"')[0]
    over = real(told.replace(until, f"{datetime.now(UTC) - timedelta(seconds=5):%Y%m%d%H%M%SZ}"))
    for host, words in ((elsewhere, "not from a permitted"), (over, "refused by key options")):
        done = enter(keeper, host)
        assert (done.returncode, "Permission denied" in done.stderr) == (255, True)
        assert words in host.log.lower(), host.log
