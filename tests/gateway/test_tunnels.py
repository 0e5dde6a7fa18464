"""The customer's tunnel: opened by its own unchanged ssh, good for one host in one window, and its kill switch."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opora.evidence.frames import Kind
from opora.gateway import tunnels
from tests.email.mail_programs import free_port
from tests.gateway.neighbours import WORD
from tests.gateway.screens import screen
from tests.gateway.worlds import World, window

NAME = "T-1042.web1.tunnel"
OPEN = "the tunnel is yours"


class Clara:
    """Her ssh at her end, with the word it is asked for."""

    def __init__(self, here: World, *more: str, word: str = WORD, name: str = NAME, forward: str = "") -> None:
        words, environment = here.words("-N", "-v", name=name, code=word)
        forward = forward or f"22:127.0.0.1:{here.sshd.port}"
        at = words.index("-N")
        self.log = here.folder / f"clara-{time.monotonic_ns()}.log"
        self.process = subprocess.Popen(
            # Whoever runs the tests in the background of a shell has SIGINT ignored, and would hand that down to her.
            [
                "env",
                "--default-signal=INT",
                *words[:at],
                "-R",
                forward,
                "-o",
                "ExitOnForwardFailure=yes",
                *more,
                *words[at:],
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.log.open("wb"),
            start_new_session=True,
        )

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def ctrl_c(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def ends(self) -> int:
        return self.process.wait(60)


@contextmanager
def tunnel(here: World, *more: str, **changed: str) -> Iterator[Clara]:
    """Clara's tunnel; told of as open when this begins."""
    before = len([one for one in here.desk.told if one["what"] == "tunnel"])
    clara = Clara(here, *more, **changed)
    try:
        here.desk.wait_told("tunnel", times=before + 1)
        yield clara
    finally:
        clara.process.kill()
        clara.process.wait(10)


@pytest.fixture
def agreed(here: World) -> World:
    """A host that is reached by the customer's tunnel only: its own address leads nowhere."""
    here.agree(road="tunnel", address="localhost")
    return here


def refused(here: World, words: str, **changed: str) -> str:
    clara = Clara(here, **changed)
    assert clara.ends() == 255
    assert words in clara.said(), clara.said()
    return clara.said()


def test_it_works_through_the_tunnel_and_binds_no_port(agreed: World) -> None:
    agreed.start()
    ran = agreed.ssh("true")
    assert ran.returncode == 1 and b"has not opened the tunnel to web1" in ran.stderr
    assert agreed.desk.opened == []
    ours = listening()
    assert agreed.settings.listen is not None and agreed.settings.listen[1] in ours
    with tunnel(agreed) as clara:
        assert OPEN in clara.said() and listening() == ours
        assert agreed.ssh("echo through; cat", given=b"typed\n").stdout == b"through\ntyped\n"
        agreed.desk.wait_told("ended")
        assert agreed.typed() == b"typed\n"
        header = json.loads(agreed.recorded(Kind.HEADER))
        assert (header["road"], header["tunnel_from"]) == ("tunnel", "127.0.0.1")
        assert agreed.desk.wait_told("tunnel")["facts"]["open"] is True
        clara.ctrl_c()
        clara.ends()
    closed = agreed.desk.wait_told("tunnel", times=2)["facts"]
    opened = agreed.desk.wait_told("tunnel")
    assert (closed["open"], closed["why"], closed["pass"]) == (False, "customer", 41)
    assert closed["opening"] == opened["number"] == opened["facts"]["opening"]


def listening() -> set[int]:
    """The ports on which anything of this process listens."""
    ours = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()}
    inodes = {name[8:-1] for name in ours if name.startswith("socket:")}
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    return {int(row[1].rpartition(":")[2], 16) for row in rows[1:] if row[3] == "0A" and row[9] in inodes}


