"""One host for all tests of the gateway, and a fresh world for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.folders import passable_folder
from tests.gateway import hosts
from tests.gateway.hubs import Watchers
from tests.gateway.neighbours import Authority
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
