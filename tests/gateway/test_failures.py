"""When a part fails: nothing is shown or sent on that the record does not hold, and whoever works is told why."""

import asyncio
import hashlib
import json
import os
import resource
import time
from pathlib import Path

import pytest

from opora.evidence.frames import Kind
from opora.evidence.journal import Journal, RecordLost, read_journal
from opora.gateway import recorder as recording
from opora.gateway import rounds
from tests.gateway.hubs import Watchers
from tests.gateway.screens import screen
from tests.gateway.worlds import World

PROMPT = "$ "


class SmallDisk(Journal):
    """A journal on a disk that takes four megabytes and no more."""

    def append(self, frames: bytes) -> int:
        if self.written + len(frames) > 4 << 20:
            self._broken = OSError(28, "No space left on device")
        return super().append(frames)


def journal(here: World, kind: type[Journal]) -> None:
    """Give the gateway journals of that kind."""
    gateway = here.gateway
    assert gateway is not None
    gateway.recorder.make_journal = lambda path, room: kind(path, room=room)
    here.within(gateway.recorder.close)
    gateway.recorder._thread = recording.ThreadPoolExecutor(1)
    gateway.recorder.lost = ""
    gateway.recorder._journal = None


def test_a_full_disk_ends_the_session_and_nothing_unrecorded_was_shown(here: World) -> None:
    here.start()
    journal(here, SmallDisk)
    ran = here.ssh("yes 0123456789012345678901234567890123456789 | head -c 20000000")
    assert ran.returncode != 0 and b"record cannot be written" in ran.stderr
    facts = here.desk.wait_told("ended")["facts"]
    assert facts["reason"] == "recorder" and "No space left" in facts["why"]
    shown = b"".join(frame.payload for frame in here.frames() if frame.kind is Kind.OUTPUT)
    assert shown.startswith(ran.stdout) and len(ran.stdout) > 100_000
    # With room again the next session opens, and the one before has its end.
    gateway = here.gateway
    assert gateway is not None
    gateway.recorder.make_journal = lambda path, room: Journal(path, room=room)
    assert here.ssh("echo again").stdout == b"again\n"


def test_a_file_that_may_grow_no_more_loses_nothing_that_was_shown(here: World) -> None:
    """The kernel itself refuses, in a process of its own: RLIMIT_FSIZE stands for a disk quota."""
    process = here.start_process()
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))
    ran = here.ssh("head -c 9000000 /dev/zero | tr '\\0' z")
    assert ran.returncode != 0
    assert here.desk.wait_told("ended")["facts"]["reason"] == "recorder"
    assert here.recorded(Kind.OUTPUT).startswith(ran.stdout)
    assert len(ran.stdout) > 100_000


def test_no_session_begins_while_the_disk_has_too_little_room(here: World) -> None:
    here.start()
    assert here.gateway is not None
    here.gateway.recorder.room = 1 << 60
    ran = here.ssh("true")
    assert ran.returncode == 1 and b"No session can be recorded now" in ran.stderr
    assert here.desk.opened == []


def test_running_sessions_end_when_the_disk_fills_up(here: World) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        assert here.gateway is not None
        here.gateway.recorder.reserve = 1 << 60
        boris.wait("record cannot be written")
        boris.ends()
    assert here.desk.wait_told("ended")["facts"]["reason"] == "recorder"


def test_a_stalled_disk_shows_nothing_in_a_power_safe_session_and_ends_it(here: World, monkeypatch) -> None:
    here.agree(durability="power-safe")
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        assert here.gateway is not None
        current = here.gateway.recorder._journal
        assert current is not None
        stop = time.monotonic() + 3
        current.sync = lambda: time.sleep(max(0.0, stop - time.monotonic())) or Journal.sync(current)  # type: ignore
        monkeypatch.setattr(recording, "STALLED", 1.0)
        frames = len(here.frames())
        boris.type("echo never-$((1+1))\r")
        boris.ends()
        assert b"never" not in boris.seen
    assert len(here.frames()) > frames
    assert here.desk.wait_told("ended")["facts"]["reason"] == "recorder"


def test_power_safe_shows_only_what_the_disk_has(here: World) -> None:
    here.agree(durability="power-safe")
    here.start()
    given = os.urandom(1 << 20)
    ran = here.ssh("cat", given=given)
    assert hashlib.sha256(ran.stdout).digest() == hashlib.sha256(given).digest()
    here.desk.wait_told("ended")
    assert here.typed() == given and here.recorded(Kind.OUTPUT) == given