@pytest.mark.parametrize("close", [Clara.ctrl_c, lambda clara: clara.process.kill()], ids=["ctrl-c", "killed"])
def test_closing_it_ends_the_session_at_once(agreed: World, close: Callable[[Clara], None]) -> None:
    agreed.start()
    with tunnel(agreed) as clara, screen(agreed) as boris:
        boris.wait("$ ")
        boris.type("while :; do date +%s.%N > ~/alive; sleep 0.05; done\r")
        boris.wait("done")
        said = time.time()
        close(clara)
        boris.wait("The customer closed the tunnel.")
        assert time.time() - said <= 1.0
        assert boris.ends() == 1
    assert agreed.desk.wait_told("ended")["facts"]["reason"] == "tunnel"
    [end] = [json.loads(frame.payload) for frame in agreed.frames() if frame.kind is Kind.TERMINATE]
    assert (end["reason"], end["by"]) == ("tunnel", {"id": "tunnel", "name": "Clara", "kind": "customer"})
    assert end["why"] == "The customer closed the tunnel."
    assert b"has not opened the tunnel" in agreed.ssh("true").stderr


def test_it_wants_the_word_and_takes_no_key_for_it(agreed: World) -> None:
    agreed.start()
    refused(agreed, "This is not the word of the tunnel.", word="another")
    # Boris's own key is offered first each time; at this door it is not even looked at.
    assert agreed.desk.knocks == []
    agreed.desk.no_passage = ("window", "The window opens at noon.")
    refused(agreed, "The window opens at noon.")
    agreed.desk.away = True
    refused(agreed, "The desk does not answer")
    assert not [one for one in agreed.desk.told if one["what"] == "tunnel"]


def test_it_looks_at_the_agreement_itself_whatever_the_desk_says(agreed: World) -> None:
    agreed.start()
    now = datetime.now(UTC)
    for changed, words in (
        ({"window": window(now - timedelta(hours=2), now - timedelta(hours=1))}, "is not open now"),
        ({"ticket": "T-1043"}, "knows no host web1"),
        ({"road": "certificate"}, "knows no host web1"),
    ):
        agreed.agree(**{"road": "tunnel", "address": "localhost", **changed})
        refused(agreed, words)
    assert not [one for one in agreed.desk.told if one["what"] == "tunnel"]


def test_it_opens_one_tunnel_at_a_time_and_one_forward(agreed: World) -> None:
    agreed.start()
    with tunnel(agreed) as clara:
        refused(agreed, "is open already, from 127.0.0.1")
        assert clara.process.poll() is None and agreed.ssh("true").returncode == 0
    agreed.desk.wait_told("tunnel", times=2)
    agreed_twice = Clara(agreed, "-R", "23:127.0.0.1:1")
    assert agreed_twice.ends() == 255 and "remote port forwarding failed" in agreed_twice.said()
    told = agreed.desk.wait_told("denied")["facts"]
    assert (told["what"], told["detail"], told["tunnel"], told["staff"]) == (
        "tcpip-forward",
        "localhost:23",
        "web1",
        None,
    )


def test_it_gives_nothing_else_and_records_who_tried(agreed: World) -> None:
    agreed.start()
    port = free_port()
    with tunnel(agreed, "-L", f"{port}:127.0.0.1:{agreed.sshd.port}") as clara, screen(agreed) as boris:
        boris.wait("$ ")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as inner:
            inner.settimeout(30)
            assert inner.recv(100) == b""
        assert clara.process.poll() is None
        boris.type("exit\r")
        boris.ends()
    agreed.desk.wait_told("ended")
    [denied] = [json.loads(frame.payload) for frame in agreed.frames() if frame.kind is Kind.DENIED]
    assert denied == {"what": "direct-tcpip", "detail": f"through the tunnel: 127.0.0.1:{agreed.sshd.port}"}
    for what, options in (("session", ("-tt",)), ("streamlocal-forward", ("-N", "-R", "/tmp/x:127.0.0.1:1"))):
        before = len([one for one in agreed.desk.told if one["what"] == "denied"])
        ran = agreed.ssh(options=(*options, "-o", "ExitOnForwardFailure=yes"), name=NAME, code=WORD)
        assert ran.returncode == 255
        assert agreed.desk.wait_told("denied", times=before + 1)["facts"]["what"] == what
    assert agreed.desk.knocks[-1]["staff"] == 3, "only Boris was ever asked for as an engineer"


