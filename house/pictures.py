"""Takes the pictures of docs/pictures from a running demo: `bin/demo --still`, then `.venv/bin/python -m house.pictures`.

After it may stand the demo's address and its state folder, where they are not the usual ones.

The demo fills itself the same way every time, so new pictures differ only where the pages do. The two of watched work are
taken where this machine has a host to work on: Boris goes there by ssh, as the demo's board says, while Clara looks.
"""

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from house.browser import MISSING, find_chromium

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
PASSWORD = "borealis over the racks"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
DESKTOP: Any = {"width": 1360, "height": 860}
PHONE: Any = {"width": 390, "height": 844}
BURNING = "a[href^='/desk/tickets/']"
STATE = Path(__file__).resolve().parents[1] / ".state" / "demo"
LOOKED_AT = ("clear", "uptime", "free -m", "df -h /", "head -3 /etc/os-release", "cat /proc/loadavg")

_INSIDE = re.compile(r"^(?!.*sign-in)")


def main(address: str, state: Path) -> int:
    """Sign in as colleagues and as Clara and take every picture; returns the exit code."""
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if not chromium:
        print(MISSING, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, size, theme, language, sign_in, path in PICTURES:
            context = browser.new_context(
                viewport=size, color_scheme=theme, locale=language, base_url=address, reduced_motion="reduce"
            )
            page = context.new_page()
            sign_in(page)
            page.goto(path(page) if callable(path) else path)
            page.wait_for_timeout(400)
            page.screenshot(path=str(FOLDER / f"{name}.png"))
            print(f"{name}.png  {page.url}")
            context.close()
        watched_work(browser, address, state / "people" / "how-to")
        browser.close()
    return 0


def watched_work(browser: Any, address: str, note: Path) -> None:
    """The live view while Boris works, and the replay afterwards."""
    if not note.exists():
        print("no host to work on: the pictures of watched work stay as they are", file=sys.stderr)
        return
    ticket, line = note.read_text(encoding="utf-8").splitlines()
    context = browser.new_context(viewport=DESKTOP, locale="en-GB", base_url=address, reduced_motion="reduce")
    page = context.new_page()
    as_clara(page)
    page.goto(f"/requests/{ticket}")
    window = str(page.locator("a[href^='/watched/']").first.get_attribute("href"))
    with at_work(line):
        page.goto(window)
        page.locator("opora-live-terminal[data-state=live]").wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=str(FOLDER / "work-live.png"))
    replay = page.get_by_role("link", name="Replay").first
    while not replay.count():
        page.wait_for_timeout(1000)
        page.goto(window)
    replay.click()
    page.locator("opora-replay[data-loaded=yes]").wait_for()
    page.locator(".work-screen").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(800)
    page.screenshot(path=str(FOLDER / "work-replay.png"))
    context.close()


@contextmanager
def at_work(line: str) -> Iterator[None]:
    """Boris on the host by his own ssh, with something on the screen; he logs out at the end."""
    words = shlex.split(line)
    with subprocess.Popen(
        [words[0], "-tt", "-F", "none", *words[1:]], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as ssh:
        assert ssh.stdin is not None
        for command in LOOKED_AT:
            time.sleep(1.5)
            ssh.stdin.write(command.encode() + b"\n")
            ssh.stdin.flush()
        yield
        ssh.stdin.write(b"exit\n")
        ssh.stdin.flush()
        ssh.wait(30)


def as_anna(page: Any) -> None:
    """Into the console."""
    _sign_in(page, "/desk/sign-in/", "anna@borea.example")


def as_boris(page: Any) -> None:
    """Into the console, as the lead of the shift, who has a second factor; the demo's page of codes tells it."""
    _fill_in(page, "/desk/sign-in/", "boris@borea.example")
    page.wait_for_url("**/second-step/**")
    codes = page.context.new_page()
    codes.goto("/demo/app/")
    code = codes.locator("li", has_text="Boris Orlov").locator("code").inner_text()
    codes.close()
    page.fill("input[name=code]", code)
    page.keyboard.press("Enter")
    page.wait_for_url(_INSIDE)


def as_vera(page: Any) -> None:
    """Into the console, as an operator."""
    _sign_in(page, "/desk/sign-in/", "vera@borea.example")


def as_clara(page: Any) -> None:
    """Into the portal, by password."""
    _sign_in(page, "/sign-in/password/", "clara@northwind.example")


def _sign_in(page: Any, path: str, email: str) -> None:
    _fill_in(page, path, email)
    page.wait_for_url(_INSIDE)


def _fill_in(page: Any, path: str, email: str) -> None:
    page.goto(path)
    page.fill("input[type=email]", email)
    page.fill("input[type=password]", PASSWORD)
    page.keyboard.press("Enter")


def a_talk(page: Any) -> str:
    """An English ticket in which both sides have said something."""
    page.goto("/desk/queue/waiting")
    english = page.locator(BURNING).filter(has_text=re.compile(r"^\s*[A-Z][a-z]"))
    return str(english.first.get_attribute("href"))


def a_call(page: Any) -> str:
    """The operators' desk while a customer's call rings there."""
    page.goto("/demo/phone/")
    page.select_option("#number", label="Clara Berg, Northwind Bakery · +442079460101")
    page.locator("form.card button.primary").first.click()
    page.wait_for_timeout(1500)
    return "/desk/calls/"


def who_calls(page: Any) -> str:
    """The page of that call."""
    page.goto("/desk/calls/")
    return str(page.get_by_role("link", name="Clara Berg").first.get_attribute("href"))


def a_request(page: Any) -> str:
    """The customer's newest request."""
    page.goto("/requests/")
    return str(page.locator("a.request-line, .requests a").first.get_attribute("href"))


def _given(words: list[str]) -> tuple[str, Path]:
    address, state = (*words, *("http://127.0.0.1:8480", str(STATE))[len(words) :])
    return address, Path(state)


def nobody(page: Any) -> None:
    """Not signed in."""


Place = str | Callable[[Any], str]
PICTURES: tuple[tuple[str, Any, Any, str, Callable[[Any], None], Place], ...] = (
    ("demo", DESKTOP, "light", "en-GB", nobody, "/demo/"),
    ("queue", DESKTOP, "light", "en-GB", as_anna, "/desk/queue/all"),
    ("queue-dark", DESKTOP, "dark", "en-GB", as_anna, "/desk/queue/due"),
    ("ticket", DESKTOP, "light", "en-GB", as_anna, a_talk),
    ("ticket-dark", DESKTOP, "dark", "en-GB", as_anna, a_talk),
    ("queue-phone", PHONE, "light", "en-GB", as_anna, "/desk/queue/all"),
    ("shift", DESKTOP, "light", "en-GB", as_boris, "/desk/shift/"),
    ("calls", DESKTOP, "light", "en-GB", as_vera, a_call),
    ("call", DESKTOP, "light", "en-GB", as_vera, who_calls),
    ("calls-phone", PHONE, "dark", "ru-RU", as_vera, "/desk/calls/"),
    ("portal", DESKTOP, "light", "en-GB", as_clara, "/requests/"),
    ("portal-request", DESKTOP, "light", "en-GB", as_clara, a_request),
    ("portal-phone", PHONE, "dark", "en-GB", as_clara, a_request),
    ("portal-new", DESKTOP, "light", "en-GB", as_clara, "/requests/new"),
)

if __name__ == "__main__":
    raise SystemExit(main(*_given(sys.argv[1:])))
