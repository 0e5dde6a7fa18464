"""Whoever stops or pauses is heard at every moment, also while a session is still being opened; and nobody undoes it."""

import json
from dataclasses import replace

from opora.evidence.frames import Kind
from opora.gateway.states import State
from tests.gateway.hubs import Watchers
from tests.gateway.screens import screen
from tests.gateway.slow_hosts import SlowHost
from tests.gateway.worlds import BORIS, World

BORIS_HIMSELF = {"id": f"staff:{BORIS}", "name": "Boris", "kind": "staff"}
VERA = {"id": "staff:9", "name": "Vera", "kind": "staff"}


def test_a_command_is_not_run_when_stop_comes_before_it(here: World, clara: Watchers) -> None:
    here.settings = replace(here.settings, probe=True)
    with SlowHost() as host:
        host.agreed(here)
        host.held_from = 1  # the look at the host is done, and the engineer's own channel is asked for
        here.start()
        with screen(here, "touch after-the-stop") as boris:
            assert host.arrived.wait(30)
            clara.order("stop", why="Not now.")
            clara.wait(lambda: "ended" in clara.states)
            host.go.set()
            assert boris.ends() != 0
        here.desk.wait_told("ended")
        assert set(host.asked) == {"exec sh -s"}


def test_work_paused_before_it_began_does_not_begin(here: World, clara: Watchers) -> None:
    here.settings = replace(here.settings, marks=False)  # the host is asked for nothing before the shell itself
    with SlowHost() as host:
        host.agreed(here)
        here.start()
        with screen(here) as boris:
            assert host.arrived.wait(30)
            clara.order("pause", why="Wait.")
            boris.wait("Paused (Clara)")
            host.reply = lambda process: process.stdout.write(b"prompt")
            host.go.set()
            clara.wait(lambda: "paused" in clara.states)
            clara.order("resume")
            boris.wait("Go on.")
            clara.order("stop")
            boris.ends()
        here.desk.wait_told("ended")
        told = [json.loads(frame.payload)["paused"] for frame in here.frames() if frame.kind is Kind.PAUSE]
        assert told == [True, False] and clara.states.index("paused") < clara.states.index("ended")


def test_the_engineer_does_not_lift_what_others_paused(here: World, clara: Watchers) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait("$ ")
        session = next(iter(here.gateway.sessions.values()))
        clara.order("pause", why="Hands off.")
        boris.wait("Paused (Clara)")
        clara.order("resume", by=BORIS_HIMSELF)
        clara.order("pause", by=VERA)
        boris.wait("Paused (Vera)")
        clara.order("resume", by=BORIS_HIMSELF)
        clara.order("resume")
        here.desk.wait_told("resumed")
        assert here.within(lambda: (session.state, sorted(session.reasons))) == (State.PAUSED, ["staff"])
        clara.order("resume", by=VERA)
        boris.wait("Go on.")
        clara.order("pause", by=BORIS_HIMSELF)
        boris.wait("Paused (Boris)")
        clara.order("resume", by=BORIS_HIMSELF)
        boris.wait("Go on.")
        boris.type("exit\r")
        boris.ends()


def test_an_engineer_who_waited_for_a_watcher_comes_with_a_new_certificate(here: World, clara: Watchers) -> None:
    here.agree(watching="must_pause")
    here.start()
    assert here.signer is not None
    with screen(here) as boris:
        boris.wait("Waiting until somebody")
        clara.watch()
        boris.wait("$ ")
        asked = [json.loads(json.dumps(one))["public_key"] for one in here.signer.heard]
        assert len(asked) == 2 and asked[0] != asked[1]
        boris.type("exit\r")
        boris.ends()
