"""Time stamps of a third party: a real authority's stamp proves the moment, and nothing else does."""

import hashlib
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opora.config import cli
from opora.evidence import verify
from opora.evidence.ledger import Ledger
from opora.evidence.stamps import Question, Unproven, prove, read
from tests.evidence.authority import TimeStamps, authority
from tests.evidence.recording import SIGNER, Recording, short_session

__all__ = ["authority"]
NOTE = b"opora.example/log\n7\nAAAA\n\n\xe2\x80\x94 opora.example/ledger BBBB\n"


def test_a_stamp_tells_the_moment_to_whoever_has_the_authoritys_root(authority: TimeStamps) -> None:
    question = Question.about(NOTE)
    reply = authority.reply(question.sent())
    at = question.answered(reply, authority.roots.read_bytes())
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)
    assert read(reply, NOTE) == prove(reply, NOTE, authority.roots.read_bytes()) == at


def test_a_stamp_of_something_else_an_old_one_or_a_strangers_is_refused(authority: TimeStamps, tmp_path: Path) -> None:
    question = Question.about(NOTE)
    reply, roots = authority.reply(question.sent()), authority.roots.read_bytes()
    with pytest.raises(Unproven, match="something else"):
        read(reply, NOTE + b"x")
    with pytest.raises(Unproven, match="Mismatch"):
        prove(reply, NOTE + b"x", roots)
    with pytest.raises(Unproven, match="another question"):
        Question.about(NOTE).answered(reply)
    with pytest.raises(Unproven):
        question.answered(reply, TimeStamps(tmp_path / "stranger").roots.read_bytes())
    with pytest.raises(Unproven, match="no time stamp"):
        question.answered(b"<html>", roots)


def test_no_bit_of_what_the_authority_signed_can_be_flipped(authority: TimeStamps) -> None:
    """Some bits carry nothing, such as those of the reply's own frame; the moment proven is then the same."""
    question = Question.about(NOTE)
    reply, roots = authority.reply(question.sent()), authority.roots.read_bytes()
    at = prove(reply, NOTE, roots)
    refused = 0
    for place in range(0, len(reply), 3):
        flipped = bytearray(reply)
        flipped[place] ^= 1 << place % 8
        try:
            assert prove(bytes(flipped), NOTE, roots) == at, place
        except Unproven:
            refused += 1
    assert refused > len(reply) // 3 * 0.8


def stamped(folder: Path, authority: TimeStamps) -> Path:
    """Return a bundle whose checkpoint was stamped."""
    recording: Recording = short_session()
    ledger = Ledger(folder / "log-first", "opora.example/log")
    ledger.append({"kind": "certificate", "serial": 1})
    note = recording.sources(ledger).checkpoint.encode()
    ledger.close()
    return recording.bundled(folder, time_stamp=authority.reply(Question.about(note).sent()))


def test_the_bundles_own_verifier_names_the_stamp_and_how_to_prove_it(
    authority: TimeStamps, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = stamped(tmp_path, authority)
    assert verify.main([str(bundle), "--key", SIGNER.verifier_key]) == 0
    said = capsys.readouterr().out
    assert "not proven here" in said
    with zipfile.ZipFile(bundle) as archive:
        (tmp_path / "checkpoint.tsr").write_bytes(archive.read("checkpoint.tsr"))
    digest = said.partition("-digest ")[2][:64]
    assert authority.verifies(digest, tmp_path / "checkpoint.tsr")
    assert not authority.verifies(hashlib.sha256(b"another").hexdigest(), tmp_path / "checkpoint.tsr")


def test_opora_verify_proves_the_stamp_by_the_authoritys_root(
    authority: TimeStamps, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = stamped(tmp_path, authority)
    assert cli.main(["verify", str(bundle), "--tsa", str(authority.roots)]) == 0
    assert f"{datetime.now(UTC):%Y-%m-%d}" in capsys.readouterr().out
    assert cli.main(["verify", str(bundle), "--tsa", str(TimeStamps(tmp_path / "stranger").roots)]) == 1
    assert "proves nothing" in capsys.readouterr().out
    assert cli.main(["verify", str(bundle), "--tsa", str(tmp_path / "missing.pem")]) == 2
    capsys.readouterr()
    plain = short_session()
    (tmp_path / "plain").mkdir()
    assert cli.main(["verify", str(plain.bundled(tmp_path / "plain")), "--tsa", str(authority.roots)]) == 1
    assert "holds no time stamp" in capsys.readouterr().out


def test_a_stamp_of_another_checkpoint_is_no_stamp(
    authority: TimeStamps, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = authority.reply(Question.about(NOTE).sent())
    bundle = short_session().bundled(tmp_path, time_stamp=reply)
    assert verify.main([str(bundle)]) == 1
    assert "stamps something else" in capsys.readouterr().out
    assert cli.main(["verify", str(bundle), "--tsa", str(authority.roots)]) == 1
