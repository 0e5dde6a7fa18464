"""The window and those who watch: input is dead within a second of the end, of a pause and of a stop; rules of watching."""

import json
import subprocess
import time
from datetime import UTC, datetime, timedelta

from opora.evidence.frames import Kind, read_frames
from opora.gateway import rounds
from tests.gateway.hubs import CLARA, Watchers
from tests.gateway.screens import screen
from tests.gateway.worlds import World, window

PROMPT = "$ "
SECOND = 1_000_000_000


def reasons(here: World) -> list[tuple[bool, str]]:
    told = [json.loads(frame.payload) for frame in here.frames() if frame.kind is Kind.PAUSE]
    return [(one["paused"], one["reason"]) for one in told]


def test_it_ends_at_the_windows_end_to_the_second(here: World, clara: Watchers) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=6)
    here.agree(window=window(ends - timedelta(hours=1), ends))
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.type("while :; do echo tick; sleep 0.2; done\r")
        boris.wait("tick")
        boris.wait("The agreed window is over.")
        late = time.time() - ends.timestamp()
        assert boris.ends() == 1
    assert 0 <= late <= 1.0
    assert here.desk.wait_told("ended")["facts"]["reason"] == "window"
    frames = here.frames()
    [end] = [json.loads(frame.payload) for frame in frames if frame.kind is Kind.TERMINATE]
    assert end["reason"] == "window"
    assert all(frame.wall_ns < ends.timestamp() * SECOND for frame in frames if frame.kind is Kind.INPUT)
    assert clara.finished == ["window"]


def test_it_tells_the_time_that_is_left_once_each(here: World, clara: Watchers) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=62)
    here.agree(window=window(ends - timedelta(hours=1), ends))
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.wait("1 min left")
        boris.type("exit\r")
        boris.ends()
    here.desk.wait_told("ended")
    assert here.recorded(Kind.NOTICE).count(b"min left") == 1


def test_it_stops_within_a_second_when_the_customer_says_so(here: World, clara: Watchers) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.type("while :; do date +%s.%N > ~/alive; sleep 0.05; done\r")
        clara.wait(lambda: "active" in clara.states)
        boris.wait("done")
        said = time.time()
        clara.order("stop", why="Enough.")
        boris.wait("Stopped by Clara. Enough.")
        assert time.time() - said <= 1.0
        assert boris.ends() == 1
    here.desk.wait_told("ended")
    [end] = [json.loads(frame.payload) for frame in here.frames() if frame.kind is Kind.TERMINATE]
    assert (end["by"], end["why"], end["reason"]) == (CLARA, "Enough.", "stop")


def test_it_drops_what_is_typed_during_a_pause(here: World, clara: Watchers) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        clara.order("pause", why="One moment.")
        boris.wait("Paused (Clara)")
        boris.type("touch ~/typed-in-pause\r")
        clara.order("question", text="What is that?")
        boris.wait("Clara asks: What is that?")
        clara.order("resume")
        boris.wait("Go on.")
        boris.type("ls ~; echo list''ed\r")
        assert b"typed-in-pause" not in boris.wait("listed") + boris.wait(PROMPT)
        boris.type("exit\r")
        boris.ends()
    here.desk.wait_told("ended")
    assert b"typed-in-pause" not in here.typed()
    assert reasons(here) == [(True, "viewer"), (False, "viewer")]
    assert [one["what"] for one in here.desk.told] == ["paused", "question", "resumed", "ended"]


def test_it_keeps_the_input_of_a_command_without_a_terminal_until_the_pause_is_over(
    here: World, clara: Watchers
) -> None:
    here.start()
    words, environment = here.words()
    running = subprocess.Popen(
        [*words, "cat"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdin is not None and running.stdout is not None
    running.stdin.write(b"before\n")
    running.stdin.flush()
    assert running.stdout.readline() == b"before\n"
    clara.order("pause")
    clara.wait(lambda: clara.states[-1] == "paused")
    running.stdin.write(b"during\n")
    running.stdin.close()
    frames = len(clara.frames)
    clara.order("resume")
    assert running.stdout.read() == b"during\n" and running.wait(30) == 0
    assert len(clara.frames) > frames


def test_it_waits_for_a_watcher_where_the_agreement_wants_one_and_pauses_when_they_leave(
    here: World, clara: Watchers
) -> None:
    here.agree(watching="must_pause")
    here.start()
    with screen(here) as boris:
        boris.wait("Waiting until somebody of the customer watches")
        clara.wait(lambda: clara.states[-1] == "waiting")
        clara.watch()
        clara.order("viewer", viewer=CLARA, event="joined")
        boris.wait(PROMPT)
        clara.watch(ago=rounds.PAUSE_UNWATCHED + 1)
        boris.wait("Paused")
        clara.watch()
        boris.wait("Go on.")
        clara.watch(visible=False)
        boris.wait("Paused")
        clara.watch()
        boris.wait("Go on.")
        boris.type("exit\r")
        boris.ends()
    here.desk.wait_told("ended")
    assert reasons(here) == [(True, "watch"), (False, "watch")] * 2
    assert b'"event":"joined"' in here.recorded(Kind.VIEWER)


def test_it_ends_when_nobody_watches_a_session_that_must_be_watched(here: World, clara: Watchers, monkeypatch) -> None:
    monkeypatch.setattr(rounds, "END_UNWATCHED", rounds.PAUSE_UNWATCHED + 4)
    here.agree(watching="must_end")
    clara.watch()
    here.start()
    with screen(here) as boris:
        boris.wait("without anybody for a minute the session ends")
        boris.wait(PROMPT)
        clara.watching = []
        boris.wait("Nobody of the customer watches now; in ")
        clara.watch()
        boris.wait("The customer watches again.")
        clara.watching = []
        boris.wait("Nobody of the customer watches any more.")
        boris.ends()
    assert here.desk.wait_told("ended")["facts"]["reason"] == "watch"


def test_it_ends_when_the_desk_takes_the_leave_back(here: World, clara: Watchers, monkeypatch) -> None:
    monkeypatch.setattr(rounds, "KNOCK_EVERY", 1.0)
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        here.desk.refusal = ("withdrawn", "The customer took the confirmation back.")
        boris.wait("The customer took the confirmation back.")
        boris.ends()
    assert here.desk.wait_told("ended")["facts"]["reason"] == "withdrawn"


def test_it_ends_when_the_engineer_does_not_come_back(here: World, clara: Watchers, monkeypatch) -> None:
    monkeypatch.setattr(rounds, "REATTACH_FOR", 1.0)
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.kill()
    assert here.desk.wait_told("ended")["facts"]["reason"] == "link"


def test_it_shows_the_watchers_every_frame_after_it_is_written(here: World, clara: Watchers) -> None:
    here.start()
    assert here.ssh("seq 1 20000").returncode == 0
    here.desk.wait_told("ended")
    shown = list(read_frames(b"".join(clara.frames)))
    assert shown == here.frames()
    assert [frame.seq for frame in shown] == list(range(len(shown)))
