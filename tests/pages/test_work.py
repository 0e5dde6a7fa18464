"""Watched work in a real browser: every frame checked before it is shown, hostile hosts, floods, late comers, replay."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse

from opora.config import asgi
from opora.evidence.frames import Kind, canonical
from tests.evidence.recording import STRANGER, Recording
from tests.live.gateway_double import Caller, ThreadedGateway
from tests.pages import specimen_work
from tests.pages.browser import keep_picture, violations
from tests.pages.watched_hub import Watched
from tests.runs.waiting import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.pages.specimen_work"),
]

PROMPT = "\x1b[1;32mroot@web1\x1b[0m:\x1b[34m~\x1b[0m# "
HOSTILE = (
    b"\x1b]52;c;c3RvbGVu\x07\x1b]0;Your bank\x07\x1b]2;Your bank\x1b\\\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\"
    b"\x1b]50;monospace 90\x07\x1b]10;#ffffff\x07\x1b]11;#ffffff\x07\x1b]4;1;#ffffff\x07"
    b"\x1b[8;1;1t\x1b[14t\x1b[5n\x1b[c\x1bP$qp\x1b\\"
    b"<img src=x onerror=alert(1)>\r\n"
)


@dataclass(frozen=True)
class Watcher:
    """Clara, as the room names her."""

    id: str = "contact:5"
    name: str = "Clara"
    kind: str = "customer"
    may_steer: bool = True


class Rights:
    """Whoever is signed in may watch and type; `ended` takes it away."""

    ended = False

    def watcher(self, key: str, session: str) -> Watcher | None:
        return None if self.ended else Watcher()

    def typist(self, key: str, ticket: str, host: str) -> int | None:
        return None if self.ended else 3


class Gateway:
    """What the gateway of a test tells each caller: `frames` from the asked one on, then what the test says."""

    def __init__(self) -> None:
        self.recording = Recording()
        self.threaded = ThreadedGateway(self.play)
        self.rights = Rights()
        self.live = True

    async def play(self, caller: Caller) -> None:
        if caller.heard[0][:1] == b"T":
            await caller.tell(b"S", {"state": "active", "host": "web1"})
            await caller.tell(b"O", PROMPT.encode())
            return
        await caller.tell(b"S", {"state": "active", "staff": {"id": 3, "name": "Boris"}, "host": "web1"})
        await self.send(caller, self.recording.frames[caller.hello["from"] :])
        for note in self.recording.heads[-1:]:
            await caller.tell(b"H", note.encode())

    async def send(self, caller: Caller, frames: list[bytes]) -> None:
        for at in range(0, len(frames), 50):
            await caller.tell(b"F", b"".join(frames[at : at + 50]))

    def adds(self, kind: Kind, payload: bytes) -> None:
        """A frame more, for everybody who watches."""
        self.recording.add(kind, payload)
        for caller in self.threaded.double.callers:
            if not caller.gone.is_set():
                self.threaded.do(caller.tell(b"F", self.recording.frames[-1]))

    def tells(self, letter: bytes, payload: bytes | dict[str, Any], number: int = -1) -> None:
        self.threaded.do(self.threaded.double.callers[number].tell(letter, payload))

    def hears(self, letter: bytes, number: int = -1) -> Any:
        """The payload of the next message of this letter."""
        return self.threaded.do(self.threaded.double.callers[number].wait_for(letter))[1:]

    def hangs_up(self, number: int = -1) -> None:
        async def hang_up() -> None:
            self.threaded.double.callers[number].writer.close()

        self.threaded.do(hang_up())


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    made = Gateway()
    with made.threaded:
        monkeypatch.setattr(asgi, "DeskRights", lambda: made.rights)
        monkeypatch.setattr(asgi, "live_socket", lambda: made.threaded.double.path)
        yield made


@pytest.fixture
def site(gateway: Gateway, whole_port: SimpleNamespace) -> SimpleNamespace:
    return whole_port


@pytest.fixture
def watch(open_page: Callable[..., Any]) -> Callable[..., Any]:
    """`watch("live")`: a page with that part on it, its script awake, in a browser that has a session."""
    session = SessionMiddleware(lambda _: HttpResponse()).SessionStore()
    session["seen"] = True
    session.create()

    def watched(part: str, **look: Any) -> Any:
        page = open_page(f"/specimen/work/{part}", cookies={"opora_session": session.session_key}, **look)
        page.wait_for_selector("html[data-work=ready]", state="attached")
        return page

    return watched


def screen(page: Any) -> str:
    """What the terminal shows, as lines of text."""
    return (
        "\n".join(row.rstrip() for row in page.locator(".xterm-rows > div").all_inner_texts())
        .replace("\xa0", " ")
        .strip()
    )


def until_shown(page: Any, words: str) -> None:
    page.locator(".xterm-rows", has_text=words).wait_for(timeout=120_000)


def proven(page: Any, seq: int) -> None:
    page.wait_for_selector(f'[data-proof="{seq}"]')


def a_story(recording: Recording) -> None:
    """A command with colours, a resize, a question, a pause."""
    recording.add(Kind.OUTPUT, PROMPT.encode())
    recording.add(Kind.INPUT, b"sealed")
    recording.add(Kind.OUTPUT, b"df -h\r\n")
    recording.add(Kind.OUTPUT, "\x1b[1mФайл\x1b[0m  \x1b[38;2;200;40;40m98%\x1b[0m /var\r\n".encode())
    recording.add(Kind.VIEWER, canonical({"viewer": {"id": "contact:5", "name": "Clara"}, "event": "joined"}))
    recording.add(Kind.OUTPUT, PROMPT.encode())


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [("desktop", "light", "en"), ("phone", "dark", "ru")],
)
def test_a_late_comer_sees_all_of_it_checked_in_any_light(gateway, watch, size, theme, language):
    a_story(gateway.recording)
    gateway.recording.sign_head()
    page = watch("live", size=size, theme=theme, language=language)
    proven(page, 6)
    until_shown(page, "98%")
    whole = "root@web1:~# df -h\nФайл  98% /var\nroot@web1:~#"
    wait_until(lambda: screen(page) == whole, "the whole screen")
    assert page.locator(".work-bar .badge").first.inner_text() == {"en": "Live", "ru": "В эфире"}[language]
    assert "6" in page.locator(".work-proof").inner_text()
    gateway.adds(Kind.OUTPUT, b"uptime\r\n")
    until_shown(page, "uptime")
    keep_picture(page, f"work-live-{size}-{theme}")
    assert page.evaluate("[...document.querySelectorAll('.xterm-rows span')].every(one => one.offsetWidth > 2)")
    assert violations(page) == []
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_pauses_asks_stops_and_keeps_the_receipt(gateway, watch):
    a_story(gateway.recording)
    note = gateway.recording.sign_head()
    page = watch("live")
    proven(page, 6)
    page.get_by_role("button", name="Pause").press("Enter")
    assert json.loads(gateway.hears(b"D"))["do"] == "pause"
    gateway.adds(Kind.PAUSE, canonical({"paused": True, "by": "Clara"}))
    page.get_by_role("button", name="Go on").wait_for()
    keep_picture(page, "work-paused")
    page.get_by_role("textbox", name="Question to the engineer").fill("Why /var?")
    page.keyboard.press("Enter")
    assert json.loads(gateway.hears(b"Q"))["text"] == "Why /var?"
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save receipt").click()
    assert saved.value.path().read_text(encoding="utf-8") == note
    page.get_by_role("button", name="Stop the work").press("Enter")
    assert violations(page) == []
    page.get_by_role("button", name="Stop now").press("Enter")
    assert json.loads(gateway.hears(b"D"))["do"] == "stop"
    gateway.recording.end()
    assert json.loads(gateway.hears(b"B")) == {"visible": True}
    assert page.complaints == []


def test_the_pages_own_buttons_go_by_the_open_line_and_the_page_stays(gateway, watch):
    a_story(gateway.recording)
    page = watch("steered")
    proven(page, 6)
    for name, meant in (("Pause", "pause"), ("Go on", "resume"), ("Stop", "stop")):
        page.get_by_role("button", name=name).press("Enter")  # one button of each name, not two
        assert json.loads(gateway.hears(b"D"))["do"] == meant
        gateway.adds(Kind.PAUSE, canonical({"paused": meant == "pause", "by": "Clara"}))
    assert page.url.endswith("/specimen/work/steered")
    assert violations(page) == page.complaints == []


def test_a_hostile_host_does_nothing_to_its_viewer(gateway, watch):
    a_story(gateway.recording)
    page = watch("live")
    proven(page, 6)
    title = page.title()
    gateway.adds(Kind.OUTPUT, HOSTILE)
    gateway.adds(Kind.OUTPUT, b"\x1b[31mstill red\x1b[0m and well\r\n")
    until_shown(page, "and well")
    wait_until(lambda: "click<img src=x onerror=alert(1)>" in screen(page), "the hostile line as plain text")
    assert page.title() == title
    assert page.locator(".xterm a, .xterm img").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.xterm-rows')).color") == "rgb(27, 27, 34)"
    page.locator(".work-screen").click()
    page.keyboard.type("rm -rf /")
    caller = gateway.threaded.double.callers[-1]
    assert {message[:1] for message in caller.heard[1:]} <= {b"B"}
    assert not caller.gone.is_set()
    assert page.complaints == []


@pytest.mark.parametrize("harm", ["flipped", "dropped", "foreign head"])
def test_a_broken_record_is_named_at_once_and_no_more_is_shown(gateway, watch, harm):
    a_story(gateway.recording)
    page = watch("live")
    proven(page, 6)
    for words in (b"one ", b"two ", b"three "):
        gateway.recording.add(Kind.OUTPUT, words)
    one, two, three = gateway.recording.frames[-3:]
    if harm == "foreign head":
        gateway.recording.signer = STRANGER
        gateway.tells(b"H", gateway.recording.sign_head().encode())
    else:
        flipped = two.replace(b"two", b"tvo")
        gateway.tells(b"F", one + {"flipped": flipped, "dropped": b""}[harm] + three)
    page.wait_for_selector('opora-live-terminal[data-state="tampered"]')
    said = page.locator(".work-help").inner_text()
    assert f"frame {7 if harm == 'foreign head' else 8}" in said
    wait_until(lambda: ("one" in screen(page)) == (harm != "foreign head"), "what stood before the harm")
    assert "two" not in screen(page) and "three" not in screen(page)
    page.get_by_role("button", name="Stop the work").press("Enter")
    page.get_by_role("button", name="Stop now").press("Enter")
    assert json.loads(gateway.hears(b"D"))["do"] == "stop"
    keep_picture(page, f"work-broken-{harm.replace(' ', '-')}")
    assert violations(page) == []


def test_a_flood_neither_hangs_the_page_nor_loses_a_line(gateway, watch):
    lines = [f"line {number} {'x' * 60}\r\n" for number in range(70_000)]
    for at in range(0, len(lines), 60):
        gateway.recording.add(Kind.OUTPUT, "".join(lines[at : at + 60]).encode())
    assert sum(map(len, gateway.recording.frames)) > 5_000_000
    page = watch("live")
    page.get_by_role("button", name="Read as text").press("Enter")
    until_shown(page, "line 69999 ")
    proven(page, gateway.recording.chain.frames - 1)
    gateway.adds(Kind.OUTPUT, b"after the flood\r\n")
    until_shown(page, "after the flood")
    page.locator("[role=log] p", has_text="after the flood").wait_for()
    assert page.complaints == []


def test_it_comes_again_from_where_it_was(gateway, watch):
    a_story(gateway.recording)
    page = watch("live")
    proven(page, 6)
    gateway.recording.add(Kind.OUTPUT, b"said meanwhile\r\n")
    gateway.tells(b"X", {"reason": "slow", "from": 7})
    gateway.hangs_up()
    until_shown(page, "said meanwhile")
    assert gateway.threaded.double.callers[-1].hello["from"] == 7
    assert screen(page).count("df -h") == 1
    gateway.rights.ended = True
    page.wait_for_selector('opora-live-terminal[data-state="noRight"]')
    assert "Sign in again" in page.locator(".work-help").inner_text()


def test_it_reads_lines_aloud_when_asked(gateway, watch):
    page = watch("live")
    proven(page, 0)
    page.get_by_role("button", name="Read as text").press("Space")
    gateway.adds(Kind.OUTPUT, b"\x1b[31mdisk \x1b[1mfull\x1b[0m\r\n")
    page.locator("[role=log] p", has_text="disk full").wait_for()
    assert violations(page) == []


def test_it_waits_for_the_window_with_a_countdown(watch):
    page = watch("waiting", theme="dark")
    page.locator(".work-left", has_text="Begins in").wait_for()
    assert page.locator(".work-left").inner_text()[:12] in {"Begins in 6:", "Begins in 7:"}
    keep_picture(page, "work-waiting")
    assert violations(page) == []


def test_an_engineer_types_in_the_browser_and_can_leave_by_keyboard(gateway, watch):
    page = watch("terminal")
    page.wait_for_selector('opora-terminal[data-state="live"]')
    until_shown(page, "root@web1")
    hello = gateway.threaded.double.callers[0].hello
    assert (hello["ticket"], hello["host"], hello["staff"]) == ("T-1042", "web1", 3)
    assert hello["cols"] > 80
    page.keyboard.type("лs")
    assert gateway.hears(b"I") == "л".encode()
    assert gateway.hears(b"I") == b"s"
    page.set_viewport_size({"width": 700, "height": 860})
    assert json.loads(gateway.hears(b"Z"))["cols"] < hello["cols"]
    keep_picture(page, "work-terminal")
    page.keyboard.press("Shift+Escape")
    assert page.evaluate("!document.activeElement.closest('.xterm')")
    assert violations(page) == []
    gateway.tells(b"X", {"reason": "The agreed time is over."})
    page.get_by_role("button", name="Connect again").wait_for()
    assert "agreed time is over" in page.locator(".work-help").inner_text()
    assert page.complaints == []


def test_it_understands_the_gateways_own_hub(gateway, watch, tmp_path):
    watched = Watched(gateway, tmp_path)
    try:
        for number in range(400):
            watched.adds(Kind.OUTPUT, f"piece {number}\r\n".encode() + b"y" * 4000 + b"\r\n")
        watched.adds(Kind.OUTPUT, b"the newest line\r\n")
        page = watch("live")
        proven(page, 401)
        until_shown(page, "the newest line")
        assert page.locator(".work-who").inner_text() == "Boris works on web1"
        note = watched.signs()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save receipt").click()
        assert saved.value.path().read_text(encoding="utf-8") == note
        page.get_by_role("button", name="Pause").press("Enter")
        by = {"id": "contact:5", "name": "Clara", "kind": "customer"}
        wait_until(lambda: {"do": "pause", "by": by, "why": ""} in watched.obeyed, "the pause at the gateway")
        assert watched.obeyed[0] == {"do": "viewer", "viewer": by, "event": "joined"}
        # It is over: her page says so at once, and still takes the end of the record and the head that covers it.
        watched.is_over()
        page.wait_for_selector('opora-live-terminal[data-state="ended"]')
        assert page.get_by_role("button", name="Pause").is_disabled()
        watched.adds(Kind.NOTICE, b"Stopped by Clara.")
        note = watched.ends()
        page.locator(".work-events", has_text="Stopped by Clara.").wait_for()
        proven(page, 403)
        page.locator(".work-proof", has_text="signed up to frame 403").wait_for()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save receipt").click()
        assert saved.value.path().read_text(encoding="utf-8") == note, "a receipt for all of it"
        assert page.locator("opora-live-terminal").get_attribute("data-state") == "ended"
        assert page.complaints == []
    finally:
        watched.close()


@contextmanager
def recorded(name: str) -> Iterator[Recording]:
    """A record that the specimen page can play."""
    recording = Recording()
    yield recording
    recording.end()
    specimen_work.RECORDS[name] = b"".join(recording.frames)


def a_long_story() -> Recording:
    with recorded("long") as recording:
        a_story(recording)
        recording.add(Kind.FILE, canonical({"op": "write", "path": "/etc/motd", "size": 12}))
        for number in range(30):
            recording.add(Kind.INPUT, b"sealed")
            recording.add(Kind.OUTPUT, f"echo {number}\r\n{number}\r\n{PROMPT}".encode())
        recording.add(Kind.RESIZE, b"\x00\x64\x00\x1e")
        recording.add(Kind.OUTPUT, b"\x1b[?1049h\x1b[2J\x1b[3;3HEditor")
        for left in (3, 2, 1, 0):
            recording.add(Kind.NOTICE, f"{left} minutes are left.".encode())
        recording.add(Kind.OUTPUT, b"\x1b[?1049lback\r\n")
    return recording


@pytest.mark.parametrize(("size", "theme", "language"), [("desktop", "light", "en"), ("phone", "dark", "ru")])
def test_it_plays_searches_and_moves_by_keys(watch, size, theme, language):
    recording = a_long_story()
    page = watch("replay/long", size=size, theme=theme, language=language)
    page.wait_for_selector('opora-replay[data-loaded="yes"]')
    assert str(recording.chain.frames - 1) in page.locator(".work-proof").inner_text()
    commands = page.locator(".work-command code").all_inner_texts()
    assert commands[0] == "df -h" and commands[-1] == "echo 29" and len(commands) == 31
    page.locator(".work-screen").focus()
    page.keyboard.press("End")
    until_shown(page, "back")
    page.locator(".work-command", has_text="echo 7").click()
    page.wait_for_selector('.work-command[aria-current="true"]')
    until_shown(page, "# echo 6")
    wait_until(lambda: "echo 9" not in screen(page), "what came later is gone")
    page.locator("input[type=search]").fill("echo 2")
    page.keyboard.press("Enter")
    until_shown(page, "# echo 1")
    assert page.locator(".work-mark").count() == 11
    page.locator(".work-screen").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    until_shown(page, "Editor")
    wait_until(lambda: screen(page) == "Editor", "the editor's screen alone")
    keep_picture(page, f"work-replay-{size}-{theme}")
    page.keyboard.press("Home")
    page.locator("select").select_option("16")
    page.locator(".work-screen").focus()
    page.keyboard.press("Space")
    until_shown(page, "98%")
    page.keyboard.press("Space")
    assert violations(page) == []
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_replay_names_the_frame_that_was_changed(watch):
    recording = a_long_story()
    specimen_work.RECORDS["flipped"] = b"".join(recording.frames).replace(b"echo 7", b"echo 8")
    page = watch("replay/flipped")
    page.wait_for_selector('opora-replay[data-loaded="broken"]')
    assert "frame 23" in page.locator(".work-proof").inner_text()
    assert violations(page) == []


def test_it_finds_any_place_of_a_large_record_by_snapshots(watch):
    with recorded("large") as recording:
        for number in range(1200):
            recording.add(Kind.OUTPUT, b"y" * 4000 + f"\r\n\x1b[3{number % 8}mpiece {number}\x1b[0m\r\n".encode())
    page = watch("replay/large")
    page.wait_for_selector('opora-replay[data-loaded="yes"]')
    page.locator(".work-screen").focus()
    page.keyboard.press("End")
    until_shown(page, "piece 1199")
    page.locator("input[type=search]").fill("piece 600")
    page.keyboard.press("Enter")
    until_shown(page, "piece 600")
    wait_until(lambda: "piece 601" not in screen(page), "nothing of what came later")
    assert page.complaints == []
