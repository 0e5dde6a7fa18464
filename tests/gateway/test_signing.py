"""The signer: certificates only inside a written, logged agreement; and a real sshd that takes these and no others."""

import asyncio
import json
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from opora.gateway import clock
from opora.gateway.keeping.keeper import Keeper
from opora.gateway.signing.authority import Authority, wanted_in
from opora.gateway.signing.witness import Witness
from opora.gateway.sockets import Gone, Refused
from tests.gateway.recordings import SECOND, STARTED, agreement_text, digest_of, keeper_in
from tests.gateway.sshd import RealSshd, why_not

AGREED = agreement_text()
DIGEST = digest_of(AGREED)
SESSION = bytes(range(16)).hex()
CA = Ed25519PrivateKey.from_private_bytes(bytes([3] * 32))
OURS = Ed25519PrivateKey.from_private_bytes(bytes([4] * 32))
PUBLIC = OURS.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = keeper_in(tmp_path)
    keeper.agree(AGREED)
    yield keeper
    keeper.close()


def authority(
    keeper: Keeper,
    *,
    egress: tuple[str, ...] = ("127.0.0.1/32",),
    enter: Callable[[dict[str, Any]], Awaitable[int]] | None = None,
) -> Authority:
    async def entered(entry: dict[str, Any]) -> int:
        return keeper.enter(entry)

    witness = Witness(keeper.places.log, keeper.places.checkpoints, keeper.signer.verifier_key)
    return Authority(CA, witness, keeper.places.agreements, egress=egress, enter=enter or entered)


def asked(**changed: Any) -> dict[str, Any]:
    return {"agreement": DIGEST, "staff": 2, "host": "web1", "session": SESSION, "public_key": PUBLIC, **changed}


def certify(signer: Authority, *, at: int = STARTED, **changed: Any) -> dict[str, Any]:
    return asyncio.run(signer.certify(wanted_in(asked(**changed)), at=at))


def refusal(signer: Authority, **changed: Any) -> str:
    with pytest.raises(Refused) as refused:
        certify(signer, **changed)
    assert refused.value.reason.endswith(".")
    return refused.value.code


def told_of(certificate: str, folder: Path) -> str:
    (folder / "shown-cert.pub").write_text(certificate)
    shown = subprocess.run(
        ["ssh-keygen", "-L", "-f", folder / "shown-cert.pub"], capture_output=True, text=True, check=True
    )
    return " ".join(shown.stdout.split())


def test_it_writes_a_certificate_as_openssh_reads_it(keeper: Keeper, tmp_path: Path) -> None:
    made = certify(authority(keeper), at=STARTED + 60 * SECOND)
    shown = told_of(made["certificate"], tmp_path)
    assert f'Key ID: "T-1042/{DIGEST[:12]}/staff-2/{SESSION}" Serial: {made["serial"]}' in shown
    assert "Principals: opora-7-superuser Critical Options: source-address 127.0.0.1/32 Extensions: permit-pty" in shown
    assert made["until"] == STARTED + 150 * SECOND


def test_it_enters_a_certificate_into_the_log_before_it_gives_it_away(keeper: Keeper) -> None:
    made = certify(authority(keeper))
    entry = json.loads(keeper.log.entry(made["serial"]))
    assert (entry["kind"], entry["staff"], entry["name"], entry["host"]) == ("certificate", 2, "Boris", "web1")

    async def away(entry: dict[str, Any]) -> int:
        raise Gone("the ledger does not answer")

    with pytest.raises(Gone):
        certify(authority(keeper, enter=away))


def test_it_ends_a_certificate_no_later_than_the_window(keeper: Keeper) -> None:
    end = STARTED + 7200 * SECOND
    assert certify(authority(keeper), at=end - 20 * SECOND)["until"] == end


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"at": STARTED - 1}, "early"),
        ({"at": STARTED + 7200 * SECOND}, "late"),
        ({"staff": 3}, "engineer"),
        ({"host": "web2"}, "host"),
        ({"agreement": "ab" * 32}, "agreement"),
        ({"public_key": "ssh-rsa AAAA"}, "key"),
        ({"public_key": "-"}, "key"),
    ],
)
def test_it_refuses_what_was_not_agreed(keeper: Keeper, changed: dict[str, Any], code: str) -> None:
    assert refusal(authority(keeper), **changed) == code


@pytest.mark.parametrize(
    ("level", "login", "road", "code"),
    [
        ("user", "root", "certificate", "level"),
        ("look", "root", "certificate", "level"),
        ("everything", "support", "certificate", "level"),
        ("superuser", "root", "key", "road"),
    ],
)
def test_it_gives_no_root_below_superuser_and_no_other_road(
    keeper: Keeper, level: str, login: str, road: str, code: str
) -> None:
    (host,) = json.loads(AGREED)["hosts"]
    other = keeper.agree(agreement_text(level=level, hosts=[{**host, "login": login, "road": road}]))
    assert refusal(authority(keeper), agreement=other["sha256"]) == code


def test_it_certifies_nothing_once_the_agreement_was_taken_back(keeper: Keeper) -> None:
    signer = authority(keeper)
    certify(signer)
    keeper.withdraw(DIGEST, by="Clara", why="not today")
    assert refusal(signer) == "withdrawn"


