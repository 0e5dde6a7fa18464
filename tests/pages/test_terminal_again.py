"""A browser's terminal finds its session again: a real browser, a real host, and everything between them."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from opora.config import asgi
from opora.evidence.frames import Kind
from opora.gateway.browser import opener
from opora.gateway.live.hub import Hub
from tests.gateway.conftest import authority, here, sshd
from tests.gateway.worlds import World
from tests.pages.test_work import Rights, until_shown, watch

__all__ = ["authority", "here", "sshd", "watch"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.pages.specimen_work"),
]


@pytest.fixture
def behind(here: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The whole gateway, known to the site before it starts."""
    here.hub = Hub(here.settings.journals)
    here.start()
    here.hub.terminal = opener(here.gateway)
    here.within(here.hub.serve(here.settings.socket("live")))
    monkeypatch.setattr(asgi, "DeskRights", Rights)
    monkeypatch.setattr(asgi, "live_socket", lambda: here.settings.socket("live"))
    yield here
    here.within(here.hub.close())


@pytest.fixture
def site(behind: World, whole_port: SimpleNamespace) -> SimpleNamespace:
    """The site in front of it."""
    return whole_port


def enter(page: Any, typed: str, then: str) -> None:
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    until_shown(page, then)


def test_a_dropped_line_a_dead_one_and_a_closed_tab_find_the_session_again(
    here: World, watch: Callable[..., Any]
) -> None:
    page = watch("terminal")
    until_shown(page, "$ ")
    enter(page, "kept=marker; echo be''fore", "before")
    page.evaluate("document.querySelector('opora-terminal').socket.close()")
    page.locator(".xterm-rows", has_text="You are back").wait_for()
    enter(page, "echo dropped-$kept", "dropped-marker")
    # The line is dead, but the gateway does not know it yet.
    page.evaluate("document.querySelector('opora-terminal').connect()")
    enter(page, "clear; echo dead-$kept", "dead-marker")
    page.close()
    here.desk.wait_told("paused")
    again = watch("terminal")
    until_shown(again, "You are back")
    enter(again, "echo closed-$kept; exit 0", "closed-marker")
    again.locator("opora-terminal[data-state=terminalEnded]").wait_for()
    here.desk.wait_told("ended")
    assert here.recorded(Kind.PAUSE).count(b'"reason":"away"') == 6
