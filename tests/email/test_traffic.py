"""The two weeks of `bin/bench traffic`, made short: real Postfix, real Dovecot, kills. Needs root for Postfix."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.email.mail_programs import IS_ROOT

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not IS_ROOT, reason="Postfix needs root")
@pytest.mark.skipif(not os.environ.get("OPORA_TEST_TRAFFIC"), reason="takes minutes: set OPORA_TEST_TRAFFIC=1")
def test_it_loses_and_doubles_nothing_in_two_weeks_of_real_mail(db: None, mail_programs: None) -> None:
    words = ["bench/traffic.py", "--minutes", "0.5", "--days", "0.05", "--letters", "40", "--flood", "150"]
    words += ["--kills", "4", "--json"]
    ran = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-4000:]
    found = json.loads(ran.stdout)
    assert found["letters of people, accepted"] >= 40 and found["letters of the flood, accepted"] == 150
    assert found["delivery reports read"] >= 1 and found["automatic letters filed"] >= 1
    assert {name: number for name, number in found.items() if name.startswith("WRONG") and number} == {}
