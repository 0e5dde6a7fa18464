"""The ledger and the signer as processes: they answer at their sockets, lose nothing when killed, and load no Django."""

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from opora.desk.workroom.gateway import Away, SocketGateway
from opora.evidence import tree
from opora.evidence.ledger import Ledger
from opora.evidence.notes import Checkpoint, open_note
from opora.gateway.program import host_key
from opora.gateway.settings import BadSetting, make_folders, read
from opora.gateway.sockets import Gone, Refused, ask
from tests.email.mail_programs import free_port
from tests.gateway.processes import Running
from tests.gateway.recordings import PUBLIC_KEY, agreement_text

SESSION = bytes(range(16)).hex()


def asked(state: Path, name: str, **question: Any) -> dict[str, Any]:
    path = read({"OPORA_GATEWAY_STATE": str(state)}).socket(name)
    return asyncio.run(ask(path, question, seconds=60))


def test_they_answer_where_only_their_owner_may_ask(tmp_path: Path) -> None:
    state = tmp_path / "gateway"
    with Running("ledger", state, {"OPORA_SITE_URL": "https://desk.example"}) as ledger, Running("signer", state):
        verifier = asked(state, "ledger", do="key")["verifier"]
        assert verifier.startswith("desk.example/ledger+")
        assert asked(state, "signer", do="authority")["public"].startswith("ssh-ed25519 ")
        for name in ("ledger", "signer"):
            assert read({"OPORA_GATEWAY_STATE": str(state)}).socket(name).stat().st_mode & 0o777 == 0o600
            with pytest.raises(Refused, match="knows no 'sing'"):
                asked(state, name, do="sing")
            with pytest.raises(Refused, match="not understood"):
                asked(state, name, what="this")
        assert {path.name: path.stat().st_mode & 0o777 for path in (state / "keys").iterdir()} == {
            **{"ca": 0o400, "note": 0o400, "ca.trusts": 0o400},
            **{"note.pub": 0o444, "note.name": 0o444},
        }
        asked(state, "ledger", do="agree", agreement=agreement_text())
        assert ledger.stop() == 0
        wanted = {"agreement": "ab" * 32, "staff": 2, "host": "web1", "session": SESSION, "public_key": "-"}
        with pytest.raises(Refused, match="does not stand in the log"):
            asked(state, "signer", do="certify", **wanted)
    with Running("ledger", state, {"OPORA_SITE_URL": "https://desk.renamed.example"}):
        assert asked(state, "ledger", do="key")["verifier"] == verifier


def test_a_certificate_needs_both_of_them(tmp_path: Path) -> None:
    state = tmp_path / "gateway"
    window = {"from": "2020-01-01T00:00:00Z", "until": "2120-01-01T00:00:00Z"}
    with Running("ledger", state) as ledger, Running("signer", state):
        agreed = asked(state, "ledger", do="agree", agreement=agreement_text(window=window))["sha256"]
        wanted = {"do": "certify", "agreement": agreed, "staff": 2, "host": "web1", "session": SESSION}
        made = asked(state, "signer", **wanted, public_key=PUBLIC_KEY)
        assert made["certificate"].startswith("ssh-ed25519-cert-v01@openssh.com ")
        ledger.kill()
        with pytest.raises(Refused, match="The ledger does not answer"):
            asked(state, "signer", **wanted, public_key=PUBLIC_KEY)
        log = Ledger(state / "log", "localhost/log")
        assert json.loads(log.entry(made["serial"]))["session"] == SESSION
        log.close()


def test_the_signer_believes_no_second_ledger(tmp_path: Path) -> None:
    state = tmp_path / "gateway"
    with Running("ledger", state), Running("signer", state):
        asked(state, "signer", do="authority")
    for name in ("note", "note.pub", "note.name", "log", "checkpoints"):
        for path in (state / name, state / "keys" / name):
            path.unlink(missing_ok=True)
    with Running("ledger", state), Running("signer", state), pytest.raises(Refused, match="shows another key"):
        asked(state, "signer", do="authority")


def test_nothing_that_was_answered_is_lost_when_the_ledger_is_killed(tmp_path: Path) -> None:
    state, dice = tmp_path / "gateway", random.Random(6)
    ledger = Running("ledger", state)
    told: dict[int, dict[str, Any]] = {}
    notes: list[str] = []
    answers = threading.Semaphore(0)
    for round_ in range(6):
        with ledger:
            verifier = asked(state, "ledger", do="key")["verifier"]
            agreed = asked(state, "ledger", do="agree", agreement=agreement_text(ticket=f"T-{round_}"))
            writing = threading.Thread(
                target=_write_until_gone, args=(state, round_, agreed["sha256"], told, notes, answers)
            )
            writing.start()
            for _ in range(dice.randrange(5, 60)):
                assert answers.acquire(timeout=60)
            ledger.kill()
            writing.join(60)
    log = Ledger(state / "log", "localhost/log")
    for number, entry in told.items():
        assert entry.items() <= json.loads(log.entry(number)).items()
    newest = log.checkpoint()
    for note in {note for note in notes if not note.startswith("opora session head")}:
        old = Checkpoint.from_text(open_note(note, verifier))
        proof = log.proof_of_growth(old.entries)
        assert tree.consistent(old.entries, newest.entries, old.root, newest.root, proof)
    log.close()
    assert len(told) > 30
    kept = (state / "heads" / f"{SESSION}.notes").read_text()
    heads = [note for note in notes if note.startswith("opora session head")]
    assert heads
    assert all(note in kept for note in heads)


