"""Many at the door at once: whoever works is not starved, and a real client still comes in."""

import asyncio
import socket
from contextlib import ExitStack

import asyncssh
import pytest

from opora.gateway.crowd import Crowd
from opora.gateway.front import MOST_CHANNELS, MOST_KEYS, MOST_REFUSALS
from opora.gateway.terminal import MOST_EARLY, Engineer
from tests.gateway.neighbours import CODE
from tests.gateway.screens import screen
from tests.gateway.worlds import World


class Robot(asyncssh.SSHClient):
    """A client that does what no polite one does."""

    def kbdint_auth_requested(self) -> str:
        return ""

    def kbdint_challenge_received(self, *asked: object) -> list[str]:
        return [CODE]


def robot(here: World, **more: object) -> object:
    assert here.settings.listen is not None
    told = {"username": "T-1042.web1", "known_hosts": None, "client_keys": [str(here.key)], "agent_path": None}
    return asyncssh.connect(*here.settings.listen, client_factory=Robot, config=None, **{**told, **more})


def test_the_longest_waiting_goes_first_and_of_its_own_address() -> None:
    crowd, gone = Crowd(most=4, most_from_one=2), []
    for name, address in (("a", "10.0.0.1"), ("b", "10.0.0.2"), ("c", "10.0.0.1"), ("d", "10.0.0.1")):
        crowd.enter(name, address, lambda name=name: gone.append(name))
    assert gone == ["a"]
    for name, address in (("e", "2001:db8::1"), ("f", "2001:db8::2"), ("g", "2001:db8::3")):
        crowd.enter(name, address, lambda name=name: gone.append(name))
    assert gone == ["a", "b", "e"] and len(crowd) == 4
    crowd.forget("c")
    crowd.forget("c")
    assert len(crowd) == 3


def test_silent_callers_starve_nobody(here: World) -> None:
    here.start()
    assert here.settings.listen is not None
    here.gateway.crowd = Crowd(most=20, most_from_one=12)
    with ExitStack() as all_of_them, screen(here) as boris:
        boris.wait("$ ")
        for number in range(60):
            line = socket.socket()
            all_of_them.enter_context(line)
            line.bind((f"127.0.0.{2 + number % 5}", 0))
            line.connect(here.settings.listen)
            line.settimeout(30)
            assert line.recv(10).startswith(b"SSH-2.0-")
        assert here.within(lambda: len(here.gateway.crowd)) <= 20
        boris.type("echo still-$((40+2))\r")
        boris.wait("still-42")
        assert here.ssh("true").returncode == 0
        boris.type("exit\r")
        boris.ends()


def test_a_bunch_of_keys_is_shown_no_further(here: World) -> None:
    here.start()
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(MOST_KEYS + 10)]

    async def try_all() -> None:
        async with robot(here, client_keys=keys):
            pass

    with pytest.raises(asyncssh.Error):
        asyncio.run(try_all())
    assert len(here.desk.knocks) <= MOST_KEYS


def test_it_counts_in_no_large_numbers_for_strangers(here: World) -> None:
    here.start()
    for costly in ("diffie-hellman-group18-sha512", "diffie-hellman-group-exchange-sha256"):
        ran = here.ssh("true", options=("-o", f"KexAlgorithms={costly}"))
        assert ran.returncode == 255 and b"no matching key exchange method" in ran.stderr
    assert here.ssh("true", options=("-o", "KexAlgorithms=curve25519-sha256")).returncode == 0


def test_a_command_longer_than_any_is_refused_and_told(here: World) -> None:
    here.start()

    async def ask() -> None:
        async with robot(here) as connection:
            with pytest.raises(asyncssh.Error):
                await connection.create_process("\x01" * (200 << 10), encoding=None)

    asyncio.run(ask())
    assert here.desk.wait_told("denied")["facts"]["what"] == "exec"


def test_one_connection_has_few_channels_and_few_refusals(here: World) -> None:
    here.start()

    async def open_many() -> tuple[int, int]:
        async with robot(here) as connection:
            opened, refused = [], 0
            for _ in range(MOST_CHANNELS + 3):
                try:
                    opened.append(await connection.create_process("cat", encoding=None))
                except asyncssh.ChannelOpenError:
                    refused += 1
            for process in opened:
                process.close()
            return len(opened), refused

    async def refused_many() -> int:
        async with robot(here) as connection:
            for count in range(MOST_REFUSALS + 20):
                try:
                    await connection.create_connection(asyncssh.SSHTCPSession, "127.0.0.1", 9)
                except asyncssh.ChannelOpenError as error:
                    if error.code != asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED and count >= MOST_REFUSALS:
                        return count
        raise AssertionError("it was never put out")

    assert asyncio.run(open_many()) == (MOST_CHANNELS, 3)
    assert asyncio.run(refused_many()) == MOST_REFUSALS


def test_what_is_typed_too_early_is_not_heaped_up(here: World) -> None:
    here.agree(watching="must_pause")
    here.start()

    async def pour() -> int:
        async with robot(here) as connection:
            process = await connection.create_process("cat", encoding=None)
            process.stdin.write(b"x" * (32 << 20))
            while not (held := [one for one in waiting() if one.is_held]):
                await asyncio.sleep(0.02)
            size = len(held[0]._early)
            process.close()
            return size

    def waiting() -> list[Engineer]:
        return [one for session in here.gateway.sessions.values() for one in (session.engineer,) if one is not None]

    assert asyncio.run(pour()) < MOST_EARLY + (64 << 10)
