"""`opora mail parse`: what the desk understands of a letter, told as JSON, without a database."""

import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opora.desk.channels.email.explaining import explain, run_parse
from opora.desk.channels.email.understanding import Reader, TooHard
from tests.email.letters import letter

KEYS = (
    "subject from to cc date message_id in_reply_to references text html reply_text quoted_text attachments automatic bounce "
    "forwarded signed encrypted calendar authentication defects"
)


def told(*paths: Path, bare: bool = False, border: tuple[str, ...] = ()) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = run_parse([str(path) for path in paths], as_json=True, bare=bare, border=border, out=out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_it_tells_a_letter_as_one_object_with_these_keys(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(
        letter("Thanks!\n\nOn Mon, 14 Sep 2026 09:00, Support <s@o.example> wrote:\n> Hello\n", in_reply_to="<a@b>")
    )
    code, [facts] = told(path)
    assert code == 0
    assert " ".join(facts) == KEYS
    assert facts["from"] == {"email": "clara@bakery.example", "name": "Clara Berg"}
    assert facts["to"] == [{"email": "support@opora.example", "name": ""}]
    assert facts["date"] == "2026-09-14T07:00:00+00:00"
    assert facts["message_id"] == "one@bakery.example" and facts["in_reply_to"] == ["a@b"]
    assert facts["reply_text"] == "Thanks!" and facts["quoted_text"].endswith("> Hello")
    assert facts["automatic"] == {"is": False, "why": ""}
    assert facts["bounce"] == {"is": False, "kind": "", "status": "", "recipients": []}
    assert facts["forwarded"] is None and facts["calendar"] is None
    assert facts["signed"] is False and facts["encrypted"] is False


def test_it_tells_of_files_by_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    csv = b"Content-Type: text/csv; name=a.csv\n\nabc\n"
    path.write_bytes(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n" + csv + b"--b--\n")
    _, [facts] = told(path)
    [file] = facts["attachments"]
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file == {"name": "a.csv", "type": "text/csv", "size": 3, "sha256": sha256, "inline": False, "content_id": ""}


def test_it_believes_the_stamp_of_our_own_border_only() -> None:
    stamp = "{}; dmarc=pass header.from=bakery.example; dkim=pass header.d=bakery.example; spf=softfail smtp.mailfrom=x@y.example"
    raw = letter(authentication_results=stamp.format("mx.opora.example"))
    assert explain(raw, border=["mx.opora.example"])["authentication"] == {
        "dmarc": "pass",
        "dkim": "pass",
        "spf": "fail",
        "by": "mx.opora.example",
    }
    nobody = {"dmarc": "unknown", "dkim": "unknown", "spf": "unknown", "by": ""}
    assert explain(raw)["authentication"] == nobody
    assert explain(raw, border=["mx.other.example"])["authentication"] == nobody


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        ("Спасибо!\n\n14.09.2026 12:00, Поддержка пишет:\n> x", "Спасибо!"),
        ("<div>Thanks!</div><blockquote>On it</blockquote>", "Thanks!"),
        ("", ""),
    ],
)
def test_it_cuts_a_bare_body(tmp_path: Path, body: str, reply: str) -> None:
    path = tmp_path / "body.txt"
    path.write_text(body)
    _, [facts] = told(path, bare=True)
    assert facts["reply_text"] == reply and " ".join(facts) == KEYS


def test_it_says_which_file_is_missing_and_tells_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(letter())
    code, facts = told(tmp_path / "none.eml", tmp_path, path)
    assert code == 2 and len(facts) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "none.eml: No such file or directory" in said[0]


def test_it_is_a_command_that_needs_no_database() -> None:
    command = [sys.executable, "-m", "opora.config.cli", "mail", "parse", "-", "--json"]
    done = subprocess.run(command, input=letter(subject="Привет"), capture_output=True, check=True, env={"PATH": ""})
    assert json.loads(done.stdout)["subject"] == "Привет"
    assert done.stderr == b""


def test_it_ends_a_reading_that_takes_too_much_memory_and_reads_the_next() -> None:
    reader = Reader(memory=0)
    with pytest.raises(TooHard):
        reader.read(letter("words " * 300_000))
    reader = Reader()
    assert reader.read(letter()).subject == "The shop is slow"
    reader.close()
    assert reader.read(letter()).subject == "The shop is slow"
    reader.close()


PARENT = """
import os, signal, sys, threading
from opora.desk.channels.email.understanding import Reader
reader = Reader()
reader.read(b"Subject: x\\n\\nx")
reader._line.send((open(sys.argv[1], "rb").read(), False))
print(reader._child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_child_ends_without_a_word_when_its_parent_is_killed(tmp_path: Path) -> None:
    """It is in the midst of a letter and finds nobody to give it to."""
    path = tmp_path / "large.eml"
    path.write_bytes(letter("words " * 400_000))
    done = subprocess.run([sys.executable, "-c", PARENT, str(path)], capture_output=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL and int(done.stdout) > 0
    assert done.stderr == b""  # read to its end: the child, which holds it too, is gone
