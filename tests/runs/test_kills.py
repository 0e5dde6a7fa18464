"""The whole program under kills: nothing acknowledged is lost or doubled. A short run of `bin/bench kills`."""

import json
import subprocess
import sys

import pytest

from tests.runs.program import CHECKOUT, clean_environment

KILLS = 6


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_loses_and_doubles_nothing_whichever_part_is_killed():
    words = ["--kills", str(KILLS), "--letters", "24", "--replies", "24", "--seed", "10", "--json"]
    done = subprocess.run(
        [sys.executable, "bench/kills.py", *words],
        cwd=CHECKOUT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["letters acknowledged"] == found["answers acknowledged"] == 24
    assert sum(number for name, number in found.items() if name.startswith("killed: ")) == KILLS
    assert {name: number for name, number in found.items() if name.startswith("WRONG") and number} == {}
