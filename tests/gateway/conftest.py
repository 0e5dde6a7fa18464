"""One host for all tests of the gateway, and a fresh world for each."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from opora.gateway.sockets import ask
from tests.folders import passable_folder
from tests.gateway import hosts
from tests.gateway.hubs import Watchers
from tests.gateway.neighbours import Authority
from tests.gateway.processes import Running
from tests.gateway.users import ASK, Users, Worked, users_in, why_not
from tests.gateway.worlds import World, world


@pytest.fixture(scope="session")
def authority() -> Authority:
    """The key that the host trusts."""
    return Authority()


@pytest.fixture(scope="session")
def sshd(authority: Authority) -> Iterator[hosts.Sshd]:
    """A real OpenSSH server."""
    if reason := hosts.why_not():
        pytest.skip(reason)
    with passable_folder() as folder:
        server = hosts.Sshd(folder / "host", authority.public)
        try:
            yield server.start()
        finally:
            server.stop()


@pytest.fixture
def here(tmp_path: Path, sshd: hosts.Sshd, authority: Authority) -> Iterator[World]:
    """A world whose gateway is not started yet."""
    with world(tmp_path, sshd, authority) as made:
        yield made


@pytest.fixture
def clara(here: World) -> Watchers:
    """Whoever watches and steers in that world; must be asked for before the gateway is started."""
    here.hub = Watchers()
    return here.hub


@pytest.fixture(scope="module")
def users() -> Iterator[Users]:
    """Desk, gateway, ledger and signer as users of their own, none of them at work yet."""
    if reason := why_not():
        pytest.skip(reason)
    with passable_folder() as folder:
        try:
            made = users_in(folder)
        except PermissionError as error:
            pytest.skip(f"{error}, and {sys.executable} or the checkout stand in a folder that is closed to others")
        yield made


@pytest.fixture(scope="module")
def worked(
    users: Users, sshd: hosts.Sshd, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worked]:
    """All four at work, and one session done: Boris comes before the desk has handed the agreement over, and after."""
    with (
        world(tmp_path_factory.mktemp("four"), sshd, authority) as here,
        Running("ledger", users.state, users.environment, users.as_user("ledger")),
        Running("signer", users.state, users.environment, users.as_user("signer")),
    ):
        here.settings = replace(here.settings, state=users.state, group=ASK)
        public = asyncio.run(ask(here.settings.socket("signer"), {"do": "authority"}))["public"]
        host = hosts.Sshd(users.folder / "host", public).start()
        try:
            here.sshd = host
            here.agree()
            here.start_process(before=tuple(users.as_user("gateway")), **users.environment)
            _, port = here.settings.listen or ("", 0)
            shown = (here.settings.keys("gateway") / "host.pub").read_text()
            here.known.write_text(f"[127.0.0.1]:{port} {shown}")
            refused = here.ssh("echo too early").stderr.decode()
            users.hand_over(here.desk.agreement)
            assert here.ssh("echo whole; cat", given=b"secret\n").stdout == b"whole\nsecret\n"
            here.desk.wait_told("ended")
            yield Worked(users, here, here.desk.opened[0]["session"], refused)
        finally:
            host.stop()
