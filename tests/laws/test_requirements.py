"""The locked packages: each with its hashes, no index addresses, and the program's pins are also the tests' pins."""

import re
from pathlib import Path

import pytest

from tests.laws.sources import CHECKOUT

LOCKS = sorted((CHECKOUT / "requirements").glob("*.txt"))


def pins(lock: str) -> dict[str, str]:
    """Each package of the lock with its version."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.M))


def faults(lock: str) -> list[str]:
    """Packages without a hash, and anything that says where packages come from."""
    entries = re.findall(r"^([\w.-]+==\S+.*(?:\n    .*)*)", lock, re.M)
    bare = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
    return bare + re.findall(r"^.*(?:://|--index-url|--extra-index-url|--find-links| @ ).*$", lock, re.M)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_it_locks_by_hash_and_names_no_index(lock: Path) -> None:
    assert pins(lock.read_text())
    assert faults(lock.read_text()) == []


def test_it_tests_with_the_packages_it_runs_with() -> None:
    runtime, dev = (pins((CHECKOUT / f"requirements/{name}.txt").read_text()) for name in ("runtime", "dev"))
    assert {name: pin for name, pin in runtime.items() if dev.get(name) != pin} == {}


@pytest.mark.parametrize(
    "planted",
    ["django==6.1.3\n", "--index-url https://example.org/simple\n", "x @ https://example.org/x.whl\n"],
)
def test_it_reports_a_lock_that_is_not_one(planted: str) -> None:
    assert faults(planted)
