"""The gates' runner: every step is seen, a failed one shows its words, and the tests' own summary closes the run."""

import os
import sys
from pathlib import Path

import pytest

from house import check, tests
from house.check import Step
from house.dev import difference
from house.environment import ROOT

SAYS_GOOD = (sys.executable, "-c", "print('nothing to complain of')")
SAYS_BAD = (sys.executable, "-c", "import sys; print('line 7 is crooked'); sys.exit(1)")
SKIPS = (sys.executable, "-c", "print('SKIPPED node is not here')")


def test_it_is_silent_about_a_step_that_holds(capfd: pytest.CaptureFixture[str]) -> None:
    assert check.held(Step("lint", "all is straight", (SAYS_GOOD,)), dict(os.environ))
    said = capfd.readouterr().out
    assert "lint" in said
    assert "ok" in said
    assert "nothing to complain of" not in said


def test_it_shows_what_a_failed_step_said(capfd: pytest.CaptureFixture[str]) -> None:
    assert not check.held(Step("lint", "all is straight", (SAYS_GOOD, SAYS_BAD)), dict(os.environ))
    said = capfd.readouterr().out
    assert "FAILED" in said
    assert "line 7 is crooked" in said


def test_it_shows_why_a_step_skipped_something(capfd: pytest.CaptureFixture[str]) -> None:
    assert check.held(Step("assets", "built as the sources say", (SKIPS,)), dict(os.environ))
    assert "node is not here" in capfd.readouterr().out


def test_it_refuses_a_step_it_does_not_know(capfd: pytest.CaptureFixture[str]) -> None:
    assert check.main(["straightness"]) == 2
    assert "no step is called straightness" in capfd.readouterr().out


def test_it_fails_when_one_step_fails(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "steps", lambda: [Step("a", "", (SAYS_BAD,)), Step("b", "", (SAYS_GOOD,))])
    monkeypatch.setattr(tests, "ensure_chromium", str)
    monkeypatch.setattr(tests, "ensure_packages", bool)
    monkeypatch.setenv("OPORA_TEST_DATABASE_URL", "postgresql://opora@nowhere/opora")
    monkeypatch.setattr(check, "run_tests", lambda settings: (0, "== 3 passed in 1.00s =="))
    assert check.main([]) == 1
    said = capfd.readouterr().out.strip().splitlines()
    assert "NOT HELD: a" in said[-2]
    assert said[-1] == "== 3 passed in 1.00s =="
    assert check.main(["b"]) == 0


def test_it_finds_the_closing_line_in_what_passes_by() -> None:
    shown: list[bytes] = []
    reading, writing = os.pipe()
    os.write(writing, b"dots ....\n" + b"x" * 5000 + b"\n=== 12 passed in 3.00s ===\n\n")
    os.close(writing)
    assert check.pass_on(reading, shown.append) == "=== 12 passed in 3.00s ==="
    os.close(reading)
    assert b"".join(shown).startswith(b"dots")


def test_it_runs_all_tests_in_two_processes_and_a_part_in_one() -> None:
    assert tests.command([])[-4:] == ["2", "--dist", "loadfile", str(ROOT / "tests")]
    assert "-n" not in tests.command(["tests/sla"])


def test_it_looks_for_a_named_test_where_it_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert tests.folder(["tests/sla"]) == ROOT
    (tmp_path / "test_mine.py").touch()
    assert tests.folder(["test_mine.py::test_it"]) == tmp_path


def test_it_names_the_file_that_changed() -> None:
    assert difference({"a.py": 1, "b.py": 1}, {"a.py": 1, "b.py": 2}) == "b.py changed"
    assert difference({"a.py": 1}, {}) == "a.py changed"
    assert difference({"a.py": 1}, {"a.py": 1}) == ""