def _write_until_gone(
    state: Path,
    round_: int,
    agreed: str,
    told: dict[int, dict[str, Any]],
    notes: list[str],
    answers: threading.Semaphore,
) -> None:
    """Ask as fast as one can, keeping every answer, until nobody answers."""
    path = read({"OPORA_GATEWAY_STATE": str(state)}).socket("ledger")

    async def writing() -> None:
        for n in range(10_000):
            entry = {"kind": "view", "n": n, "round": round_}
            told[(await ask(path, {"do": "log", "entry": entry}))["entry"]] = entry
            frames = round_ * 10_000 + n + 1
            head = {"do": "head", "session": SESSION, "frames": frames, "size": frames * 100, "head": "A" * 43 + "="}
            if round_ == 0:
                head["agreement"] = agreed
            notes.append((await ask(path, head))["note"])
            notes.append((await ask(path, {"do": "checkpoint"}))["note"])
            answers.release()

    with suppress(Gone):
        asyncio.run(writing())


@pytest.mark.parametrize("name", ["ledger", "signer", "gateway"])
def test_a_second_one_does_not_start_beside_the_first(tmp_path: Path, name: str) -> None:
    state = tmp_path / "gateway"
    listens = {"OPORA_GATEWAY_LISTEN": f"127.0.0.1:{free_port()}"}
    with Running(name, state, listens):
        socket_before = read({"OPORA_GATEWAY_STATE": str(state)}).socket("live" if name == "gateway" else name).stat()
        second = subprocess.run(
            [sys.executable, "-m", "opora.config.cli", name],
            env={"PATH": "/usr/bin:/bin", "OPORA_GATEWAY_STATE": str(state), **listens},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (second.returncode, f"another {name} keeps" in second.stderr) == (1, True)
        after = read({"OPORA_GATEWAY_STATE": str(state)}).socket("live" if name == "gateway" else name).stat()
        assert after.st_ino == socket_before.st_ino, "it took the socket of the first"


def test_nobody_else_on_the_machine_reads_anything_of_it(tmp_path: Path) -> None:
    state = tmp_path / "gateway"
    for folder in (state, state / "untold", state / "journals", state / "keys"):
        folder.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        with Running("gateway", state, {"OPORA_GATEWAY_LISTEN": f"127.0.0.1:{free_port()}"}), Running("ledger", state):
            asked(state, "ledger", do="agree", agreement=agreement_text())
            assert [path for path in (state, *state.iterdir()) if path.is_dir() and path.stat().st_mode & 0o077] == []
    finally:
        os.umask(before)
    (state / "keys" / "host").chmod(0o444)
    with pytest.raises(BadSetting, match="can be read by others"):
        host_key(state / "keys" / "host")


def test_it_answers_at_no_socket_in_somebody_elses_folder(tmp_path: Path) -> None:
    settings = read({"OPORA_GATEWAY_STATE": str(tmp_path / ("long" * 30) / "gateway")})
    short = settings.socket("ledger").parent
    assert short.parent == Path("/tmp")
    (tmp_path / "mine").mkdir(mode=0o755)
    short.symlink_to(tmp_path / "mine")
    try:
        with pytest.raises(BadSetting, match="belongs to somebody else"):
            make_folders(settings)
        with pytest.raises(BadSetting, match="belongs to somebody else"):
            settings.socket("ledger")
        with pytest.raises(Away, match="belongs to somebody else"):
            SocketGateway(settings.state).verifier_key()
        assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o755
    finally:
        short.unlink()


def test_a_caller_who_talks_nonsense_disturbs_nobody(tmp_path: Path) -> None:
    state = tmp_path / "gateway"
    with Running("ledger", state):
        path = read({"OPORA_GATEWAY_STATE": str(state)}).socket("ledger")
        for nonsense in (
            b"\xff\xfe\n",
            b"[]\n",
            b"null\n",
            b"{}\n",
            b'{"do":"head"}\n',
            b'{"do":"end","session":1}\n',
            b"{",
            b"[" * 200_000 + b"\n",
            b'{"do":' + b"[" * 200_000 + b"\n",
        ):
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(str(path))
                caller.sendall(nonsense)
                caller.shutdown(socket.SHUT_WR)
                answer = caller.recv(4096)
            assert answer == b"" or json.loads(answer)["ok"] is False
        assert asked(state, "ledger", do="checkpoint")["note"]


@pytest.mark.parametrize("name", ["ledger", "signer"])
def test_they_load_nothing_of_the_desk(name: str) -> None:
    package = {"ledger": "keeping", "signer": "signing"}[name]
    foreign = "[m for m in sys.modules if m.startswith(('django', 'opora.desk', 'psycopg'))]"
    asked = f"import sys, opora.gateway.{package}.program; print({foreign})"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
