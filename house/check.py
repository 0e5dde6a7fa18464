"""Every gate as a list of named steps with its time: what must hold before a change is landed.

A failed step shows what it said and the others still run; the tests come last and close with their own summary.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from house import tests
from house.environment import PATIENCE, ROOT

BIN = Path(sys.prefix) / "bin"
PYTHON = sys.executable
SETTINGS = "tests.settings"


@dataclass(frozen=True)
class Step:
    """One gate: a name to ask for it by, what it holds, and the commands that show it."""

    name: str
    holds: str
    commands: tuple[tuple[str, ...], ...]


def steps() -> list[Step]:
    """The gates in the order they run: quick ones first."""
    ruff, lint_imports = str(BIN / "ruff"), str(BIN / "lint-imports")
    laws = tests.command(["-q", "--no-header", "-p", "no:warnings", "tests/laws"])
    docs = tests.command(["-q", "--no-header", "-p", "no:warnings", "tests/docs"])
    assets = tests.command(["-q", "--no-header", "-rs", "tests/components/test_assets.py"])
    return [
        Step("format", "the code is laid out by ruff", ((ruff, "format", "--check", "--quiet", "."),)),
        Step("lint", "ruff finds nothing", ((ruff, "check", "--quiet", "."),)),
        Step("layers", "imports go downwards only", ((lint_imports, "--no-logo", *layers_cache()),)),
        Step("laws", "the laws of the house hold", (tuple(laws),)),
        Step("types", "mypy, strict", ((PYTHON, "-m", "mypy"),)),
        Step("migrations", "no model change lacks its migration", (manage("makemigrations", "--check", "--dry-run"),)),
        Step("django", "Django's own checks", (manage("check", "--fail-level", "WARNING"),)),
        Step("assets", "the built assets are those of the sources", (tuple(assets),)),
        Step("translations", "Russian is complete and compiled", ((PYTHON, "-m", "house.translations", "--check"),)),
        Step("docs", "documents, drawings and settings are right", (tuple(docs),)),
    ]


def manage(*arguments: str) -> tuple[str, ...]:
    """A Django command; `-W error` makes a database it cannot reach an error and not a remark."""
    alarm = "error:Got an error checking:RuntimeWarning"
    return (PYTHON, "-W", alarm, "-m", "django", *arguments, "--settings", SETTINGS)


def layers_cache() -> tuple[str, ...]:
    """Where import-linter keeps its graph."""
    kept = tests.scratch().get("OPORA_LAYERS_CACHE")
    return ("--cache-dir", kept) if kept else ()


def main(asked: Sequence[str]) -> int:
    """Runs the asked steps, or all of them and the tests; the exit status is 0 only when every one held."""
    gates = steps()
    unknown = [name for name in asked if name not in {gate.name for gate in gates} | {"tests"}]
    if unknown:
        print(f"bin/check: no step is called {unknown[0]}; there are: {', '.join(g.name for g in gates)}, tests")
        return 2
    start = time.monotonic()
    with ExitStack() as around:
        settings = os.environ | around.enter_context(tests.prepared())
        failed = [gate.name for gate in gates if (not asked or gate.name in asked) and not held(gate, settings)]
        summary = ""
        if not asked or "tests" in asked:
            status, summary = run_tests(settings)
            failed += ["tests"] if status else []
    verdict = f"NOT HELD: {', '.join(failed)}" if failed else "every step held"
    print(f"\n{verdict} ({time.monotonic() - start:.0f} s)")
    if summary:
        print(summary)
    return 1 if failed else 0


def held(gate: Step, settings: dict[str, str]) -> bool:
    """Runs one gate, showing its time, and what it said when it did not hold."""
    print(f"  {gate.name:<13} {gate.holds:<44}", end="", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryFile() as said, ticking():
        good = all(quietly(command, settings, said.fileno()) for command in gate.commands)
        said.seek(0)
        words = said.read().decode(errors="replace").strip()
    print(f" {'ok' if good else 'FAILED':<7}{time.monotonic() - start:6.1f} s", flush=True)
    remarks = words.splitlines() if not good else [line for line in words.splitlines() if line.startswith("SKIPPED")]
    for line in remarks:
        print(f"      {line}")
    return good


def quietly(command: Sequence[str], settings: dict[str, str], said: int) -> bool:
    """Whether the command succeeded; its words go to the open file `said`."""
    done = subprocess.run(
        command, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode == 0


@contextmanager
def ticking() -> Iterator[None]:
    """Prints a dot every few seconds while the body runs."""
    finished = Event()

    def tick() -> None:
        while not finished.wait(PATIENCE):
            print(".", end="", flush=True)

    Thread(target=tick, daemon=True).start()
    try:
        yield
    finally:
        finished.set()


def run_tests(settings: dict[str, str]) -> tuple[int, str]:
    """Runs all the tests with their output shown as it comes; returns the exit status and pytest's closing line."""
    print(f"  {'tests':<13} all of bin/test", flush=True)
    command = tests.command([])
    with subprocess.Popen(
        command, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        assert running.stdout is not None
        try:
            closing = pass_on(running.stdout.fileno(), lambda piece: os.write(sys.stdout.fileno(), piece))
        except KeyboardInterrupt:
            running.terminate()
            raise
    return running.returncode, closing


def pass_on(source: int, show: Callable[[bytes], object]) -> str:
    """Shows everything that comes from the file descriptor; returns its last line that says something."""
    tail = b""
    while piece := os.read(source, 65536):
        show(piece)
        tail = (tail + piece)[-4096:]
    lines = [line for line in tail.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\nstopped")
        sys.exit(130)
