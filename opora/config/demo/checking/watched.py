"""Watched work, step by step: Boris asks for a window, Clara confirms it, he works on her host by ssh, she sees every byte and
stops him, replays it, takes the record away, and it verifies.
"""

import io
import re
import shlex
import subprocess
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from opora.config.demo.board import how_to
from opora.config.demo.checking.browser import Browser, Page
from opora.config.demo.checking.job import NotSeen
from opora.config.demo.checking.looking import LiveView
from opora.config.demo.checking.running import Demo
from opora.config.demo.checking.terminals import Terminal, terminal
from opora.config.demo.customer.sshd import HOST, level
from opora.config.supervisor.parts import own_command
from opora.desk.kernel import clock
from opora.desk.kernel.clock import monotonic
from opora.desk.web.catcher.visitors import PASSWORD
from opora.evidence.frames import Kind, read_frames

PATIENCE = 40.0
SEEN = "watched by 42 eyes"


class WatchedWork:
    """One stay on the customer's host."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.clara, self.boris = Browser(demo.site), Browser(demo.site)
        self.ticket = 0
        self.ssh: list[str] = []
        self.window = self.session = ""
        self.work: Terminal | None = None
        self.view: LiveView | None = None
        self.bundle = demo.folder / "record.zip"

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Every step with its name, in order."""
        return [
            ("Clara's host is up, and Boris knows the way", self.the_host_is_there),
            ("Boris signs in with password and second factor", self.boris_signs_in),
            ("Boris asks for a window on her host", self.boris_asks),
            ("Clara reads exactly that text and confirms it", self.clara_confirms),
            ("the agreement stands in the log", self.it_is_in_the_log),
            ("Boris goes to the host by ssh, with second factor", self.boris_comes_in),
            ("a forwarded port is refused", self.forwarding_is_refused),
            ("Clara sees live what Boris does", self.clara_watches),
            ("Clara presses Stop, and Boris is out", self.clara_stops),
            ("Clara replays it from the record", self.clara_replays),
            ("Clara takes the record away", self.clara_takes_the_record),
            ("opora verify finds it whole", self.it_verifies),
            ("a flipped byte is named", self.a_flipped_byte_is_named),
        ]

    def end(self) -> None:
        """Hang up whatever a step that did not hold has left."""
        for one in (self.work, self.view):
            if one is not None:
                one.end()

    def the_host_is_there(self) -> str:
        note = how_to(self.demo.folder / "state")
        if note is None:
            raise NotSeen(f"there is no host: {self.demo.words()[-800:]}")
        self.ticket, self.ssh = int(note["ticket"]), shlex.split(note["ssh"])
        return f"{note['host']}; T-{self.ticket}; {note['ssh']}"

    def boris_signs_in(self) -> str:
        door = self.boris.get("/desk/sign-in/")
        step = self.boris.send(door, door.form(having="password"), email="boris@borea.example", password=PASSWORD)
        page = self.boris.send(step, step.form(having="code"), code=self._number())
        if page.status != 200 or "sign-in" in page.address:
            raise NotSeen(f"Boris came to {page.address}: {page.text[:300]}")
        return f"a number of the app was asked for and taken; {page.address}"

    def boris_asks(self) -> str:
        page = self.boris.get(f"/desk/tickets/{self.ticket}/confirmations")
        before = set(re.findall(r'id="asked-(\d+)"', page.html))
        system = re.search(r'name="systems" value="(\d+)"[^<]*>\s*<span>' + HOST, page.html)
        if system is None:
            raise NotSeen(f"{HOST} cannot be chosen: {page.text[:400]}")
        zone = re.search(r"zone, ([A-Za-z_/+-]+[A-Za-z])", page.text)
        begins = clock.now().astimezone(ZoneInfo(zone[1] if zone else "UTC")) - timedelta(minutes=2)
        page = self.boris.send(
            page,
            page.form(having="systems"),
            systems=system[1],
            what="Look at the load and the limits of nginx.",
            level=level(),
            starts=f"{begins:%Y-%m-%dT%H:%M}",
            ends=f"{begins + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        )
        made = set(re.findall(r'id="asked-(\d+)"', page.html)) - before
        if len(made) != 1:
            raise NotSeen(f"nothing was asked: {page.status} {page.text[:600]}")
        self.asked = made.pop()
        return f"request {self.asked}, level “{level()}”, from {begins:%H:%M} for two hours"

    def clara_confirms(self) -> str:
        door = self.clara.get("/sign-in/password/")
        self.clara.send(door, door.form(having="password"), email="clara@northwind.example", password=PASSWORD)
        page = self.clara.get(f"/confirmations/{self.asked}")
        _on(page, "Look at the load and the limits of nginx.")
        form = page.form(having="digest")
        _on(self.clara.send(page, form, verb="confirmed", password=PASSWORD), "confirmed")
        self._until(self._claras_window, f'"/confirmations/{self.asked}"')
        return f"the text with SHA-256 {form.values['digest'][:16]}…; {self.window}"

    def it_is_in_the_log(self) -> str:
        page = self._until(lambda: self.boris.get(f"/desk/tickets/{self.ticket}/windows"), "in the log")
        _on(page, f"T-{self.ticket}.{HOST}@")
        return f"“in the log” on {page.address}"

    def boris_comes_in(self) -> str:
        self.work = terminal(self.ssh, self._number(), self.demo.folder)
        page = self._until(self._work_on_claras_pages, "data-session=")
        shown = re.search(r'data-session="([0-9a-f]+)" data-agreement="([0-9a-f]+)"', page.html)
        if shown is None:
            raise NotSeen(f"no session on Clara's page: {page.html[:500]}; {self._said()}")
        self.view = LiveView(self.clara, self.demo.site, session=shown[1], agreement=shown[2])
        said = self._heard(r"[^\r\n]*everything is recorded[^\r\n]*")
        return f"$ {self.work.name} {self.ssh[-1]}: “{said}”"

    def forwarding_is_refused(self) -> str:
        return self._heard(r"[^\r\n]*(?i:remote port forwarding failed)[^\r\n]*")

    def clara_watches(self) -> str:
        assert self.work is not None
        assert self.view is not None
        self.work.type("echo watched by $((6 * 7)) eyes\n")
        self.view.until(SEEN.encode())
        return f"“{SEEN}” in {self.view.frames} frames over the WebSocket, each following from the one before"

    def clara_stops(self) -> str:
        assert self.work is not None
        assert self.view is not None
        page = self.clara.get(f"{self.window}/now")
        began = monotonic()
        self.clara.send(page, page.form(action="/order"), do="stop")
        code = self.work.wait()
        took = monotonic() - began
        self.view.until_end()
        if code == 0:
            raise NotSeen("ssh ended as if all was well")
        shown = self._heard(r"Stopped by[^\r\n*]*")
        return f"ssh ended with {code} after {took:.1f} s: “{shown}”; her view: “{self.view.ended}”"

    def clara_replays(self) -> str:
        page = self._until(lambda: self.clara.get(self.window), 'href="/watched/sessions/')
        self.session = "/watched/sessions/" + page.html.partition('href="/watched/sessions/')[2].partition('"')[0]
        page = self._until(lambda: self.clara.get(self.session), "data-frames=")
        frames = self.clara.get(page.html.partition('data-frames="')[2].partition('"')[0])
        kinds = {Kind.OUTPUT: b"", Kind.ERROR_OUTPUT: b""}
        count = 0
        for count, frame in enumerate(read_frames(frames.octets), 1):  # noqa: B007
            kinds[frame.kind] = kinds.get(frame.kind, b"") + frame.payload
        _in(kinds[Kind.OUTPUT].decode(errors="replace"), SEEN)
        if Kind.END not in kinds or Kind.VIEWER not in kinds:
            raise NotSeen("neither that Clara looked nor the end is in the record")
        return f"{self.session}: {count} frames, “{SEEN}” among them, that Clara looked, and the end"

    def clara_takes_the_record(self) -> str:
        end = monotonic() + PATIENCE
        while monotonic() < end:
            taken = self.clara.get(f"{self.session}/record.zip")
            if taken.status == 200 and zipfile.is_zipfile(io.BytesIO(taken.octets)):
                self.bundle.write_bytes(taken.octets)
                return f"{self.session}/record.zip: {len(taken.octets)} bytes"
            time.sleep(0.5)
        raise NotSeen("no record could be taken away")

    def it_verifies(self) -> str:
        done = self._verify(self.bundle)
        if done.returncode != 0:
            raise NotSeen(f"opora verify ended with {done.returncode}: {done.stdout[-800:]}")
        return _last(done.stdout)

    def a_flipped_byte_is_named(self) -> str:
        changed = self.demo.folder / "changed.zip"
        with zipfile.ZipFile(self.bundle) as whole, zipfile.ZipFile(changed, "w") as copy:
            for name in whole.namelist():
                piece = bytearray(whole.read(name))
                if name == "session.frames":
                    piece[len(piece) // 2] ^= 1
                copy.writestr(name, bytes(piece))
        done = self._verify(changed)
        if done.returncode != 1 or "frame" not in done.stdout:
            raise NotSeen(f"opora verify ended with {done.returncode}: {done.stdout[-800:]}")
        return _last(done.stdout)

    def _claras_window(self) -> Page:
        """The page of the newest window that the request leads to; the request itself as long as there is none."""
        page = self.clara.get(f"/requests/{self.ticket}")
        windows = re.findall(r'href="/watched/(\d+)"', page.html)
        if not windows:
            return Page(page.address, page.status, "", page.text, [], b"")
        self.window = f"/watched/{max(map(int, windows))}"
        return self.clara.get(self.window)

    def _work_on_claras_pages(self) -> Page:
        """The page of the first window in which somebody is at work; else that of the newest."""
        request = self.clara.get(f"/requests/{self.ticket}")
        for window in sorted(set(re.findall(r'href="(/watched/\d+)"', request.html))):
            page = self.clara.get(f"{window}/now")
            if "data-session=" in page.html:
                self.window = window
                return page
        return self.clara.get(f"{self.window}/now")

    def _number(self) -> str:
        """A number of Boris's app that was not used yet."""
        end = monotonic() + PATIENCE * 2
        while monotonic() < end:
            page = self.boris.get("/demo/app/")
            found = re.search(r"Boris Orlov.*?<code>(\d{6})</code>", page.html, re.DOTALL)
            if found:
                return found[1]
            time.sleep(1.0)
        raise NotSeen(f"Boris's app shows no number: {page.text[:400]}")

    def _until(self, look: Callable[[], Page], words: str) -> Page:
        """The page, as soon as it says so. Raises NotSeen."""
        end = monotonic() + PATIENCE
        while words not in (page := look()).html:
            if monotonic() > end:
                raise NotSeen(f"“{words}” did not come to {page.address}: {page.text[:500]} {self._said()}")
            time.sleep(0.3)
        return page

    def _heard(self, pattern: str) -> str:
        """What Boris's terminal shows of that, as soon as it does. Raises NotSeen."""
        end = monotonic() + PATIENCE
        while (found := re.search(pattern, self._said())) is None:
            if monotonic() > end:
                raise NotSeen(f"“{pattern}” did not come: {self._said()[-800:]}")
            time.sleep(0.1)
        return found[0].strip()

    def _said(self) -> str:
        return self.work.said() if self.work is not None else ""

    def _verify(self, bundle: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603
            own_command("verify", str(bundle)),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env=self.demo.environment,
        )


def _on(page: Page, words: str) -> None:
    _in(f"{page.text} {page.html}", words)


def _in(told: str, words: str) -> None:
    if words not in told:
        raise NotSeen(f"“{words}” is not in: {told[-800:]}")


def _last(told: str) -> str:
    return (told.strip().splitlines() or ["nothing"])[-1].strip()
