"""Killing what takes letters in and sends them out, at random moments, while letters and answers stream.

A short run by default; OPORA_TEST_KILLS=200 makes it the full one of `bin/bench crashes`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("OPORA_TEST_KILLS", "8"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_neither_loses_nor_doubles_anything_whatever_is_killed_when(db: None) -> None:
    streamed = str(KILLS * 5)
    words = [
        sys.executable,
        "bench/crashes.py",
        "--kills",
        str(KILLS),
        "--letters",
        streamed,
        "--replies",
        streamed,
        "--json",
    ]
    ran = subprocess.run(
        words, cwd=ROOT, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(ran.stdout)
    assert found["letters acknowledged"] == found["messages made of letters"] == KILLS * 5
    assert found["answers written"] == KILLS * 5
    assert found["killed: listener"] + found["killed: worker"] >= KILLS
    assert {name: number for name, number in found.items() if name.startswith("WRONG") and number} == {}
