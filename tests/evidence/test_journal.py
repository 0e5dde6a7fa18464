"""The write-ahead journal: what was appended is there, what could not be written is refused for ever after."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opora.evidence.frames import Chain, Kind
from opora.evidence.journal import Journal, RecordLost, journals, read_journal, session_frames
from tests.evidence.recording import SESSION


def frames(count: int) -> list[bytes]:
    chain = Chain(SESSION, bytes(32))
    return [chain.link(Kind.OUTPUT, b"line %d\r\n" % n, mono_ns=n, wall_ns=n) for n in range(count)]


def test_it_holds_what_was_appended_and_says_how_far_it_is_on_the_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "0001.journal")
    one, two = frames(2)
    journal.append(one)
    assert (journal.written, journal.synced) == (len(one), 0)
    assert journal.sync() == len(one)
    journal.append(two)
    journal.close()
    remains = read_journal(journal.path)
    assert [frame.seq for frame in remains.frames] == [0, 1]
    assert (remains.torn, remains.why) == (b"", "")


def test_it_never_opens_a_journal_that_exists(tmp_path: Path) -> None:
    Journal(tmp_path / "0001.journal").close()
    with pytest.raises(RecordLost, match="cannot be opened"):
        Journal(tmp_path / "0001.journal")


def test_it_refuses_to_begin_without_room(tmp_path: Path) -> None:
    with pytest.raises(RecordLost, match="are left for records"):
        Journal(tmp_path / "0001.journal", room=1 << 60)


def test_it_reports_a_torn_end_and_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "0001.journal"
    one, two = frames(2)
    path.write_bytes(one + two[:-5])
    remains = read_journal(path)
    assert len(remains.frames) == 1
    assert remains.whole == len(one)
    assert remains.torn == two[:-5]
    assert remains.why.startswith("torn")
    assert path.read_bytes() == one + two[:-5]


def test_it_is_broken_for_good_once_the_disk_took_only_part(tmp_path: Path) -> None:
    """A limit on file size stands for the full disk: the kernel takes what fits, then refuses (setrlimit(2), EFBIG)."""
    journal = Journal(tmp_path / "0001.journal")
    held = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150, held[1]))
    try:
        one, two = frames(2)
        journal.append(one)
        with pytest.raises(RecordLost):
            journal.append(two)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, held)
        signal.signal(signal.SIGXFSZ, before)
    for refused in (lambda: journal.append(two), journal.sync):
        with pytest.raises(RecordLost, match="is broken"):
            refused()
    assert [frame.seq for frame in read_journal(journal.path).frames] == [0]


def test_it_keeps_everything_shown_when_the_recorder_is_killed(tmp_path: Path) -> None:
    """The child tells a frame's number only after it was appended; whatever it told must be in the file."""
    path = tmp_path / "0001.journal"
    recorder = subprocess.Popen([sys.executable, "-c", _RECORDER, str(path)], stdout=subprocess.PIPE)
    assert recorder.stdout is not None
    shown = [int(recorder.stdout.readline()) for _ in range(500)]
    os.kill(recorder.pid, signal.SIGKILL)
    shown += [int(line) for line in recorder.stdout if line.endswith(b"\n")]
    recorder.wait()
    recorder.stdout.close()
    held = [frame.seq for frame in read_journal(path).frames]
    assert held[: len(shown)] == shown


_RECORDER = """
import sys
from pathlib import Path
from opora.evidence.frames import Chain, Kind
from opora.evidence.journal import Journal
chain, journal = Chain(bytes(range(16)), bytes(32)), Journal(Path(sys.argv[1]))
while True:
    journal.append(chain.link(Kind.OUTPUT, b"x" * 200, mono_ns=chain.frames, wall_ns=0))
    sys.stdout.write(f"{chain.frames - 1}\\n")
    sys.stdout.flush()
"""


def test_it_finds_the_journals_of_a_folder_in_their_order(tmp_path: Path) -> None:
    for name in ("0002", "0001"):
        Journal(tmp_path / f"{name}.journal").close()
    (tmp_path / "notes.txt").touch()
    assert [path.stem for path in journals(tmp_path)] == ["0001", "0002"]


def test_it_finds_one_sessions_frames_among_those_of_others(tmp_path: Path) -> None:
    journal, ours, theirs = Journal(tmp_path / "0001.journal"), Chain(SESSION, bytes(32)), Chain(bytes(16), bytes(32))
    assert list(session_frames(journal.path, SESSION)) == []
    written, places = [], []
    for n in range(5):
        places.append(journal.written)
        written.append(ours.link(Kind.OUTPUT, b"%d" % n, mono_ns=n, wall_ns=n))
        journal.append(written[-1])
        journal.append(theirs.link(Kind.OUTPUT, b"theirs", mono_ns=n, wall_ns=n))
    journal.append(ours.link(Kind.OUTPUT, b"torn", mono_ns=9, wall_ns=9)[:-1])
    journal.close()
    assert list(session_frames(journal.path, SESSION)) == written
    assert list(session_frames(journal.path, SESSION, at=places[3])) == written[3:]
    assert list(session_frames(journal.path, SESSION, at=journal.written)) == []
