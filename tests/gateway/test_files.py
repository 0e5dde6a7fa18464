"""Files by the real `sftp` and `scp`: moved exactly, every step recorded, and only as the agreement lets them be moved."""

import asyncio
import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from opora.evidence.frames import Kind
from opora.gateway.moving.files import Whole
from tests.gateway.worlds import World


def sftp_words(world: World, *options: str, program: str = "sftp") -> tuple[list[str], dict[str, str]]:
    """The command line of the real client up to its options, and its environment."""
    words, environment = world.words()
    where, port = words[-1], words[words.index("-p") + 1]
    given = [word for word in words[1:-1] if word not in ("-p", port)]
    line = [program, *given, "-o", "BatchMode=no", "-P", port, *options]
    return [*line, where] if program == "sftp" else line, environment


def moved(world: World, *commands: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the real `sftp` with these commands."""
    words, environment = sftp_words(world, "-b", "-")
    given = "\n".join(commands).encode() + b"\n"
    return subprocess.run(words, input=given, capture_output=True, env=environment, timeout=60, check=False)


LOOKS = {"stat", "realpath", "readlink", "statvfs", "fsync"}


def steps(world: World) -> list[dict[str, Any]]:
    """What the record tells of files that were opened, moved or changed, once the session has ended."""
    return [step for step in all_steps(world) if step["op"] not in LOOKS]


def all_steps(world: World) -> list[dict[str, Any]]:
    """The same with every look."""
    world.desk.wait_told("ended")
    return [json.loads(frame.payload) for frame in world.frames() if frame.kind is Kind.FILE]


@pytest.fixture
def home(here: World) -> Path:
    """The host's home folder, emptied."""
    for path in here.sshd.home.iterdir():
        if path.is_file():
            path.unlink()
    return here.sshd.home


def test_it_moves_files_both_ways_and_records_every_piece(here: World, home: Path, tmp_path: Path) -> None:
    content = os.urandom(3 << 20) + b"end"
    (tmp_path / "big").write_bytes(content)
    here.start()
    done = moved(here, f"put {tmp_path}/big big", f"get big {tmp_path}/back", "bye")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "back").read_bytes() == content == (home / "big").read_bytes()
    told = steps(here)
    digest = hashlib.sha256(content).hexdigest()
    for op, piece in (("received", "write"), ("sent", "read")):
        (whole,) = [step for step in told if step["op"] == op]
        assert (whole["path"], whole["size"], whole["sha256"]) == (f"{home}/big", len(content), digest)
        pieces = {step["offset"]: step for step in told if step["op"] == piece and step["file"] == whole["file"]}
        at = 0
        while at < len(content):
            part = content[at : at + pieces[at]["size"]]
            assert pieces[at]["sha256"] == hashlib.sha256(part).hexdigest()
            at += len(part)
    assert next(step["op"] for step in told if "path" in step) == "open"
    assert here.recorded(Kind.HEADER).count(b'"kind":"files"') == 1
    assert here.frames()[-1].kind is Kind.END


def test_it_records_what_is_changed_listed_and_removed(here: World, home: Path, tmp_path: Path) -> None:
    (tmp_path / "ж").write_text("small")
    here.start()
    done = moved(
        here,
        *(f"put {tmp_path}/ж ж", "chmod 640 ж", "rename ж z", "mkdir d", "ln -s z l", "ls", "rm z", "rm l", "rmdir d"),
    )
    assert done.returncode == 0, done.stderr
    assert b"d" in done.stdout
    told = [step for step in steps(here) if "path" in step]
    assert [(step["op"], step["path"].rpartition("/")[2]) for step in told if step["op"] not in ("open", "list")] == [
        *(("received", "ж"), ("setstat", "ж"), ("rename", "ж"), ("mkdir", "d"), ("symlink", "l")),
        *(("remove", "z"), ("remove", "l"), ("rmdir", "d")),
    ]
    assert [step["attributes"] for step in told if step["op"] == "setstat"] == [{"mode": "0640"}]
    assert {"list"} <= {step["op"] for step in told}
    assert list(home.glob("z")) == []


