"""The other two roads with the real ledger, signer and sshd: a key of the window, and a tunnel, from the line to its end."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opora.evidence.frames import Kind
from opora.gateway.sockets import Refused, ask
from tests.gateway.hosts import ACCOUNT, IS_ROOT, NUMBER
from tests.gateway.processes import Running
from tests.gateway.test_tunnels import tunnel
from tests.gateway.worlds import World


@pytest.fixture
def keyed(here: World) -> Iterator[World]:
    """web1 by a key of the window, web2 by the same through a tunnel; ledger and signer are the real ones."""
    for lines in (here.signer, here.ledger):
        assert lines is not None
        lines.stop()
    here.signer = here.ledger = None
    host = {"system": 7, "port": here.sshd.port, "login": ACCOUNT, "host_keys": [here.sshd.host_key]}
    here.agree(
        hosts=[
            {**host, "name": "web1", "address": "127.0.0.1", "road": "key"},
            {**host, "name": "web2", "address": "localhost", "road": "tunnel-key"},
        ]
    )
    here.desk.hosts = ["web1", "web2"]
    here.settings = replace(here.settings, probe=True)
    state = here.settings.state
    lists = (here.sshd.folder / "keys", here.sshd.home / ".ssh" / "authorized_keys")
    try:
        with Running("ledger", state), Running("signer", state, {"OPORA_GATEWAY_EGRESS": "127.0.0.1"}):
            yield here
    finally:
        for path in lists:
            path.unlink(missing_ok=True)
        lists[0].write_text("")


def question(here: World, name: str, **asked: Any) -> dict[str, Any]:
    return asyncio.run(ask(here.settings.socket(name), asked))


def install(here: World, line: str) -> None:
    """Clara pastes the line into the account's list (where this sshd reads it, and where the look at the end does)."""
    folder = here.sshd.home / ".ssh"
    folder.mkdir(exist_ok=True)
    for path in (here.sshd.folder / "keys", folder / "authorized_keys"):
        with path.open("a") as file:
            file.write(line + "\n")
        if IS_ROOT:
            import os

            os.chown(folder, NUMBER, NUMBER)
            os.chown(path, NUMBER, NUMBER)


def test_a_host_is_entered_by_the_key_of_the_window_and_the_line_that_stands_is_told(keyed: World) -> None:
    agreed = question(keyed, "ledger", do="agree", agreement=keyed.desk.agreement)["sha256"]
    line, through = (question(keyed, "signer", do="line", agreement=agreed, host=name) for name in ("web1", "web2"))
    assert 'from="127.0.0.1/32"' in line["line"] and 'from="127.0.0.0/8,::1/128"' in through["line"]
    keyed.start()
    ran = keyed.ssh("true")
    assert ran.returncode == 1 and b"web1 does not accept us" in ran.stderr, "the line is not there yet"
    install(keyed, line["line"])
    assert keyed.ssh("echo by key; cat", given=b"typed\n").stdout == b"by key\ntyped\n"
    told = keyed.desk.wait_told("residue")["facts"]
    assert [text.partition(": ")[2] for text in told["standing"]] == [line["line"]]
    assert "keys" not in told["difference"]
    ended = keyed.desk.wait_told("ended", times=2)
    assert (ended["facts"]["reason"], keyed.typed(ended["session"])) == ("exit", b"typed\n")
    probes = [json.loads(frame.payload) for frame in keyed.frames(ended["session"]) if frame.kind is Kind.PROBE]
    assert probes[1]["standing"] == told["standing"]
    # The same road with a tunnel before it, by a key of its own.
    install(keyed, through["line"])
    with tunnel(keyed, name="T-1042.web2.tunnel") as clara:
        assert keyed.ssh("echo both", name="T-1042.web2").stdout == b"both\n"
        clara.ctrl_c()
        clara.ends()
    # What signs is the signer alone, and only while the agreement stands.
    names = {one.name for one in Path(keyed.settings.keys("signer"), "windows").iterdir()}
    assert names == {f"{agreed}.web1.key", f"{agreed}.web2.key"}
    keyed.desk.wait_told("ended", times=3)
    question(keyed, "ledger", do="withdraw", agreement=agreed, by="Clara", why="enough")
    with pytest.raises(Refused) as refused:
        question(keyed, "signer", do="line", agreement=agreed, host="web1")
    assert refused.value.code == "withdrawn"
    ran = keyed.ssh("true")
    assert ran.returncode == 1 and b"taken back" in ran.stderr
