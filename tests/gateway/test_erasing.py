"""Lawful erasure: the keys to what was typed go, the record stays and verifies; a record is only ever kept longer."""

import asyncio
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opora.config import cli
from opora.evidence import verify
from opora.evidence.frames import Kind, read_frames
from opora.evidence.journal import Journal
from opora.evidence.sealing import InputSeal, opened_by_customer
from opora.gateway.keeping.answering import Answering
from opora.gateway.keeping.bundling import make_bundle
from opora.gateway.keeping.keeper import Keeper
from opora.gateway.rounds import b64
from opora.gateway.settings import read
from opora.gateway.sockets import Refused, ask
from tests.evidence.recording import CLARA, HOLDERS, public
from tests.gateway.processes import Running
from tests.gateway.recordings import Worked, agreement_text, digest_of, keeper_in

AGREED = agreement_text()
DIGEST = digest_of(AGREED)
SESSION = bytes(range(16))


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = keeper_in(tmp_path)
    keeper.agree(AGREED)
    yield keeper
    keeper.close()


@pytest.fixture
def journal(keeper: Keeper) -> Iterator[Journal]:
    journal = Journal(keeper.places.journals / "1.journal")
    yield journal
    journal.close()


def typed(journal: Journal) -> Worked:
    """A session in which a password was typed, sealed to Clara and two holders; not ended yet."""
    seal = InputSeal(SESSION)
    worked = Worked(journal, DIGEST, keys=seal.wrapped_for(public(CLARA), (public(HOLDERS[0]), public(HOLDERS[1]))))
    worked.add(Kind.INPUT, seal.seal(1, b"hunter2\r"))
    return worked


def read_by_clara(bundle: str) -> bytes:
    """What she can open of what was typed."""
    with zipfile.ZipFile(bundle) as archive:
        seal = opened_by_customer(json.loads(archive.read("keys.json")), CLARA)
        frames = read_frames(archive.read("session.frames"))
    return b"".join(seal.unseal(frame.seq, frame.payload) for frame in frames if frame.kind is Kind.INPUT)


def test_what_was_typed_is_gone_and_the_record_verifies_as_before(
    keeper: Keeper, journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper.end(typed(journal).end(), agreement=DIGEST, reason="exit")
    before = make_bundle(keeper, SESSION)["path"]
    assert read_by_clara(before) == b"hunter2\r"
    assert keeper.erase(SESSION, by="Oleg", why="Clara asked for it.") == {}
    assert not Path(before).exists() and not keeper.places.input_keys(SESSION.hex()).exists()
    after = make_bundle(keeper, SESSION, path=tmp_path / "after.zip")["path"]
    with zipfile.ZipFile(after) as archive:
        assert "keys.json" not in archive.namelist()
    assert verify.main([after, "--key", keeper.signer.verifier_key]) == 0
    assert "or destroyed" in capsys.readouterr().out
    told = [json.loads(keeper.log.entry(n)) for n in range(len(keeper.log))]
    [erased] = [entry for entry in told if entry["kind"] == "erased"]
    assert (erased["session"], erased["by"], erased["why"]) == (SESSION.hex(), "Oleg", "Clara asked for it.")


def test_it_erases_once_and_finishes_what_a_crash_left(keeper: Keeper, journal: Journal, tmp_path: Path) -> None:
    worked = typed(journal)
    keeper.end(worked.end(), agreement=DIGEST, reason="exit")
    keeper.erase(SESSION, by="Oleg", why="Asked.")
    entries = len(keeper.log)
    assert worked.keys is not None
    keeper.places.input_keys(SESSION.hex()).write_bytes(worked.keys)  # as if killed between the log and the file
    again = keeper_in(tmp_path)
    again.erase(SESSION, by="Oleg", why="Asked.")
    assert (len(again.log), again.places.input_keys(SESSION.hex()).exists()) == (entries, False)
    again.close()


def test_a_session_that_runs_keeps_its_keys(keeper: Keeper, journal: Journal) -> None:
    typed(journal)
    keeper.begin(SESSION, DIGEST)
    with pytest.raises(Refused, match="no ended session"):
        keeper.erase(SESSION, by="Oleg", why="Asked.")
    assert keeper.places.input_keys(SESSION.hex()).exists()


def test_nobody_erases_without_a_name_and_a_reason(keeper: Keeper, journal: Journal) -> None:
    keeper.end(typed(journal).end(), agreement=DIGEST, reason="exit")
    for missing in ({"by": " ", "why": "Asked."}, {"by": "Oleg", "why": ""}):
        with pytest.raises(ValueError, match="must be said"):
            asyncio.run(Answering(keeper)({"do": "erase", "session": SESSION.hex(), **missing}))
    with pytest.raises(Refused):
        keeper.enter({"kind": "erased", "session": SESSION.hex()})
    assert keeper.places.input_keys(SESSION.hex()).exists()


def test_the_commands_ask_the_running_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "gateway"
    monkeypatch.setenv("OPORA_GATEWAY_STATE", str(state))
    with Running("ledger", state):
        path = read({"OPORA_GATEWAY_STATE": str(state)}).socket("ledger")
        asyncio.run(ask(path, {"do": "agree", "agreement": AGREED}, seconds=30))
        journal = Journal(state / "journals" / "1.journal")
        head = typed(journal).end()
        ending = {"session": SESSION.hex(), "frames": head.frames, "size": head.size, "head": b64(head.head)}
        ended = asyncio.run(ask(path, {"do": "end", "agreement": DIGEST, "reason": "exit", **ending}, seconds=30))
        late, early = (datetime.fromtimestamp(ended["keep_until"] / 1e9, UTC) + timedelta(days=n) for n in (9, -9))
        named = [SESSION.hex(), "--by", "Oleg"]
        assert cli.main(["record", "keep", *named, "--until", f"{late:%Y-%m-%d}"]) == 0
        assert cli.main(["record", "keep", *named, "--until", f"{early:%Y-%m-%d}"]) == 1
        assert "only ever extended" in capsys.readouterr().err
        assert cli.main(["record", "keep", *named, "--until", "soon"]) == 2
        assert cli.main(["record", "erase-input", *named, "--why", "Clara asked."]) == 0
        assert "the record stays" in capsys.readouterr().err
        journal.close()
    assert not list((state / "journals").glob("*.keys.json"))
    assert cli.main(["record", "erase-input", *named, "--why", "Again."]) == 1
    assert "does not answer" in capsys.readouterr().err