def test_it_shuts_when_the_window_ends_and_when_the_desk_takes_it_back(
    agreed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnels, "ASK_EVERY", 0.2)
    agreed.start()
    with tunnel(agreed) as clara, screen(agreed) as boris:
        boris.wait("$ ")
        agreed.desk.no_passage = ("withdrawn", "Clara took it back.")
        clara.ends()
        boris.wait("does not allow this tunnel any more")
        boris.ends()
        assert "does not allow this tunnel any more" in clara.said()
        assert agreed.desk.wait_told("tunnel", times=2)["facts"]["why"] == "withdrawn"
        assert agreed.desk.passages[-1] | {"opening": 0} == {
            **{"ticket": "T-1042", "host": "web1", "word": None, "pass": 41, "opening": 0}
        }
        assert ended_by(agreed) == ("tunnel", "gateway")
    agreed.desk.no_passage = None
    ends = datetime.now(UTC) + timedelta(seconds=4)
    agreed.agree(road="tunnel", address="localhost", window=window(ends - timedelta(hours=1), ends))
    with tunnel(agreed) as clara:
        clara.ends()
        assert "The agreed window is over." in clara.said()
        assert 0 <= time.time() - ends.timestamp() <= 2.0


def ended_by(here: World) -> tuple[str, str]:
    """Why the only session ended, and who did it, as its record says."""
    here.desk.wait_told("ended")
    [end] = [json.loads(frame.payload) for frame in here.frames() if frame.kind is Kind.TERMINATE]
    return end["reason"], end["by"]["kind"]


def test_the_record_says_that_the_window_was_over_and_not_that_the_customer_closed_the_tunnel(agreed: World) -> None:
    agreed.start()
    with tunnel(agreed), screen(agreed) as boris:
        boris.wait("$ ")
        gateway = agreed.gateway
        assert gateway is not None
        [session] = gateway.sessions.values()
        agreed.within(lambda: session.tunnel.close("window"))
        boris.wait("The agreed window is over.")
        boris.ends()
    assert ended_by(agreed) == ("window", "gateway")


def test_the_host_behind_it_must_still_show_its_key(agreed: World) -> None:
    stranger = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqTrBcFGHBx1nuDx/8O/oEI6OxFMFdddyaHkzPb2r58"
    told = json.loads(agreed.desk.agreement)
    agreed.agree(hosts=[{**told["hosts"][0], "host_keys": [stranger]}])
    agreed.start()
    with tunnel(agreed):
        ran = agreed.ssh("true")
        assert ran.returncode == 1 and b"another host key" in ran.stderr
    agreed.desk.wait_told("ended")
    with tunnel(agreed, forward=f"22:127.0.0.1:{free_port()}"):
        ran = agreed.ssh("true")
        assert ran.returncode == 1 and b"cannot be reached" in ran.stderr


def test_a_client_that_falls_silent_is_gone_within_seconds(agreed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnels, "KEEPALIVE", 0.5)
    monkeypatch.setattr(tunnels, "SILENCE", 2.0)
    agreed.start()
    with tunnel(agreed) as clara, screen(agreed) as boris:
        boris.wait("$ ")
        clara.process.send_signal(signal.SIGSTOP)
        boris.wait("end of the tunnel does not answer any more.")
        boris.ends()
    assert ended_by(agreed) == ("tunnel", "gateway"), "Clara did not do it"
    assert agreed.desk.wait_told("ended")["facts"]["reason"] == "tunnel"
    assert agreed.desk.wait_told("tunnel", times=2)["facts"]["why"] == "silent"


def test_whoever_opens_a_tunnel_does_not_turn_into_an_engineer(agreed: World) -> None:
    import asyncio

    import asyncssh

    agreed.start()

    class Turning(asyncssh.SSHClient):
        """Says another name after the first was asked for its word."""

        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            self.connection = conn

        def kbd_interactive_auth_requested(self) -> str:
            return ""

        kbdint_auth_requested = kbd_interactive_auth_requested

        def kbdint_challenge_received(self, *_: object) -> list[str]:
            self.connection._username = "T-1042.web1"
            return ["wrong"]

    async def turn() -> str:
        _, port = agreed.settings.listen or ("", 0)
        try:
            await asyncssh.create_connection(
                Turning,
                "127.0.0.1",
                port,
                config=None,
                username=NAME,
                known_hosts=None,
                client_keys=[str(agreed.key)],
                preferred_auth=["keyboard-interactive", "publickey"],
            )
        except asyncssh.Error as error:
            return str(error)
        return "let in"

    assert "does not become an engineer" in asyncio.run(turn())
