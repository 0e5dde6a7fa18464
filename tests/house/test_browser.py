"""What page tests need: a browser and the packages of `frontend/`; found, fetched where allowed, or named."""

import os
from pathlib import Path

import pytest

from house import assets, browser


def program(folder: Path, name: str, text: str = "exit 0") -> Path:
    """A small program in the folder that stands for all of PATH."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no browser, no apt and no node."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("OPORA_TEST_CHROMIUM", raising=False)
    return tmp_path


def test_it_finds_a_browser_that_answers(bare: Path) -> None:
    program(bare, "chromium", "exit 1")
    answering = program(bare, "chromium-browser")
    assert browser.ensure_chromium() == str(answering)


def test_it_takes_the_browser_it_is_told_to(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare, "chromium")
    monkeypatch.setenv("OPORA_TEST_CHROMIUM", str(program(bare, "my-browser")))
    assert browser.ensure_chromium() == str(bare / "my-browser")


def test_it_names_the_package_when_it_may_not_install(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    program(bare, "apt-get", f"echo called >{bare}/called")
    assert browser.ensure_chromium() == ""
    said = capfd.readouterr().err
    assert "install your system's 'chromium' package" in said
    assert len(said.splitlines()) == 1
    assert not (bare / "called").exists()


def test_it_installs_as_root_after_refreshing_the_lists(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    program(bare, "made", "exit 0")
    program(
        bare,
        "apt-get",
        f'case "$*" in *update*) : >{bare}/fresh;; *) [ -e {bare}/fresh ] && /bin/cp {bare}/made {bare}/chromium;; esac',
    )
    assert browser.ensure_chromium() == str(bare / "chromium")


def test_it_goes_on_without_node_and_says_so(bare: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (bare / "package-lock.json").write_text("{}")
    assert not assets.ensure_packages(bare)
    assert "node and npm are not here" in capfd.readouterr().err


def test_it_fetches_the_locked_packages_once(bare: Path) -> None:
    (bare / "package-lock.json").write_text("{}")
    program(bare, "node")
    program(bare, "npm", f"/bin/mkdir -p {bare}/node_modules; echo call >>{bare}/calls")
    assert assets.ensure_packages(bare)
    assert assets.ensure_packages(bare)
    assert (bare / "calls").read_text() == "call\n"
    (bare / "package-lock.json").write_text('{"changed": true}')
    assert assets.ensure_packages(bare)
    assert (bare / "calls").read_text() == "call\ncall\n"


def test_npm_believes_the_systems_certificates_unless_others_were_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "all.crt"
    bundle.touch()
    monkeypatch.setattr(assets, "BUNDLES", ("/nowhere/all.crt", str(bundle)))
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    assert assets.certificates() == {"NODE_EXTRA_CA_CERTS": str(bundle)}
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/chosen.crt")
    assert assets.certificates() == {}
