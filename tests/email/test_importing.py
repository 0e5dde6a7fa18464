"""`opora mail import`: every message found has an outcome, and nothing is changed where it lay."""

import io
import json
import mailbox
from pathlib import Path

import pytest

from opora.desk.channels.email.importing import run_import
from opora.desk.channels.email.models import RawLetter
from tests.cast import Cast
from tests.email.letters import CORPUS, letter


def imported(*paths: Path) -> tuple[int, list[dict[str, str]]]:
    out = io.StringIO()
    code = run_import([str(path) for path in paths], as_json=True, out=out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def numbered(number: int) -> bytes:
    return letter(f"From the beginning, number {number}\nFrom now on\n", message_id=f"{number}@bakery.example")


def test_it_takes_a_folder_of_files_and_says_what_became_of_each(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.eml").write_bytes(numbered(1))
    (tmp_path / "deep" / "b.eml").write_bytes(numbered(1))
    (tmp_path / "deep" / "c").write_bytes(b"Subject: no sender\n\nwords")
    code, lines = imported(tmp_path)
    assert code == 0
    assert [(Path(line["file"]).name, line["outcome"]) for line in lines] == [
        ("a.eml", "opened"),
        ("b.eml", "duplicate"),
        ("c", "quarantined"),
    ]
    assert lines[0]["ticket"] == lines[1]["ticket"] != ""


def test_it_takes_an_mbox(cast: Cast, tmp_path: Path) -> None:
    box = mailbox.mbox(str(tmp_path / "box"))
    for number in range(3):
        box.add(numbered(number))
    box.close()
    before = (tmp_path / "box").read_bytes()
    _, lines = imported(tmp_path / "box")
    assert [line["outcome"] for line in lines] == ["opened"] * 3
    assert lines[2]["file"].endswith("box#3")
    assert b"\nFrom now on" in bytes(RawLetter.objects.earliest("pk").raw)
    assert (tmp_path / "box").read_bytes() == before


def test_it_takes_a_maildir(cast: Cast, tmp_path: Path) -> None:
    box = mailbox.Maildir(str(tmp_path / "Maildir"))
    for number in range(3):
        box.add(numbered(number))
    _, lines = imported(tmp_path / "Maildir")
    assert [line["outcome"] for line in lines] == ["opened"] * 3


def test_it_says_which_path_is_not_there(cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.eml").write_bytes(numbered(1))
    code, lines = imported(tmp_path / "gone", tmp_path / "a.eml")
    assert code == 1 and len(lines) == 1
    assert "gone: no such file" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the mail corpus is not at {CORPUS}")
def test_it_takes_every_letter_of_the_corpus_and_loses_none(cast: Cast) -> None:
    paths = [
        CORPUS / case["raw_path"]
        for case in map(json.loads, (CORPUS / "manifest.jsonl").read_text().splitlines())
        if case["kind"] == "rfc822"
    ]
    code, lines = imported(*paths)
    assert code == 0 and len(paths) > 350
    seen = {line["file"].partition("#")[0] for line in lines}
    assert seen == {str(path) for path in paths}
    assert all(line["outcome"] for line in lines)
    assert RawLetter.objects.count() == len(lines)
    assert not RawLetter.objects.exclude(error="").exists(), list(
        RawLetter.objects.exclude(error="").values("source", "error")
    )
