"""A terminal in the browser goes the same way as one by SSH: recorded, held, steered, and found again after a drop."""

import threading
from typing import Any

import pytest

from opora.evidence.frames import Kind
from opora.gateway.browser import opener
from opora.gateway.sockets import Refused
from tests.gateway.screens import screen
from tests.gateway.worlds import BORIS, World


class Page:
    """What the browser shows."""

    def __init__(self) -> None:
        self.seen = b""
        self.ended: tuple[int | None, str] | None = None
        self._heard = threading.Condition()

    def write(self, shown: bytes) -> None:
        with self._heard:
            self.seen += shown
            self._heard.notify_all()

    def exit(self, status: int | None, reason: str) -> None:
        with self._heard:
            self.ended = (status, reason)
            self._heard.notify_all()

    def wait(self, text: bytes) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: text in self.seen, 30), self.seen

    def wait_end(self) -> tuple[int | None, str] | None:
        with self._heard:
            assert self._heard.wait_for(lambda: self.ended is not None, 30), self.seen
            return self.ended


def terminal(here: World, page: Page, **changed: Any) -> Any:
    asked = {"staff": BORIS, "ticket": "T-1042", "host": "web1", "cols": 100, "rows": 30, "end": page} | changed
    return here.within(opener(here.gateway)(**asked))


def test_a_browser_works_on_a_host_and_is_recorded(here: World) -> None:
    here.start()
    page = Page()
    keys = terminal(here, page)
    page.wait(b"$ ")
    here.within(lambda: keys.typed(b"stty size; tty; exit 6\r"))
    page.wait(b"30 100")
    assert page.wait_end() == (6, "")
    here.desk.wait_told("ended")
    assert here.typed() == b"stty size; tty; exit 6\r" and b"30 100" in here.recorded(Kind.OUTPUT)
    assert b'"from":"browser"' in here.recorded(Kind.HEADER)


def test_what_is_typed_while_the_host_takes_nothing_is_kept(here: World) -> None:
    here.start()
    page = Page()
    keys = terminal(here, page)
    page.wait(b"$ ")
    here.within(lambda: keys.hold("host"))
    here.within(lambda: keys.typed(b"echo kept-$((1+1))\r"))
    assert here.recorded(Kind.INPUT) == b""
    here.within(lambda: keys.release("host"))
    page.wait(b"kept-2")
    here.within(lambda: keys.typed(b"exit\r"))
    page.wait_end()


def test_a_closed_tab_leaves_the_session_to_be_taken_up_by_ssh(here: World) -> None:
    here.start()
    page = Page()
    keys = terminal(here, page)
    page.wait(b"$ ")
    here.within(lambda: keys.typed(b"marker=kept\r"))
    page.wait(b"marker=kept")
    here.within(keys.gone)
    here.desk.wait_told("paused")
    with screen(here) as boris:
        boris.wait("You are back")
        boris.type("echo still-$marker\r")
        boris.wait("still-kept")
        boris.type("exit\r")
        boris.ends()


def test_the_desk_is_asked_anew_whatever_its_page_has_said(here: World) -> None:
    here.start()
    here.desk.refusal = ("window", "The window opens at noon.")
    with pytest.raises(Refused, match="opens at noon"):
        terminal(here, Page())
