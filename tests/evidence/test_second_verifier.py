"""Two verifiers, one document: whole, broken or beyond checking, they say the same and name the same frame."""

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opora.evidence import verify
from opora.evidence.frames import Kind, canonical
from tests.evidence.recording import SECOND, SIGNER, STARTED, STRANGER, Recording, short_session
from tests.evidence.second_verifier import check

VECTOR = Path(__file__).resolve().parents[2] / "docs" / "evidence" / "vector.zip"


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def both(path: Path, capsys: pytest.CaptureFixture[str], key: str | None = None) -> tuple[int, int | None]:
    """The one verdict of both. Fails where they differ."""
    code = verify.main([str(path), *(["--key", key] if key else [])])
    named = re.search(r"^BAD   frame (\d+)", capsys.readouterr().out, re.M)
    second = check(path.read_bytes(), key)
    assert second[0] == code, (second, code)
    if named and second[1] is not None:
        assert second[1] == int(named[1])
    return second


def test_they_find_the_vector_whole(capsys: pytest.CaptureFixture[str]) -> None:
    key = VECTOR.with_suffix(".key").read_text(encoding="utf-8").strip()
    assert both(VECTOR, capsys, key) == (0, None)


def test_they_take_a_receipt(tmp_path: Path) -> None:
    recording = short_session()
    bundle = recording.bundled(tmp_path).read_bytes()
    assert check(bundle, receipt=recording.heads[0]) == (0, None)
    other = Recording()
    other.add(Kind.OUTPUT, b"another story")
    assert check(bundle, receipt=other.sign_head()) == (1, 1)


def test_they_refuse_the_same_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late, unended, unsigned, long_after = Recording(), Recording(), Recording(), short_session()
    late.add(Kind.INPUT, b"late", wall_ns=STARTED + 7200 * SECOND)
    late.end()
    unended.add(Kind.OUTPUT, b"...")
    unended.sign_head()
    unsigned.sign_head()
    unsigned.add(Kind.END, canonical({"frames": 1, "size": unsigned.chain.size, "reason": "exit"}))
    long_after.add(Kind.OUTPUT, b"after the end")
    long_after.sign_head()
    foreign = short_session()
    foreign.signer = STRANGER
    foreign.sign_head()
    for name, recording in {"late": late, "unended": unended, "unsigned": unsigned, "after": long_after}.items():
        (tmp_path / name).mkdir()
        assert both(recording.bundled(tmp_path / name), capsys)[0] == 1, name
    (tmp_path / "foreign").mkdir()
    assert both(foreign.bundled(tmp_path / "foreign"), capsys, SIGNER.verifier_key)[0] == 1


def test_they_say_when_they_cannot_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = unpacked(short_session().bundled(tmp_path))
    (tmp_path / "none.zip").write_bytes(b"no bundle at all")
    assert both(tmp_path / "none.zip", capsys) == (2, None)
    assert both(packed(tmp_path / "key.zip", {**files, "key.txt": b"no key at all\n"}), capsys) == (2, None)
    for name in ("agreement.json", "heads.notes", "log.json", "session.cast", "session.frames"):
        without = {told: content for told, content in files.items() if told != name}
        assert both(packed(tmp_path / "without.zip", without), capsys) == (1, None)
    erased = {told: content for told, content in files.items() if told != "keys.json"}
    assert both(packed(tmp_path / "erased.zip", erased), capsys) == (0, None)


CHECKED = ("agreement.json", "heads.notes", "key.txt", "keys.json", "log.json", "session.cast", "session.frames")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([*CHECKED, "session.frames", "session.frames"]),
    place=st.integers(0, 1 << 20),
    bit=st.integers(0, 7),
)
def test_they_agree_on_every_flip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, place: int, bit: int
) -> None:
    files = unpacked(VECTOR)
    content = bytearray(files[name])
    content[place % len(content)] ^= 1 << bit
    assert both(packed(tmp_path / "flipped.zip", {**files, name: bytes(content)}), capsys)[0] in {1, 2}


SPARE = (
    *(("key.txt", 74, 0), ("heads.notes", 222, 1), ("log.json", 395, 1), ("log.json", 782, 0)),
    *(("log.json", 442, 0), ("log.json", 442, 1), ("log.json", 829, 0), ("log.json", 829, 1)),
)
"""(file, byte, bit) of the vector where a change leaves the same bytes behind base64, or the same line to a careless reader."""


@pytest.mark.parametrize(("name", "place", "bit"), SPARE)
def test_no_bit_is_spare(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, place: int, bit: int) -> None:
    files = unpacked(VECTOR)
    content = bytearray(files[name])
    content[place] ^= 1 << bit
    assert both(packed(tmp_path / "flipped.zip", {**files, name: bytes(content)}), capsys)[0] in {1, 2}


def spelled_otherwise(files: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Bundles whose content is as it was, and whose spelling is not."""
    heads, line, log = files["heads.notes"], files["key.txt"], files["log.json"]
    backwards = b"\n\n".join(note + b"\n" for note in reversed(heads[:-1].split(b"\n\n\n")))
    return {
        "no last line feed of the heads": {"heads.notes": heads[:-1]},
        "one line feed more": {"heads.notes": heads + b"\n"},
        "heads out of order": {"heads.notes": backwards},
        "a line that is no signature": {"heads.notes": heads + b"anything\n"},
        "a key without its line feed": {"key.txt": line[:-1]},
        "a key with a space": {"key.txt": line[:-1] + b" \n"},
        "an index that is no number": {"log.json": log.replace(b'"index":1,', b'"index":true,')},
        "an entry that is no text": {"log.json": log.replace(b'"entry":"', b'"entry":5,"else":"', 1)},
    }


def test_they_take_one_spelling_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = unpacked(VECTOR)
    for name, changed in spelled_otherwise(files).items():
        assert all(files[part] != content for part, content in changed.items()), name
        assert both(packed(tmp_path / "other.zip", {**files, **changed}), capsys)[0] in {1, 2}, name


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, 1 << 20), last=st.integers(0, 1 << 20), more=st.binary(max_size=60))
def test_they_agree_on_every_cut_and_insertion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], first: int, last: int, more: bytes
) -> None:
    files = unpacked(VECTOR)
    whole = files["session.frames"]
    first, last = sorted((first % len(whole), last % len(whole)))
    changed = whole[:first] + more + whole[last:]
    code = both(packed(tmp_path / "cut.zip", {**files, "session.frames": changed}), capsys)[0]
    assert code == (0 if changed == whole else 1)


def test_they_agree_about_a_time_stamp(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = unpacked(short_session().bundled(tmp_path))
    note = json.loads(files["log.json"])["checkpoint"].encode()
    for stamp, code in ((b"..." + hashlib.sha256(note).digest(), 0), (hashlib.sha256(note[:-1]).digest(), 1)):
        assert both(packed(tmp_path / "with.zip", {**files, "checkpoint.tsr": stamp}), capsys)[0] == code


def test_nothing_can_be_put_in_beside_what_is_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = unpacked(short_session().bundled(tmp_path))
    log = json.loads(files["log.json"])
    signature = files["heads.notes"].rpartition(b"\n\n")[2]
    for name, forged in (
        ("log.json", canonical({**log, "more": 1})),
        ("log.json", canonical({**log, "entries": [{**entry, "more": 1} for entry in log["entries"]]})),
        ("heads.notes", files["heads.notes"] + signature),
    ):
        assert both(packed(tmp_path / "more.zip", {**files, name: forged}), capsys)[0] == 1
