"""The verifier: what holds, what does not and where; as a function, as a command, and alone from inside the bundle."""

import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from opora.config import cli
from opora.evidence import verify
from opora.evidence.frames import Chain, Kind, canonical, read_frames
from opora.evidence.notes import SessionHead
from tests.evidence.recording import SECOND, SESSION, SIGNER, STARTED, STRANGER, Recording, short_session


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return short_session().bundled(tmp_path)


def verdict(path: Path, *more: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = verify.main([str(path), *more])
    return code, capsys.readouterr().out


def rewritten(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Return the path of a copy in which one file was changed."""
    forged = path.with_name("forged.zip")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(forged, "w") as copy:
        for told in archive.namelist():
            content = archive.read(told)
            copy.writestr(told, change(content) if told == name else content)
    return forged


def test_it_says_what_held(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = verdict(whole, "--key", SIGNER.verifier_key, capsys=capsys)
    assert code == 0
    assert "12 frames" in said
    assert "key yours" in said
    assert said.rstrip().endswith("The record is whole and unchanged.")


def test_it_is_a_command_of_the_program(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", str(whole), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["exit"], len(told["held"])) == (0, 6)


def test_it_says_when_the_key_came_with_the_bundle(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "give --key to prove whose it is" in verdict(whole, capsys=capsys)[1]


def test_it_takes_the_key_from_a_file(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "provider.key").write_text(SIGNER.verifier_key + "\n")
    assert verdict(whole, "--key", str(tmp_path / "provider.key"), capsys=capsys)[0] == 0


def test_it_runs_alone_from_inside_the_bundle(whole: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(whole) as archive:
        alone = Path(archive.extract("verify.py", tmp_path / "alone"))
    told = subprocess.run(
        [sys.executable, "-I", "-S", alone, whole], capture_output=True, text=True, check=False, cwd=alone.parent
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert "The record is whole" in told.stdout


def test_it_names_the_first_bad_frame(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forged = rewritten(whole, "session.frames", lambda frames: frames.replace(b"Filesystem", b"Filesystim"))
    code, said = verdict(forged, capsys=capsys)
    assert code == 1
    assert "BAD   frame 3, byte" in said


def test_it_refuses_a_record_signed_by_a_stranger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forged = Recording(signer=STRANGER)
    forged.end()
    code, said = verdict(forged.bundled(tmp_path), "--key", SIGNER.verifier_key, capsys=capsys)
    assert (code, "another key than yours" in said) == (1, True)


def test_it_refuses_a_shortened_record_even_with_an_end_of_its_own(whole: Path, tmp_path: Path) -> None:
    """Whoever holds the disk can chain anew; the signed heads say how much there was."""
    with zipfile.ZipFile(whole) as archive:
        frames = list(read_frames(archive.read("session.frames")))
    chain = Chain(SESSION, short_session().digest)
    again = [chain.link(f.kind, f.payload, mono_ns=f.mono_ns, wall_ns=f.wall_ns) for f in frames[:3]]
    end = canonical({"frames": 3, "size": chain.size, "reason": "exit"})
    again.append(chain.link(Kind.END, end, mono_ns=9 * SECOND, wall_ns=STARTED + 9 * SECOND))
    forged = rewritten(whole, "session.frames", lambda _: b"".join(again))
    assert verify.main([str(forged)]) == 1


def test_it_refuses_what_was_typed_outside_the_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = Recording()
    recording.add(Kind.INPUT, b"late", wall_ns=STARTED + 7200 * SECOND)
    recording.end()
    code, said = verdict(recording.bundled(tmp_path), capsys=capsys)
    assert (code, "frame 1: typed outside the agreed window" in said) == (1, True)


def test_it_refuses_a_record_without_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = Recording()
    recording.sign_head()
    code, said = verdict(recording.bundled(tmp_path), capsys=capsys)
    assert (code, "no end was written" in said) == (1, True)


def test_it_refuses_heads_that_do_not_reach_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = short_session()
    code, said = verdict(recording.bundled(tmp_path, heads=recording.heads[:1]), capsys=capsys)
    assert (code, "cover 5 of 12 frames" in said) == (1, True)


def test_it_refuses_a_log_without_this_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = verdict(short_session().bundled(tmp_path, entries=[1]), capsys=capsys)
    assert (code, "does not hold the end of this session" in said) == (1, True)


@pytest.mark.parametrize("name", verify.WANTED)
def test_it_refuses_a_bundle_that_lacks_a_part(whole: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    lacking = whole.with_name("lacking.zip")
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(lacking, "w") as copy:
        for told in archive.namelist():
            if told != name:
                copy.writestr(told, archive.read(told))
    code, said = verdict(lacking, capsys=capsys)
    assert (code, f"the bundle lacks {name}" in said) == (1, True)


@pytest.mark.parametrize("name", ["agreement.json", "heads.notes", "log.json", "session.cast", "keys.json"])
def test_it_finds_any_change_of_a_signed_part(whole: Path, name: str) -> None:
    dice = random.Random(name)
    with zipfile.ZipFile(whole) as archive:
        size = len(archive.read(name))
    for at in dice.sample(range(size - 1), 12):
        flipped = rewritten(whole, name, lambda content, at=at: _flip(content, at, 1 << dice.randrange(7)))
        assert verify.main([str(flipped)]) == 1, (name, at)


def _flip(content: bytes, at: int, bit: int) -> bytes:
    return content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]


def test_it_finds_every_flipped_bit_of_the_frames() -> None:
    """Every bit of a whole record, one at a time."""
    recording = short_session()
    frames = b"".join(recording.frames)
    for at in range(len(frames)):
        for bit in range(8):
            with pytest.raises(verify.Bad):
                verify.walk(_flip(frames, at, 1 << bit), recording.digest)


def test_it_finds_removed_doubled_swapped_and_cut_frames() -> None:
    recording = short_session()
    parts = recording.frames
    tampered = []
    for n in range(len(parts)):
        tampered += [parts[:n] + parts[n + 1 :], parts[: n + 1] + parts[n:]]
        tampered += [parts[:n] + parts[n : n + 2][::-1] + parts[n + 2 :]] if n + 1 < len(parts) else []
        tampered += [[*parts[:n], parts[n][:cut]] for cut in range(0, len(parts[n]), 7)]
    for forged in tampered:
        with pytest.raises(verify.Bad):
            verify.walk(b"".join(forged), recording.digest)


def test_it_holds_a_receipt_against_the_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording, kept = short_session(), tmp_path / "receipt.note"
    kept.write_text(recording.heads[0])
    code, said = verdict(recording.bundled(tmp_path), "--receipt", str(kept), capsys=capsys)
    assert (code, "the first 5 frames are those you saw" in said) == (0, True)


def test_it_refuses_a_record_that_is_not_what_the_receipt_saw(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even the provider, with its key, cannot replace what a customer's browser was given a signed head of."""
    kept = tmp_path / "receipt.note"
    kept.write_text(SIGNER.sign(SessionHead(SESSION, 5, 1, bytes(32)).text()))
    code, said = verdict(whole, "--receipt", str(kept), capsys=capsys)
    assert (code, "the head signed at that moment was another" in said) == (1, True)


def test_it_does_not_need_the_keys_that_were_destroyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = verdict(short_session().bundled(tmp_path, keys=None), capsys=capsys)
    assert (code, "the chain does not need them" in said) == (0, True)


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_it_says_when_it_cannot_check(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(content)
    code, said = verdict(path, capsys=capsys)
    assert code == (1 if content.startswith(b"PK") else 2)
    assert "BAD" in said or "could not be checked" in said


def test_it_says_when_there_is_no_bundle_or_receipt(tmp_path: Path, whole: Path) -> None:
    assert verify.main([str(tmp_path / "none.zip")]) == 2
    with pytest.raises(SystemExit) as left:
        verify.main([str(whole), "--receipt", str(tmp_path / "none.note")])
    assert left.value.code == 2


def test_it_writes_the_same_bundle_from_the_same_record(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    recording = short_session()
    assert recording.bundled(tmp_path / "one").read_bytes() == recording.bundled(tmp_path / "two").read_bytes()


VECTOR = Path(__file__).resolve().parents[2] / "docs" / "evidence"


def test_it_agrees_with_the_published_vector() -> None:
    with zipfile.ZipFile(VECTOR / "vector.zip") as archive:
        frames = archive.read("session.frames")
    listed = "".join(f"{frame.seq} {chr(frame.kind)} {frame.digest.hex()}\n" for frame in read_frames(frames))
    assert (VECTOR / "vector.txt").read_text() == listed
    assert verify.main([str(VECTOR / "vector.zip"), "--key", str(VECTOR / "vector.key")]) == 0
