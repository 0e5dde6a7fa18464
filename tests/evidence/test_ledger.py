"""The log over all sessions: it only grows, survives a torn end, and proves what it held before."""

import os
from pathlib import Path

import pytest

from opora.evidence import tree
from opora.evidence.ledger import Ledger


def test_it_stands_as_it_was_after_a_restart(tmp_path: Path) -> None:
    log = Ledger(tmp_path / "log", "opora.example/log")
    numbers = [log.append({"kind": "view", "n": n}) for n in range(5)]
    before = log.checkpoint()
    log.close()
    again = Ledger(tmp_path / "log", "opora.example/log")
    assert numbers == [0, 1, 2, 3, 4]
    assert again.checkpoint() == before
    assert again.entry(3) == b'{"kind":"view","n":3}'
    again.close()


def test_it_proves_that_yesterdays_checkpoint_still_stands(tmp_path: Path) -> None:
    log = Ledger(tmp_path / "log", "opora.example/log")
    for n in range(3):
        log.append({"n": n})
    yesterday = log.checkpoint()
    for n in range(4):
        log.append({"n": n})
    today = log.checkpoint()
    assert tree.consistent(3, 7, yesterday.root, today.root, log.proof_of_growth(3))
    log.close()


def test_it_sets_a_torn_entry_aside_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Ledger(path, "opora.example/log")
    log.append({"n": 0})
    log.close()
    with path.open("ab") as file:
        file.write(b"\x00\x00\x00\x20torn")
    again = Ledger(path, "opora.example/log")
    assert len(again) == 1
    assert again.append({"n": 1}) == 1
    again.close()
    assert [part.read_bytes() for part in tmp_path.glob("log.torn-*")] == [b"\x00\x00\x00\x20torn"]
    assert len(Ledger(path, "opora.example/log")) == 2


def test_it_goes_on_from_the_last_whole_entry_when_the_disk_was_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, write = Ledger(tmp_path / "log", "opora.example/log"), os.write
    log.append({"n": 0})

    def full(file: int, content: bytes) -> int:
        if len(content) < 8:
            raise OSError(28, "No space left on device")
        return write(file, content[: len(content) - 4])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            log.append({"n": 1})
    with pytest.raises(OSError, match="before"):
        log.append({"n": 2})
    log.close()
    again = Ledger(tmp_path / "log", "opora.example/log")
    assert [again.entry(n) for n in range(len(again))] == [b'{"n":0}']
    assert again.append({"n": 2}) == 1
    again.close()
