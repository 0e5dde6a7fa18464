"""Looking at records: to whom, in ranges, whole, to be taken away - and never without the look being kept."""

import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from opora.desk.workroom import recordings
from opora.desk.workroom.models import Look, WorkSession
from tests.cast import Cast
from tests.workroom.worlds import VECTOR, Remembering, agreed, ended, opened

HOUR = timedelta(hours=1)
FRAMES = zipfile.ZipFile(VECTOR).read("session.frames")


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch, remembering: Remembering, settings: Any, tmp_path: Path) -> Remembering:
    """The same gateway for records, and a state folder of this test's own."""
    settings.OPORA_STATE = tmp_path
    monkeypatch.setattr(recordings, "gateway", lambda: remembering)
    return remembering


@pytest.fixture
def session(cast: Cast, monday: datetime, ledger: Remembering) -> WorkSession:
    """A session that is over."""
    session = opened(cast, agreed(cast, monday), monday + HOUR)
    ended(session, monday + 2 * HOUR)
    return session


@pytest.fixture
def clara(cast: Cast) -> Client:
    """Clara's browser."""
    browser = Client()
    browser.force_login(cast.clara.account)
    return browser


def body(answer: Any) -> bytes:
    streamed: Iterator[bytes] = getattr(answer, "streaming_content", iter([answer.content]))
    return b"".join(streamed)


def test_clara_replays_the_exact_frames(session: WorkSession, clara: Client, ledger: Remembering) -> None:
    place = f"/watched/sessions/{session.pk}/session.frames"
    assert body(clara.get(place)) == FRAMES
    part = clara.get(place, headers={"Range": "bytes=10-19"})
    assert (part.status_code, body(part)) == (206, FRAMES[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(FRAMES)}"
    assert body(clara.get(place, headers={"Range": f"bytes={len(FRAMES) - 3}-"})) == FRAMES[-3:]
    assert body(clara.get(place, headers={"Range": "bytes=-3"})) == FRAMES[-3:]
    assert clara.get(place, headers={"Range": f"bytes={len(FRAMES)}-"}).status_code == 416
    assert clara.get(place, headers={"Range": "lines=1-2"}).status_code == 200
    assert len(ledger.asked_for) == 1, "the ledger is asked once; ranges come from the copy"


def test_the_index_says_what_the_frames_hold(session: WorkSession, clara: Client) -> None:
    made = clara.get(f"/watched/sessions/{session.pk}/index.json").json()
    assert (made["frames"], made["size"]) == (12, len(FRAMES))


def test_a_bundle_is_taken_away_whole_and_every_time_is_kept(
    session: WorkSession, clara: Client, ledger: Remembering, cast: Cast
) -> None:
    for _twice in range(2):
        answer = clara.get(f"/watched/sessions/{session.pk}/record.zip")
        assert zipfile.ZipFile(BytesIO(body(answer))).read("session.frames") == FRAMES
    assert [one.kind for one in Look.objects.all()] == ["bundle", "bundle"]
    assert ledger.asked_for == [(session.name, f"contact:{cast.clara.pk} Clara Berg")] * 2


def test_a_replay_is_one_look_of_one_person_here_and_in_the_log(
    session: WorkSession, clara: Client, ledger: Remembering, cast: Cast
) -> None:
    for _piece in range(3):
        clara.get(f"/watched/sessions/{session.pk}/session.frames")
    boris = Client()
    boris.force_login(cast.boris.account)
    assert boris.get(f"/desk/work/sessions/{session.pk}/index.json").status_code == 200
    assert [(one.name, one.kind) for one in Look.objects.order_by("id")] == [
        ("Clara Berg", "replay"),
        ("Boris Orlov", "replay"),
    ]
    assert [one["name"] for one in ledger.notes] == ["Clara Berg", "Boris Orlov"]


def test_nothing_is_shown_whose_look_cannot_be_kept(session: WorkSession, clara: Client, ledger: Remembering) -> None:
    ledger.away = True
    for part in ("session.frames", "index.json", "record.zip"):
        answer = clara.get(f"/watched/sessions/{session.pk}/{part}")
        assert (answer.status_code, FRAMES[:40] in body(answer)) == (503, False)
    assert not Look.objects.filter(kind="replay").exists()


@pytest.mark.parametrize("who", ["dan", "cleo", "anna", "vera"])
def test_others_see_nothing(session: WorkSession, cast: Cast, who: str, ledger: Remembering) -> None:
    browser = Client()
    browser.force_login(getattr(cast, who).account)
    for place in ("/watched/sessions", "/desk/work/sessions"):
        for part in ("", "/session.frames", "/record.zip"):
            assert browser.get(f"{place}/{session.pk}{part}").status_code in {302, 404}
    assert not Look.objects.exists()
    assert not ledger.asked_for


def test_a_record_is_shown_after_its_end_only(cast: Cast, monday: datetime, ledger: Remembering, clara: Client) -> None:
    running = opened(cast, agreed(cast, monday), monday + HOUR)
    assert clara.get(f"/watched/sessions/{running.pk}/session.frames").status_code == 404
    assert clara.get(f"/watched/sessions/{running.pk}")["Location"] == f"/watched/{running.agreement_id}"