def test_scp_is_recorded_like_sftp(here: World, home: Path, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("by scp")
    here.start()
    words, environment = sftp_words(here, str(tmp_path / "note"), "T-1042.web1@127.0.0.1:note", program="scp")
    done = subprocess.run(words, capture_output=True, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert (home / "note").read_text() == "by scp"
    (whole,) = [step for step in steps(here) if step["op"] == "received"]
    assert whole["sha256"] == hashlib.sha256(b"by scp").hexdigest()


@pytest.mark.parametrize(
    ("files", "level", "put", "get"), [("out", "superuser", 1, 0), ("in", "superuser", 0, 1), ("both", "look", 1, 0)]
)
def test_it_moves_only_as_was_agreed_and_records_what_it_refused(
    here: World, home: Path, tmp_path: Path, files: str, level: str, put: int, get: int
) -> None:
    (tmp_path / "mine").write_text("mine")
    (home / "theirs").write_text("theirs")
    here.agree(files=files, level=level)
    here.start()
    assert moved(here, f"put {tmp_path}/mine mine").returncode == put
    refused = [step for step in steps(here) if "refused" in step]
    assert bool(refused) == bool(put) == (not (home / "mine").exists())
    if put:
        assert (refused[0]["op"], refused[0]["refused"]) == ("open", "agreement")


def test_it_gives_no_file_away_that_was_not_to_be_taken(here: World, home: Path, tmp_path: Path) -> None:
    (home / "theirs").write_text("theirs")
    here.agree(files="in")
    here.start()
    assert moved(here, f"get theirs {tmp_path}/stolen").returncode == 1
    assert not (tmp_path / "stolen").exists()
    assert [step["path"].rpartition("/")[2] for step in steps(here) if "refused" in step] == ["theirs"]


def test_it_refuses_files_altogether_where_none_were_agreed(here: World) -> None:
    here.agree(files="none")
    here.start()
    assert moved(here, "ls").returncode == 255
    told = here.desk.wait_told("denied")
    assert told["facts"]["what"] == "subsystem"


def test_a_stop_ends_a_transfer_at_once(here: World, home: Path, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(40 << 20))
    here.start()
    words, environment = sftp_words(here, "-l", "40000", "-b", "-")
    client = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment)
    assert client.stdin is not None
    client.stdin.write(f"put {tmp_path}/big big\n".encode())
    client.stdin.flush()
    here.within(_stopped_while_moving(here))
    client.stdin.close()
    assert client.wait(30) != 0
    told = steps(here)
    assert here.desk.wait_told("ended")["facts"]["reason"] == "stop"
    recorded = sum(step["size"] for step in told if step["op"] == "write")
    assert 0 < (home / "big").stat().st_size <= recorded < 40 << 20


async def _stopped_while_moving(world: World) -> None:
    assert world.gateway is not None
    async with asyncio.timeout(25):
        while not any(session.record.frames > 8 for session in world.gateway.sessions.values()):
            await asyncio.sleep(0.005)
    for session in list(world.gateway.sessions.values()):
        session.end("stop")


def test_it_knows_a_whole_only_when_it_was_moved_from_end_to_end() -> None:
    content = bytes(range(256)) * 40
    pieces = [(at, content[at : at + 1000]) for at in range(0, len(content), 1000)]
    whole = Whole()
    for at, _ in pieces:
        whole.begins(at)
    for at, piece in pieces[1:] + pieces[:1]:
        whole.take(at, piece)
    assert whole.facts() == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    later = Whole()
    later.begins(5000)
    later.take(5000, b"rest")
    assert later.facts() == {"size": 4, "from": 5000, "sha256": hashlib.sha256(b"rest").hexdigest()}
    later.take(5000, b"rest")
    assert later.facts() == {"size": 8, "from": 5000}
    gap = Whole()
    gap.begins(0)
    gap.take(10, b"late")
    assert gap.facts() == {"size": 4}


def test_looking_at_files_stands_in_the_record_too(here: World, home: Path) -> None:
    (home / "secret").write_text("x")
    (home / "leads").symlink_to("secret")
    here.start()
    assert moved(here, "ls -l leads", "cd .", "df", "bye").returncode == 0
    told = {(step["op"], step["path"]) for step in all_steps(here)}
    assert {("realpath", "."), ("stat", f"{home}/leads")} <= told
    assert any(op == "statvfs" for op, _ in told)
