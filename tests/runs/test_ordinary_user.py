"""As root we can become nobody: the whole program runs for an ordinary user, from its own folders only."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.folders import opened_for_others
from tests.runs.program import Program
from tests.runs.waiting import wait_until

pytestmark = pytest.mark.slow

AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def why_not(words: list[str]) -> str:
    """Why nobody cannot run the program by these words; empty when it can be done."""
    done = subprocess.run([*words, sys.executable, "-c", "import django, opora"], capture_output=True, check=False)
    return "" if done.returncode == 0 else done.stderr.decode(errors="replace").strip()[-300:]


def test_everything_runs_for_an_ordinary_user(passable):
    if os.geteuid() != 0:
        pytest.skip("not root: every other test here already runs as an ordinary user")
    if not shutil.which("setpriv"):
        pytest.skip("setpriv (util-linux) is not here")
    try:
        interpreter = Path(sys.executable).resolve().parents[1]
        as_nobody = [*opened_for_others(passable, interpreter, Path(sys.prefix), CHECKOUT), *AS_NOBODY]
    except PermissionError as error:
        pytest.skip(f"{error}, and {sys.executable} or the checkout stand in a folder that is closed to others")
    assert why_not(as_nobody) == ""
    nobody = pwd.getpwnam("nobody")
    home = passable / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    program = Program(home / "state", {"HOME": str(home), "XDG_RUNTIME_DIR": ""})
    with (passable / "log").open("wb") as log:
        program.process = subprocess.Popen(
            [*as_nobody, sys.executable, "-m", "opora.config.cli", "up"],
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
        wait_until(lambda: works(program), "it works", 300)
        assert (program.state / "pg").stat().st_uid == nobody.pw_uid
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(15) == 0
    finally:
        program.end()
