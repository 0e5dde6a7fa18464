"""The records' disk itself: really full, failing, or not answering; and a ledger that was away when a session ended."""

import errno
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from opora.evidence import journal
from opora.evidence.frames import Frame, Kind
from opora.evidence.journal import Journal, journals, read_journal
from opora.gateway import gateway as gateways
from opora.gateway import recorder as recording
from tests.gateway.neighbours import Lines, ledger
from tests.gateway.screens import screen
from tests.gateway.worlds import World

PROMPT = "$ "
MEGABYTES = 4


@pytest.fixture
def small_disk(here: World) -> tuple[str, ...]:
    """Words before a command that give it a disk of four megabytes for its journals, in a mount namespace of its own."""
    mounting = f"mount -t tmpfs -o size={MEGABYTES}m,mode=700 records '{here.settings.journals}'"
    tried = subprocess.run(["unshare", "-m", "-r", "sh", "-c", mounting], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(
            f"no disk can be mounted here ({tried.stderr.strip()}); RLIMIT_FSIZE stands for it in test_failures.py"
        )
    return "unshare", "-m", "-r", "sh", "-c", f'{mounting} && exec "$@"', "sh"


def recorded(here: World) -> list[Frame]:
    """The frames as the gateway's own process sees them on its disk."""
    assert here.process is not None
    folder = Path(f"/proc/{here.process.pid}/root{here.settings.journals}")
    return [frame for path in journals(folder) for frame in read_journal(path).frames]


def test_a_disk_that_is_really_full_ends_the_session_and_what_was_shown_is_on_it(
    here: World, small_disk: tuple[str, ...]
) -> None:
    here.start_process(before=small_disk, OPORA_GATEWAY_RESERVE_MB="0")
    ran = here.ssh("yes 0123456789012345678901234567890123456789 | head -c 20000000")
    assert ran.returncode != 0 and b"record cannot be written" in ran.stderr
    facts = here.desk.wait_told("ended")["facts"]
    assert facts["reason"] == "recorder" and "No space left on device" in facts["why"]
    shown = b"".join(frame.payload for frame in recorded(here) if frame.kind is Kind.OUTPUT)
    assert shown.startswith(ran.stdout) and len(ran.stdout) > 100_000
    refused = here.ssh("echo in")
    assert refused.returncode == 1 and b"No session can be recorded now" in refused.stderr
    assert b"in\n" not in refused.stdout and len(here.desk.opened) == 1


def test_a_sync_that_fails_once_ends_every_session(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here.agree(durability="power-safe")
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)

        def fails(file: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(journal.os, "fdatasync", fails)
        boris.type("echo never-$((1+1))\r")
        boris.wait("record cannot be written")
        boris.ends()
        assert b"never" not in boris.seen
    facts = here.desk.wait_told("ended")["facts"]
    assert facts["reason"] == "recorder" and "Input/output error" in facts["why"]


def test_enter_waits_for_the_disk_even_where_only_a_crash_is_feared(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters are echoed while the disk is silent; the key that would start them is not sent on, and the session ends."""
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        assert here.gateway is not None
        current, answers = here.gateway.recorder._journal, threading.Event()
        assert current is not None
        monkeypatch.setattr(current, "sync", lambda: answers.wait(60) and Journal.sync(current))
        monkeypatch.setattr(recording, "STALLED", 2.0)
        began = f"{here.sshd.home}/began"
        boris.type(f"touch {began}")
        boris.wait("began")
        boris.type("\r")
        boris.wait("record cannot be written")
        boris.ends()
        answers.set()
    assert here.desk.wait_told("ended")["facts"]["reason"] == "recorder"
    assert not Path(began).exists()


def test_what_the_ledger_could_not_seal_is_sealed_when_it_is_back(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "SEAL_AGAIN", 0.5)
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        assert here.ledger is not None
        here.ledger.stop()
        boris.type("exit\r")
        assert boris.ends() == 0
    told = here.desk.wait_told("ended")["facts"]
    here.ledger = Lines(here.settings.socket("ledger"), ledger)
    end = time.monotonic() + 30
    while not here.ledger.heard:
        assert time.monotonic() < end, "it was never sealed"
        time.sleep(0.05)
    [sealing] = here.ledger.heard
    assert (sealing["do"], sealing["frames"], sealing["reason"]) == ("end", told["frames"], "exit")