def test_without_the_ledger_input_pauses_and_then_the_session_ends(here: World, clara: Watchers, monkeypatch) -> None:
    monkeypatch.setattr(rounds, "LEDGER_PATIENCE", 2.0)
    monkeypatch.setattr(rounds, "HEAD_EVERY", 0.5)
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        clara.wait(lambda: bool(clara.heads))
        assert here.ledger is not None
        here.ledger.stop()
        here.ledger = None
        boris.wait("Paused")
        boris.wait("The ledger does not answer.")
        boris.ends()
    assert here.desk.wait_told("ended")["facts"]["reason"] == "ledger"


def test_running_sessions_go_on_without_the_signer_and_without_the_desk(here: World, monkeypatch) -> None:
    monkeypatch.setattr(rounds, "KNOCK_EVERY", 0.5)
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        assert here.signer is not None
        here.signer.stop()
        here.signer = None
        here.desk.away = True
        time.sleep(2.5)
        boris.type("echo still-$((1+1))\r")
        boris.wait("still-2")
        boris.type("exit\r")
        assert boris.ends() == 0
    assert here.desk.told == []
    here.desk.away = False
    here.desk.wait_told("ended")


def test_what_the_desk_cannot_read_is_put_aside_and_the_rest_is_told(here: World) -> None:
    here.desk.unreadable = "denied"
    here.start()
    here.ssh(options=("-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:localhost:1"))
    assert here.ssh("echo further").stdout == b"further\n"
    here.desk.wait_told("ended")
    aside = [json.loads(path.read_text()) for path in here.settings.waiting.glob("*.refused")]
    assert [one["what"] for one in aside] == ["denied"], "nothing that happened is thrown away"


def test_a_host_that_breaks_off_ends_the_session_in_words(here: World) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.type("kill -9 $PPID\r")
        boris.wait("***")
        boris.ends()
    assert here.desk.wait_told("ended")["facts"]["reason"] == "host"


def test_the_recorder_refuses_everything_after_a_loss(tmp_path: Path) -> None:
    async def run() -> list[str]:
        lost: list[str] = []
        recorder = recording.Recorder(tmp_path, room=0, on_loss=lost.append)
        recorder.open()
        place = recorder.append(b"frame")
        await recorder.durable(place)
        assert recorder._journal is not None
        os.close(recorder._journal._file)
        recorder._journal._file = os.open(tmp_path, os.O_RDONLY)
        with pytest.raises(RecordLost):
            recorder.append(b"more")
        called: list[int] = []
        recorder.when_durable(1 << 60, lambda: called.append(1))
        with pytest.raises(RecordLost):
            recorder.append(b"more")
        await asyncio.sleep(0.1)
        assert called == []
        recorder.open()
        recorder.append(b"anew")
        recorder.close()
        return lost

    assert len(asyncio.run(run())) == 1
    first, second = sorted(tmp_path.glob("*.journal"))
    assert (first.read_bytes(), second.read_bytes()) == (b"frame", b"anew")


def test_the_recorder_turns_over_to_a_new_journal_and_keeps_every_byte(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(recording, "LARGEST_JOURNAL", 1000)

    async def run() -> None:
        recorder = recording.Recorder(tmp_path, room=0, on_loss=lambda why: None)
        recorder.open()
        for number in range(100):
            place = recorder.append(bytes([number]) * 100)
            if number % 7 == 0:
                await recorder.durable(place)
        await recorder.durable(place)
        recorder.close()

    asyncio.run(run())
    files = sorted(tmp_path.glob("*.journal"))
    assert len(files) > 5
    assert b"".join(file.read_bytes() for file in files) == b"".join(bytes([n]) * 100 for n in range(100))


def test_a_record_has_words_for_what_was_cut(here: World) -> None:
    """Killed in the middle of a session: the next start describes the gap, ends the record and tells the desk."""
    process = here.start_process()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.type("echo seen-$((1+1))\r")
        boris.wait("seen-2")
        process.kill()
        process.wait()
        boris.ends()
    [path] = here.settings.journals.glob("*.journal")
    with path.open("ab") as file:
        file.write(read_journal(path).frames[0].payload[:20])  # what a torn write leaves
    here.start_process()
    facts = here.desk.wait_told("ended")["facts"]
    assert facts["reason"] == "gateway-lost"
    frames = here.frames()
    assert [frame.kind for frame in frames[-2:]] == [Kind.GAP, Kind.END]
    gap = json.loads(frames[-2].payload)
    assert gap["torn"][0]["bytes"] == 20 and b"seen-2" in here.recorded(Kind.OUTPUT)
    assert facts["frames"] == len(frames) and facts["head"] == frames[-1].digest.hex()
    assert here.ledger is not None and here.ledger.heard[-1]["do"] == "end"
    # A third start finds the end that the second wrote, and has nothing to add.
    sealed = len(here.ledger.heard)
    assert here.process is not None
    here.process.kill()
    here.process.wait()
    here.start_process()
    assert len(here.ledger.heard) == sealed and len(here.frames()) == len(frames)
