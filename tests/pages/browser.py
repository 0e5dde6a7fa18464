"""A real Chromium for page tests: pages served on a free port, axe from npm, pictures to look at.

Skips with a printed reason when no Chromium is on the machine; the axe check needs `npm ci` in frontend/ (dev only).
"""

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error

CHECKOUT = Path(__file__).resolve().parents[2]
AXE = CHECKOUT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
SIZES = {"desktop": {"width": 1360, "height": 860}, "phone": {"width": 390, "height": 844}}


def chromium() -> str:
    """The browser's path. Skips the test, saying so, when there is none."""
    for name in (os.environ.get("OPORA_TEST_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")


@functools.cache
def axe_script() -> str:
    """axe-core's own source. Skips the test, saying so, when it is not installed."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed (cd frontend && npm ci --ignore-scripts)")
    return AXE.read_text(encoding="utf-8")


@contextmanager
def browser() -> Iterator[Any]:
    """A running Chromium, shut at the end whatever happens."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield running
        finally:
            running.close()


def violations(page: Any) -> list[str]:
    """What axe finds wrong on the page as it is now, one line each; empty is good."""
    try:
        found = _found_by_axe(page)
    except Error:  # the page left for the next one while axe looked at it
        found = _found_by_axe(page)
    return [
        f"{one['id']}: {one['help']} | "
        + " | ".join(
            f"{node['target']} {node['html'][:140]} {node['failureSummary'][-200:]}" for node in one["nodes"][:4]
        )
        for one in found
    ]


def _found_by_axe(page: Any) -> Any:
    page.wait_for_load_state()
    page.evaluate(axe_script())
    return page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")


def keep_picture(page: Any, name: str) -> None:
    """A picture of the whole page in the folder PAGE_PICTURES; nothing when it is not set."""
    folder = os.environ.get("PAGE_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def watch(page: Any) -> list[str]:
    """Everything the page complains about from now on: script errors, refusals by the content policy, failed loads."""
    said: list[str] = []
    page.on("pageerror", lambda problem: said.append(f"error: {problem}"))
    page.on("console", lambda line: said.append(f"console: {line.text}") if line.type == "error" else None)
    return said


Look = Callable[..., None]
