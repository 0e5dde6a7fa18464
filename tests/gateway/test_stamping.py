"""The ledger has its checkpoints stamped by a third party: at a session's end, again while it grows, and never in the way."""

import asyncio
import json
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from opora.config import cli
from opora.evidence import verify
from opora.evidence.journal import Journal
from opora.evidence.stamps import prove
from opora.gateway.keeping import stamping
from opora.gateway.keeping.bundling import make_bundle
from opora.gateway.keeping.keeper import Keeper
from opora.gateway.keeping.stamping import Stamper, stamps
from opora.gateway.settings import BadSetting, read
from opora.gateway.sockets import ask
from tests.evidence.authority import TimeStamps, authority
from tests.gateway.processes import Running
from tests.gateway.recordings import Worked, agreement_text, digest_of, keeper_in

__all__ = ["authority"]
AGREED = agreement_text()


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = keeper_in(tmp_path / "ledger")
    keeper.agree(AGREED)
    yield keeper
    keeper.close()


@pytest.fixture
def journal(keeper: Keeper) -> Iterator[Journal]:
    journal = Journal(keeper.places.journals / "1.journal")
    yield journal
    journal.close()


def test_a_sessions_end_is_stamped_and_its_bundle_proves_when(
    keeper: Keeper, journal: Journal, authority: TimeStamps, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with authority.served() as url:
        stamper = Stamper(keeper, url, authority.roots)
        assert stamper.look() and not stamper.look()
        worked = ended(keeper, journal)
        assert stamper.look()
        covered = len(keeper.log)
        keeper.enter({"kind": "view", "session": worked, "by": "Clara"})
        assert not stamper.look(), "a view waits for the hour"
    assert stamps(keeper)[-1] == covered and authority.asked == 2
    made = make_bundle(keeper, bytes.fromhex(worked), path=tmp_path / "T-1042.zip")
    assert made["checkpoint"].split("\n")[1] == str(covered)
    assert cli.main(["verify", made["path"], "--key", keeper.signer.verifier_key, "--tsa", str(authority.roots)]) == 0
    assert "stamped by a third party" in capsys.readouterr().out


def ended(keeper: Keeper, journal: Journal) -> str:
    """Let a session be worked and ended; returns its name."""
    worked = Worked(journal, digest_of(AGREED))
    keeper.end(worked.end(), agreement=digest_of(AGREED), reason="exit")
    return worked.session.hex()


def test_a_session_whose_end_is_not_stamped_yet_has_a_bundle_all_the_same(
    keeper: Keeper, journal: Journal, authority: TimeStamps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.away = True
    with authority.served() as url:
        stamper = Stamper(keeper, url, authority.roots)
        worked = ended(keeper, journal)
        assert not stamper.look()
        made = make_bundle(keeper, bytes.fromhex(worked), path=tmp_path / "early.zip")
        with zipfile.ZipFile(made["path"]) as archive:
            assert "checkpoint.tsr" not in archive.namelist()
        assert verify.main([made["path"]]) == 0
        authority.away = False
        assert not stamper.look(), "it does not knock again at once"
        monkeypatch.setattr(stamping, "AGAIN", 0.0)
        assert stamper.look()
    made = make_bundle(keeper, bytes.fromhex(worked), path=tmp_path / "later.zip")
    with zipfile.ZipFile(made["path"]) as archive:
        note = json.loads(archive.read("log.json"))["checkpoint"].encode()
        assert prove(archive.read("checkpoint.tsr"), note, authority.roots.read_bytes())


def test_a_reply_that_proves_nothing_is_not_kept(keeper: Keeper, authority: TimeStamps, tmp_path: Path) -> None:
    stranger = TimeStamps(tmp_path / "stranger")
    with stranger.served() as url:
        assert not Stamper(keeper, url, authority.roots).look()
    assert (stranger.asked, stamps(keeper)) == (1, [])


@pytest.mark.parametrize("said", [b"", b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
def test_a_server_that_talks_rubbish_stops_nothing(keeper: Keeper, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            caller, _ = server.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(said)

        threading.Thread(target=answer, daemon=True).start()
        assert not Stamper(keeper, f"http://127.0.0.1:{server.getsockname()[1]}/", None).look()
    assert stamps(keeper) == []


def test_the_ledger_stamps_while_it_runs(authority: TimeStamps, tmp_path: Path) -> None:
    state = tmp_path / "gateway"
    with authority.served() as url:
        told = {"OPORA_TIMESTAMP_URL": url, "OPORA_TIMESTAMP_ROOTS": str(authority.roots)}
        with Running("ledger", state, told):
            path = read({"OPORA_GATEWAY_STATE": str(state)}).socket("ledger")
            asyncio.run(ask(path, {"do": "agree", "agreement": AGREED}, seconds=30))
            end = time.monotonic() + 60
            while not list((state / "stamps").glob("*.tsr")):
                assert time.monotonic() < end, "no stamp within a minute"
                time.sleep(0.1)
    [reply] = (state / "stamps").glob("*.tsr")
    assert prove(reply.read_bytes(), reply.with_suffix(".note").read_bytes(), authority.roots.read_bytes())


def test_it_asks_nobody_but_over_http() -> None:
    with pytest.raises(BadSetting, match="must begin with http"):
        read({"OPORA_TIMESTAMP_URL": "file:///etc/passwd"})
