"""Runs the tests: with a browser and a throw-away database, all of them in two processes.

`bin/test` and the last step of `bin/check` are this. Arguments go to pytest as they are.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from house.assets import ensure_packages
from house.browser import ensure_chromium
from house.environment import ROOT
from opora.config.embedded import throwaway

WORKERS = "2"


def main(arguments: Sequence[str]) -> int:
    """Runs pytest and returns its exit status."""
    with prepared() as around:
        settings = os.environ | around
        return subprocess.run(command(arguments), env=settings, cwd=folder(arguments), check=False).returncode


def command(arguments: Sequence[str]) -> list[str]:
    """The pytest call: everything in two processes, a chosen part in one."""
    chosen = list(arguments) or ["-n", WORKERS, "--dist", "loadfile", str(ROOT / "tests")]
    here = [f"--rootdir={ROOT}", "-c", str(ROOT / "pyproject.toml"), "--tb=short"]
    keep = [] if os.access(ROOT, os.W_OK) else ["-p", "no:cacheprovider"]
    return [sys.executable, "-m", "pytest", *here, *keep, *chosen]


def folder(arguments: Sequence[str]) -> Path:
    """Where pytest runs: paths given by hand are looked up from where they were typed, then from the checkout."""
    paths = [part.split("::")[0] for part in arguments if not part.startswith("-")]
    return Path.cwd() if any(Path(path).exists() for path in paths) else ROOT


@contextmanager
def prepared() -> Iterator[dict[str, str]]:
    """What the tests need around them, as environment settings."""
    browser = ensure_chromium()
    ensure_packages()
    with database() as server:
        yield {"OPORA_TEST_DATABASE_URL": server, "DATABASE_URL": server, "OPORA_TEST_CHROMIUM": browser} | scratch()


@contextmanager
def database() -> Iterator[str]:
    """The address of the server for this run: the one that was given, or one of its own that goes with it."""
    given = os.environ.get("OPORA_TEST_DATABASE_URL", "")
    if given:
        yield given
        return
    with throwaway(chosen=os.environ.get("OPORA_PG_BIN", "")) as server:
        yield server.url


def scratch() -> dict[str, str]:
    """Where the tools keep their caches: beside the code, or beside the environment when the code cannot be written."""
    if os.access(ROOT, os.W_OK):
        return {}
    caches = Path(sys.prefix).parent
    return {
        "RUFF_CACHE_DIR": str(caches / "ruff"),
        "MYPY_CACHE_DIR": str(caches / "mypy"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(caches / "hypothesis"),
        "OPORA_LAYERS_CACHE": str(caches / "layers"),
    }


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