def test_it_reads_the_agreement_anew_each_time(keeper: Keeper) -> None:
    signer = authority(keeper)
    certify(signer)
    text = keeper.places.agreements / f"{DIGEST}.json"
    text.chmod(0o600)
    text.write_text(AGREED.replace('"Boris"', '"Bruno"'))
    assert refusal(signer) == "agreement"
    text.unlink()
    assert refusal(signer) == "agreement"


def test_it_believes_no_log_that_no_checkpoint_covers(keeper: Keeper, tmp_path: Path) -> None:
    whole = keeper.places.log.read_bytes()
    keeper.places.log.write_bytes(whole.replace(b"T-1042", b"T-1043"))
    assert refusal(authority(keeper)) == "log"
    keeper.places.log.write_bytes(whole[:-1])
    assert refusal(authority(keeper)) == "log"
    keeper.places.log.write_bytes(whole)
    certify(authority(keeper))
    forged = keeper_in(tmp_path / "elsewhere", seed=2)
    forged.agree(AGREED)
    for name in ("log", "checkpoints"):
        (keeper.places.state / name).write_bytes((forged.places.state / name).read_bytes())
    forged.close()
    assert refusal(authority(keeper)) == "log"


def test_it_does_not_go_back_to_an_older_log(keeper: Keeper) -> None:
    signer = authority(keeper)
    older = {name: (keeper.places.state / name).read_bytes() for name in ("log", "checkpoints")}
    keeper.withdraw(DIGEST, by="Clara", why="not today")
    assert refusal(signer) == "withdrawn"
    for name, content in older.items():
        (keeper.places.state / name).write_bytes(content)
    assert refusal(signer) == "log"


@pytest.fixture
def host(tmp_path: Path, keeper: Keeper) -> Iterator[RealSshd]:
    if reason := why_not():
        pytest.skip(reason)
    with RealSshd(tmp_path / "host", authority=authority(keeper).public_line, principals=["opora-7-superuser"]) as host:
        yield host


def entered(
    host: RealSshd, certificate: str, *more: str, command: str = "echo here"
) -> subprocess.CompletedProcess[str]:
    """Enter as whoever holds the key and the certificate, with the real ssh."""
    key = host.folder / "ours"
    key.unlink(missing_ok=True)
    key.write_bytes(OURS.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    key.chmod(0o600)
    (host.folder / "ours-cert.pub").write_text(certificate + "\n")
    (host.folder / "known").write_text(f"[127.0.0.1]:{host.port} {host.host_key}\n")
    options = [
        f"UserKnownHostsFile={host.folder}/known",
        "IdentitiesOnly=yes",
        "BatchMode=yes",
        "ExitOnForwardFailure=yes",
    ]
    return subprocess.run(
        [
            *("ssh", "-F", "none", "-i", key, "-p", str(host.port)),
            *(part for option in options for part in ("-o", option)),
            *(*more, f"{host.login}@127.0.0.1", command),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "SSH_AUTH_SOCK": ""},
    )


def test_a_real_host_lets_in_whom_the_certificate_names(keeper: Keeper, host: RealSshd) -> None:
    now = clock.now_ns()
    signer, agreed = _agreed_now(keeper, now)
    made = certify(signer, at=now, agreement=agreed)
    assert entered(host, made["certificate"]).stdout == "here\n"
    assert f"ID T-1042/{agreed[:12]}/staff-2/{SESSION} (serial {made['serial']})" in host.log


def test_a_real_host_refuses_every_other_certificate(keeper: Keeper, host: RealSshd) -> None:
    now = clock.now_ns()
    signer, agreed = _agreed_now(keeper, now)
    far = authority(keeper, egress=("192.0.2.7/32",))
    (told,) = json.loads(AGREED)["hosts"]
    _, other = _agreed_now(keeper, now, hosts=[{**told, "system": 8}])
    made = {
        "over": certify(signer, at=now - 3600 * SECOND, agreement=agreed),
        "not from here": certify(far, at=now, agreement=agreed),
        "for another host": certify(signer, at=now, agreement=other),
    }
    for why, certificate in made.items():
        done = entered(host, certificate["certificate"])
        assert (why, done.returncode, "Permission denied" in done.stderr) == (why, 255, True)
    said = host.log
    for words in (
        "Certificate invalid: expired",
        "not from a permitted source",
        "does not contain an authorized principal",
    ):
        assert words in said


def test_a_real_host_forwards_nothing_under_our_certificate(keeper: Keeper, host: RealSshd) -> None:
    now = clock.now_ns()
    signer, agreed = _agreed_now(keeper, now)
    certificate = certify(signer, at=now, agreement=agreed)["certificate"]
    assert entered(host, certificate, "-R", "0:127.0.0.1:22").returncode == 255
    through = entered(host, certificate, "-W", f"127.0.0.1:{host.port}")
    assert "open failed: administratively prohibited" in through.stderr
    agent = entered(host, certificate, "-A", command="echo agent=$SSH_AUTH_SOCK display=$DISPLAY")
    assert agent.stdout == "agent= display=\n"


def _agreed_now(keeper: Keeper, now: int, **changed: Any) -> tuple[Authority, str]:
    """An agreement whose window is open now, an hour back and forth, and a signer that reads it."""

    def told(at: int) -> str:
        return datetime.fromtimestamp(at // SECOND, UTC).isoformat().replace("+00:00", "Z")

    window = {"from": told(now - 7200 * SECOND), "until": told(now + 3600 * SECOND), "zone": "UTC"}
    return authority(keeper), keeper.agree(agreement_text(window=window, **changed))["sha256"]
