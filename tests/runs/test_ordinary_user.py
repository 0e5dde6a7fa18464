"""As root we can become nobody: the whole program runs for an ordinary user, from its own folders only."""

import os
import pwd
import shutil
import signal
import subprocess
import sys

import pytest

from tests.runs.program import Program
from tests.runs.waiting import wait_until

pytestmark = pytest.mark.slow

AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def can_become_nobody() -> str:
    """Why not; empty when it can be done."""
    if os.geteuid() != 0:
        return "not root: every other test here already runs as an ordinary user"
    if not shutil.which("setpriv"):
        return "setpriv (util-linux) is not here"
    done = subprocess.run([*AS_NOBODY, sys.executable, "-c", "import django, opora"], capture_output=True, check=False)
    return "" if done.returncode == 0 else f"{sys.executable} or the checkout cannot be entered by other users"


def test_everything_runs_for_an_ordinary_user(passable):
    if reason := can_become_nobody():
        pytest.skip(reason)
    nobody = pwd.getpwnam("nobody")
    home = passable / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    program = Program(home / "state", {"HOME": str(home), "XDG_RUNTIME_DIR": ""})
    with (passable / "log").open("wb") as log:
        program.process = subprocess.Popen(
            [*AS_NOBODY, sys.executable, "-m", "opora.config.cli", "up"],
            env=program.environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd="/",
        )

    def works(program: Program) -> bool:
        assert program.process.poll() is None, (passable / "log").read_text()
        return program.get("/readyz?all=1")[0] == 200

    try:
        wait_until(lambda: works(program), "it works", 120)
        assert (program.state / "pg").stat().st_uid == nobody.pw_uid
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(15) == 0
    finally:
        program.end()
