"""Terminals through the gateway: shells, sizes, menus, control characters, and coming back after the network dropped."""

import json
import subprocess

from opora.evidence.frames import Kind
from tests.gateway.hubs import Watchers
from tests.gateway.screens import screen
from tests.gateway.worlds import World

PROMPT = "$ "


def test_it_gives_a_shell_at_a_terminal_and_ends_with_its_code(here: World) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait("everything is recorded")
        boris.wait(PROMPT)
        boris.type("echo $((6*7)); tty\r")
        boris.wait("42")
        boris.wait("/dev/pts/")
        boris.type("exit 5\r")
        assert boris.ends() == 5
    here.desk.wait_told("ended")
    assert here.typed() == b"echo $((6*7)); tty\rexit 5\r"
    assert b"42\r\n" in here.recorded(Kind.OUTPUT)
    assert b"everything is recorded" in here.recorded(Kind.NOTICE)
    assert json.loads(here.recorded(Kind.EXIT)) == {"status": 5}


def test_it_passes_resizing_on_and_records_it(here: World) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.type("stty size; trap 'stty size' WINCH; echo ready\r")
        boris.wait("24 80")
        boris.wait("ready")
        boris.resize(132, 43)
        boris.wait("43 132")
        boris.type("exit\r")
        boris.ends()
    here.desk.wait_told("ended")
    assert here.recorded(Kind.RESIZE) == (132).to_bytes(2, "big") + (43).to_bytes(2, "big")


def test_it_interrupts_what_runs(here: World) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.type("echo at wo''rk; sleep 1000; echo after $?\r")
        boris.wait("at work")
        boris.type("\x03")
        boris.wait(PROMPT)
        boris.type("exit\r")
        boris.ends()


def test_it_offers_a_menu_where_a_ticket_has_several_hosts(here: World) -> None:
    host = json.loads(here.desk.agreement)["hosts"][0]
    here.agree(hosts=[{**host, "name": "db1", "port": 1}, host])
    here.desk.hosts = ["db1", "web1"]
    here.start()
    with screen(here, name="T-1042") as boris:
        boris.wait("Which one?")
        boris.wait("2  web1")
        boris.type("2\r")
        boris.wait(PROMPT)
        boris.type("exit\r")
        assert boris.ends() == 0
    ran = here.ssh("true", name="T-1042")
    assert ran.returncode == 1 and b"say which one: ssh T-1042.db1@" in ran.stderr


def test_it_keeps_the_session_when_the_network_drops_and_lets_the_engineer_come_back(
    here: World, clara: Watchers
) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        boris.type("marker=kept; echo before-$((6*7))\r")
        boris.wait("before-42")
        boris.kill()
    clara.wait(lambda: clara.states[-1] == "paused")
    with screen(here) as again:
        again.wait("before-42")
        again.wait("You are back")
        again.type("echo still-$marker\r")
        again.wait("still-kept")
        again.type("exit\r")
        assert again.ends() == 0
    here.desk.wait_told("ended")
    reasons = [json.loads(frame.payload) for frame in here.frames() if frame.kind is Kind.PAUSE]
    assert [(one["paused"], one["reason"]) for one in reasons] == [(True, "away"), (False, "away")]


def test_it_sends_signals_of_a_command_without_a_terminal(here: World) -> None:
    here.start()
    words, environment = here.words()
    started = subprocess.Popen(
        [*words, "trap 'echo told; exit 3' HUP TERM; echo ready; sleep 60 & wait"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert started.stdout is not None and started.stdout.readline() == b"ready\n"
    started.terminate()
    started.communicate(timeout=30)
    assert here.desk.wait_told("ended")["facts"]["reason"] in ("left", "exit")
