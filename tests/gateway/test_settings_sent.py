"""What a client sends besides keys: names of languages and terminals go on and stand in the record; nothing else goes on."""

import json
import subprocess

from opora.evidence.frames import Kind
from tests.gateway.screens import screen
from tests.gateway.worlds import World


def ran(here: World, command: str, *options: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    words, base = here.words(*options)
    return subprocess.run([*words, command], env=base | environment, capture_output=True, timeout=60, check=False)


def denied(here: World) -> list[dict[str, str]]:
    return [json.loads(frame.payload) for frame in here.frames() if frame.kind is Kind.DENIED]


def test_it_sends_no_command_dressed_as_a_language(here: World) -> None:
    here.start()
    evil = "touch $HOME/behind-the-record"
    sent = ("-o", "SendEnv=LC_EVIL LC_PAPER LC_ALL")
    ran(here, 'eval "$LC_EVIL"; eval "$LC_PAPER"; true', *sent, LC_EVIL=evil, LC_PAPER=evil, LC_ALL="C.UTF-8")
    here.desk.wait_told("ended")
    assert not (here.sshd.home / "behind-the-record").exists()
    assert {"what": "env", "detail": f"LC_EVIL={evil}"} in denied(here)
    assert {"what": "env", "detail": f"LC_PAPER={evil}"} in denied(here)


def test_a_language_goes_on_and_stands_in_the_record(here: World) -> None:
    here.start()
    said = ran(here, "echo $LC_ALL $LANG", "-o", "SendEnv=LC_ALL LANG", LC_ALL="C.UTF-8", LANG="ru_RU.UTF-8")
    assert said.stdout == b"C.UTF-8 ru_RU.UTF-8\n"
    here.desk.wait_told("ended")
    header = json.loads(here.frames()[0].payload)
    assert header["env"] == {"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8"}


def test_it_sends_no_command_dressed_as_a_terminal(here: World) -> None:
    here.start()
    said = ran(here, 'echo "term=$TERM"', "-tt", TERM="x; touch /tmp/x")
    assert b"term=xterm\r\n" in said.stdout
    here.desk.wait_told("ended")
    assert {"what": "env", "detail": "TERM=x; touch /tmp/x"} in denied(here)
    assert json.loads(here.frames()[0].payload)["term"]["type"] == "xterm"


def test_what_a_customer_asks_cannot_steer_the_engineers_terminal(here: World, clara: object) -> None:
    here.start()
    with screen(here) as boris:
        boris.wait("$ ")
        (session,) = here.gateway.sessions.values()
        text = "Look:\x1b]52;c;cm0gLXJmIC8=\x07 \x9b2J \u202egnp.exe"
        here.within(lambda: session.ask(text, by={"id": "contact:1", "name": "Clara\x1b[2J", "kind": "customer"}))
        seen = boris.wait("gnp.exe")
        assert b"\x1b]52" not in seen and b"\x07" not in seen and b"\x1b[2J" not in seen
        assert "\u202e".encode() not in seen and b"\xc2\x9b" not in seen
        boris.type("exit\r")
        boris.ends()
