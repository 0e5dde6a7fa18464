"""Who comes late to a long session, in a real browser: the right screen at once, and the whole record checked behind it."""

import pytest

from opora.evidence.frames import Kind
from tests.evidence.recording import SESSION
from tests.live.gateway_double import Caller
from tests.pages.test_work import Watched, a_story, gateway, proven, screen, site, until_shown, watch
from tests.runs.waiting import wait_until

__all__ = ["gateway", "site", "watch"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.pages.specimen_work"),
]


def test_a_late_comer_to_a_long_session_is_painted_at_once_and_has_the_rest_checked_behind(gateway, watch, tmp_path):
    watched = Watched(gateway, tmp_path)
    try:
        watched.adds(Kind.OUTPUT, b"\x1b[?2004h\x1b[35mthe first line\r\n")
        for number in range(100):
            watched.adds(Kind.OUTPUT, b"".join(b"%03d %s %d\r\n" % (number, b"z" * 60, at) for at in range(100)))
        feed = watched.feed()
        wait_until(lambda: feed.entrance is not None and feed.entrance.size > 400_000, "an entrance")
        watched.adds(Kind.OUTPUT, b"\x1b[mthe newest line\r\n")
        page = watch("waiting")
        page.evaluate("name => document.querySelector('opora-live-terminal').dataset.session = name", SESSION.hex())
        page.locator("opora-live-terminal[data-whole]").wait_for()
        proven(page, 102)
        rows = [f"099 {'z' * 60} {at}" for at in range(78, 100)]
        wait_until(lambda: screen(page) == "\n".join([*rows, "the newest line"]), "the last rows")
        assert page.locator(".xterm").count() == 1
        watched.adds(Kind.OUTPUT, b"and one more\r\n")
        until_shown(page, "and one more")
        watched.signs()
        page.locator(".work-proof", has_text="signed up to frame 103").wait_for()
        heads = [order for order in watched.obeyed if order.get("event") == "joined"]
        assert len(heads) == 1
        assert page.complaints == []
    finally:
        watched.close()


def test_a_past_that_is_not_that_of_what_was_shown_is_named(gateway, watch):
    a_story(gateway.recording)
    whole = gateway.recording.frames

    async def play(caller: Caller) -> None:
        facts = {
            "seq": 4,
            "skip": 0,
            "paint": "",
            "cols": 80,
            "rows": 24,
            "size": sum(map(len, whole[:4])),
            "head": "00" * 32,
        }
        await caller.tell(b"K", facts)
        await caller.tell(b"P", b"".join(whole[:4]))

    gateway.threaded.double.scene = play
    page = watch("live")
    page.wait_for_selector('opora-live-terminal[data-state="tampered"]')
    assert "frame 3: it is out of its place" in page.locator(".work-help").inner_text()
