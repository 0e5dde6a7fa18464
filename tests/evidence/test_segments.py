"""Sealed segments: named by what they hold, cut at whole frames, never changed."""

from pathlib import Path

import pytest

from opora.evidence.segments import read_segments, seal
from tests.evidence.recording import SESSION, short_session


def test_it_cuts_at_whole_frames_and_joins_them_again(tmp_path: Path) -> None:
    frames = short_session().frames
    sealed = seal(tmp_path, SESSION, frames, largest=400)
    assert len(sealed) > 2
    assert sealed[0].first == 0
    assert sealed[-1].last == len(frames) - 1
    assert read_segments(tmp_path, SESSION) == b"".join(frames)


def test_it_writes_nothing_when_sealing_the_same_again(tmp_path: Path) -> None:
    frames = short_session().frames
    once = seal(tmp_path, SESSION, frames)
    written = once[0].path.stat().st_mtime_ns
    assert seal(tmp_path, SESSION, frames) == once
    assert once[0].path.stat().st_mtime_ns == written
    assert once[0].path.stat().st_mode & 0o777 == 0o400


def test_it_names_the_segment_that_was_changed(tmp_path: Path) -> None:
    (segment,) = seal(tmp_path, SESSION, short_session().frames)
    segment.path.chmod(0o600)
    segment.path.write_bytes(segment.path.read_bytes()[:-1] + b"!")
    with pytest.raises(ValueError, match=segment.digest):
        read_segments(tmp_path, SESSION)


def test_it_names_what_is_missing_between(tmp_path: Path) -> None:
    sealed = seal(tmp_path, SESSION, short_session().frames, largest=400)
    sealed[1].path.unlink()
    with pytest.raises(ValueError, match=f"frames {sealed[1].first} to {sealed[1].last} are missing"):
        read_segments(tmp_path, SESSION)
