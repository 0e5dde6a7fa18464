"""The shell names its commands: a real bash, through the gateway, with everything people do at a prompt."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from opora.evidence.commands import index
from opora.evidence.frames import Kind, read_frames
from opora.evidence.journal import journals
from opora.gateway.shells import Naming, understood
from tests.gateway import hosts
from tests.gateway.screens import Screen, screen
from tests.gateway.worlds import World

READY = b"\x07\x1b[?2004h"
"""bash is back at its prompt: its mark, and then readline."""
PROMPT = b"$ "
WIDE = "echo " + "wide-" * 29


def listed(here: World) -> dict[str, Any]:
    """The index of the only record, made from its frames alone."""
    record = b""
    for path in journals(here.settings.journals):
        raw, at = path.read_bytes(), 0
        for frame in read_frames(raw):
            record += raw[at : at + frame.size]
            at += frame.size
    return index(record)


@contextmanager
def at_work(here: World) -> Iterator[Screen]:
    """Boris at a prompt; at the end he leaves, and the record is whole."""
    with screen(here) as boris:
        boris.wait(READY)
        boris.wait(PROMPT)
        yield boris
        boris.type("exit\r")
        boris.ends()
    here.desk.wait_told("ended")


def enter(boris: Screen, typed: str, then: str | bytes = READY) -> None:
    boris.type(typed + "\r")
    boris.wait(then)
    if then is READY:
        boris.wait(PROMPT)


def profile(sshd: hosts.Sshd, text: str) -> Callable[[], None]:
    """The profile of the account on the host."""
    place = sshd.home / ".bash_profile"
    place.write_text(text)
    return place.unlink


def commands(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["text"], row["trust"]) for row in found["commands"]]


@pytest.mark.parametrize("control", ["HISTCONTROL=ignoreboth\n", "HISTCONTROL=erasedups:ignorespace\n"])
def test_each_command_is_named_exactly_however_it_was_typed(here: World, sshd: hosts.Sshd, control: str) -> None:
    clear = profile(sshd, control)
    here.start()
    with at_work(here) as boris:
        enter(boris, "echo abd\x7fc")
        enter(boris, "\x1b[A\x7fd")
        enter(boris, "\x12abc")
        enter(boris, "ls /etc/hostn\t")
        enter(boris, "rubbish\x15echo kept; true")
        enter(boris, "for i in 1 2", "> ")
        enter(boris, "do echo $i", "> ")
        enter(boris, "done")
        enter(boris, "cat <<END", "> ")
        enter(boris, "$ a line; with \\ all", "> ")
        enter(boris, "END")
        boris.type("echo one\recho two\r")
        boris.wait(READY)
        boris.wait(READY)
        boris.type("\x1b[200~echo three\necho four\x1b[201~\r")
        boris.wait("four\r\n")
        boris.wait(READY)
        enter(boris, " echo not for the history")
        enter(boris, "echo ZWNobyBoaQo= | base64 -d | sh")
        enter(boris, "stty -echo")
        enter(boris, "echo unseen")
        enter(boris, "stty echo")
        enter(boris, "less /etc/passwd", "/etc/passwd")
        boris.type("q")
        boris.wait(READY)
        enter(boris, WIDE)
        enter(boris, "PS0=")
        enter(boris, "(exit 3)")
        enter(boris, "echo again")
        enter(boris, "echo again")
    clear()
    expected = [
        "echo abc", "echo abd", "echo abc", "ls /etc/hostname ", "echo kept; true", "for i in 1 2; do echo $i; done",
        "cat <<END\n$ a line; with \\ all\nEND", "echo one", "echo two", "echo three", "echo four",
        " echo not for the history", "echo ZWNobyBoaQo= | base64 -d | sh", "stty -echo", "echo unseen", "stty echo",
        "less /etc/passwd", WIDE, "PS0=", "(exit 3)", "echo again", "echo again", "exit",
    ]  # fmt: skip
    found = listed(here)
    assert commands(found) == [(text, "exact") for text in expected]
    assert found["commands"][19]["status"] == 3
    assert [row for row in found["events"] if row["kind"] == "forged"] == []


def test_what_the_shell_does_not_name_is_called_unmarked_and_what_was_not_run_is_no_command(here: World) -> None:
    here.start()
    with at_work(here) as boris:
        boris.type("echo given up\x03")
        boris.wait(READY)
        boris.wait(PROMPT)
        enter(boris, "sh", PROMPT)
        enter(boris, "id -un", hosts.ACCOUNT)
        boris.wait(PROMPT)
        enter(boris, "exit")
        enter(boris, "read -rs -p 'Password: ' it; echo got", b"\x07Password: ")
        enter(boris, "hunter2 is my secret", "got")
        boris.wait(READY)
    found = listed(here)
    assert commands(found) == [
        ("sh", "exact"),
        ("id -un", "unmarked"),
        ("exit", "unmarked"),
        ("read -rs -p 'Password: ' it; echo got", "exact"),
        ("exit", "exact"),
    ]
    assert "hunter2" not in json.dumps(found)


def test_a_forged_mark_is_told_and_never_believed(here: World) -> None:
    here.start()
    with at_work(here) as boris:
        enter(boris, r"printf '\e]633;E;echo harmless;guess.99\a'")
        enter(boris, r'printf "\e]633;E;echo shown before;$__opora_key.2\a"')
        enter(boris, "true")
    found = listed(here)
    assert [row["text"] for row in found["commands"]] == [
        r"printf '\e]633;E;echo harmless;guess.99\a'",
        r'printf "\e]633;E;echo shown before;$__opora_key.2\a"',
        "true",
        "exit",
    ]
    forged = [row["text"] for row in found["events"] if row["kind"] == "forged"]
    assert forged == ["echo harmless", "echo shown before"]


def test_the_shell_stays_what_it_was(here: World, sshd: hosts.Sshd) -> None:
    before = {*sshd.home.iterdir()}
    clear = profile(sshd, "HISTCONTROL=ignoreboth HISTFILE=~/kept\nPROMPT_COMMAND='theirs=$?'\nPS0='begins '\n")
    here.start()
    with at_work(here) as boris:
        enter(boris, " echo to be forgotten")
        enter(boris, 'shopt -q login_shell && echo "$0 $HISTCONTROL ${POSIXLY_CORRECT-none} ${ENV-none} $SHLVL"')
        enter(boris, "[[ word =~ (o) ]]; (exit 5)")
        enter(boris, 'echo "status $theirs ${BASH_REMATCH[1]} $(trap -p DEBUG)."')
        enter(boris, "ls /proc/self/fd | wc -l; echo last word")
        enter(boris, "echo under-$_")
        enter(boris, "set -eu; set +eu; env | grep -c __opora")
    clear()
    seen = boris.seen
    assert b"-bash ignoreboth none none 1\r\n" in seen
    assert b"status 5 o .\r\n" in seen and b"under-word" in seen and b"begins " in seen
    assert b"\x070\r\n" in seen.split(b"grep -c __opora\r\n")[1].replace(b"begins ", b"")
    kept = (sshd.home / "kept").read_text()
    assert "theirs ${BASH" in kept and "to be forgotten" not in kept
    assert {*sshd.home.iterdir()} - before == {sshd.home / "kept"}


def test_a_line_kept_out_of_the_history_stays_out_when_the_session_is_cut_off(here: World, sshd: hosts.Sshd) -> None:
    clear = profile(sshd, "HISTCONTROL=ignorespace HISTFILE=~/cut\n")
    here.start()
    with screen(here) as boris:
        boris.wait(READY)
        enter(boris, "echo kept")
        boris.type(" echo sec''ret; sleep 1000\r")
        boris.wait("secret\r\n")
        here.within(lambda: [one.end("stop") for one in list(here.gateway.sessions.values())])
        boris.ends()
    here.desk.wait_told("ended")
    clear()
    place = sshd.home / "cut"
    assert "sec''ret" not in (place.read_text() if place.exists() else "")


@pytest.mark.parametrize("switched", ["agreement", "setting"])
def test_where_it_is_switched_off_the_shell_is_begun_plainly(here: World, switched: str) -> None:
    if switched == "agreement":
        host = json.loads(here.desk.agreement)["hosts"][0]
        here.agree(hosts=[{**host, "marks": False}])
    else:
        here.settings = replace(here.settings, marks=False)
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        enter(boris, "echo plain", PROMPT)
        boris.type("exit\r")
        boris.ends()
    here.desk.wait_told("ended")
    assert b"]633;" not in here.recorded(Kind.OUTPUT) and b'"marks"' not in here.recorded(Kind.HEADER)
    assert commands(listed(here)) == [("echo plain", "inferred"), ("exit", "inferred")]


def test_a_shell_that_cannot_name_its_commands_is_begun_plainly(here: World, sshd: hosts.Sshd) -> None:
    rc = sshd.home / ".bashrc"
    rc.write_text("echo welcome\n")  # so much that the host's answer is not the one we know
    here.start()
    with screen(here) as boris:
        boris.wait(PROMPT)
        enter(boris, "echo plain", PROMPT)
        boris.type("exit\r")
        boris.ends()
    rc.unlink()
    here.desk.wait_told("ended")
    assert b"]633;" not in here.recorded(Kind.OUTPUT)
    assert commands(listed(here)) == [("echo plain", "inferred"), ("exit", "inferred")]


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"opora::himBHs::fd\n", b"opora:4.3.48(1)-release:hBc:/bin/bash:fd\n",
        b"opora:5.2.15(1)-release:hrBc:/bin/bash:fd\n", b"opora:5.2.15(1)-release:hBc:/bin/bash:\n",
        b"opora:$BASH_VERSION:$-:$BASH:$(test -d /dev/fd && echo fd)\r\n", b"opora::569X::\n",
    ],
)  # fmt: skip
def test_old_restricted_and_other_shells_are_left_alone(answer: bytes) -> None:
    assert understood(answer, Naming()) is None
    known = understood(b"opora:4.4.20(1)-release:hBc:/bin/bash:fd\n", Naming())
    assert known is not None and known.name == "bash 4.4"
