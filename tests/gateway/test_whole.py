"""The whole road with the real ledger, signer and gateway, each a process: from `ssh` to a bundle that verifies."""

import asyncio
import zipfile

from opora.evidence import verify
from opora.evidence.frames import Kind
from opora.gateway.sockets import ask
from tests.folders import passable_folder
from tests.gateway.hosts import Sshd
from tests.gateway.processes import Running
from tests.gateway.worlds import World


def test_a_session_becomes_a_bundle_that_verifies_and_shows_a_flipped_byte(here: World) -> None:
    for lines in (here.signer, here.ledger):
        assert lines is not None
        lines.stop()
    here.signer = here.ledger = None
    state = here.settings.state
    with Running("ledger", state), Running("signer", state), passable_folder() as folder:
        authority = asyncio.run(ask(here.settings.socket("signer"), {"do": "authority"}))["public"]
        host = Sshd(folder / "host", authority).start()
        try:
            here.sshd = host
            here.agree()
            here.start_process()
            assert here.ssh("echo whole; cat", given=b"secret\n").stdout == b"whole\nsecret\n"
            here.desk.wait_told("ended")
            session = here.desk.opened[0]["session"]
            [ended] = [one for one in here.desk.told if one["what"] == "ended"]
            assert ended["facts"]["reason"] == "exit"
            assert f"T-1042/{here.desk.opened[0]['agreement'][:12]}/staff-3/{session}" in host.said()
            made = here.folder / "bundle.zip"
            told = asyncio.run(
                ask(here.settings.socket("ledger"), {"do": "bundle", "session": session, "path": str(made)}, seconds=30)
            )
            key = asyncio.run(ask(here.settings.socket("ledger"), {"do": "key"}))["verifier"]
        finally:
            host.stop()
    assert verify.main([told["path"], "--key", key]) == 0
    assert here.typed(session) == b"secret\n" and b"whole" in here.recorded(Kind.OUTPUT, session)
    assert verify.main([flipped(told["path"]), "--key", key]) == 1


def flipped(path: str) -> str:
    """The bundle with one bit of what the host answered turned over."""
    other = path.replace(".zip", "-flipped.zip")
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(other, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            changed.writestr(name, content.replace(b"whole\n", b"Whole\n") if name == "session.frames" else content)
    return other
