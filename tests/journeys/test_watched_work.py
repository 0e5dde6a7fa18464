"""Watched work, whole: a window asked for and confirmed, a real ssh watched by Clara in her browser, stopped by her, replayed,
taken away and verified; a flipped byte is named.
"""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opora.config.demo.customer.sshd import key_pair
from opora.desk.kernel.clock import now
from tests.folders import passable_folder
from tests.gateway.sshd import RealSshd, why_not
from tests.journeys.conftest import ASSEMBLE, CustomersMail
from tests.journeys.test_main_job import CLARA, come_in
from tests.pages.browser import keep_picture
from tests.runs.program import Program, free_port
from tests.runs.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")]
BORIS = "boris@provider.example"
ROOT = os.getuid() == 0
AUTHORITY = """
import django; django.setup()
from opora.desk.workroom.gateway import gateway
print(gateway().authority())
"""
ENTER = """
import sys, django; django.setup()
from opora.desk.customers.models import System
from opora.desk.kernel.clock import now
from opora.desk.people.models import Staff
from opora.desk.workroom import actions
port, login, host_key, engineer_key = sys.argv[1:]
boris = Staff.objects.get(account__email="boris@provider.example")
ways = {"login": "nobody" if login == "root" else login, "superuser_login": login}
actions.enter_host(System.objects.get(name="web1"), name="web1", address="127.0.0.1", port=int(port), **ways,
                   host_keys=[host_key], road="certificate", by=boris, at=now())
actions.add_key(by=boris, name="laptop", pasted=engineer_key, at=now())
"""


@pytest.fixture
def desk(customers_mail: CustomersMail) -> Iterator[Program]:
    """`opora up` with a gateway, and the cast in its database."""
    settings = {
        "OPORA_SMTP_URL": customers_mail.address,
        "OPORA_SECOND_FACTOR": "optional",
        "OPORA_GATEWAY_LISTEN": f"127.0.0.1:{free_port()}",
        "OPORA_GATEWAY_ROOM_MB": "128",
    }
    with passable_folder() as folder:
        program = Program(folder / "state", settings=settings)
        try:
            program.up()
            tell(program, ASSEMBLE)
            yield program
        finally:
            program.end()


def tell(program: Program, script: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env={**program.environment, "DJANGO_SETTINGS_MODULE": "opora.config.settings"},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.strip()


@pytest.fixture
def host(desk: Program, tmp_path: Path) -> Iterator[RealSshd]:
    """Clara's host: it lets in whom our signer vouches for; the desk knows it, and knows Boris's key."""
    authority = wait_until(lambda: tell(desk, AUTHORITY), "the signer tells its key", 60)
    names = ["opora-1-superuser", "opora-1-user"]
    with RealSshd(tmp_path / "host", authority=authority, principals=names) as server:
        words = (str(server.port), server.login, server.host_key, key_pair(tmp_path / "boris"))
        tell(desk, ENTER, *words)
        yield server


@pytest.mark.usefixtures("host")
def test_clara_watches_stops_replays_and_verifies(desk: Program, chromium: Any, tmp_path: Path) -> None:
    site = f"http://localhost:{desk.port}"
    boris = come_in(chromium, desk, "/desk/sign-in/", BORIS)
    boris.wait_for_url("**/desk/**")
    clara = come_in(chromium, desk, "/sign-in/password/", CLARA)

    number = agree(clara, boris, site)

    # The window is agreed and in the log; Clara waits on its page, Boris copies the line.
    wait_until(lambda: reloaded(boris, f"{site}/desk/tickets/{number}/windows", "in the log"), "it is in the log", 60)
    line = boris.locator(".command-line pre").inner_text()
    keep_picture(boris, "journey-watched-1-window")
    clara.goto(f"{site}/requests/{number}")
    clara.locator("a[href^='/watched/']").first.click()
    clara.get_by_text("Nobody is at work just now").wait_for()

    # Boris is at work by his own ssh; Clara's open page shows every byte of it.
    road = line.split()[1:]
    trust = ["-i", str(tmp_path / "boris"), "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"]
    trust += ["-o", f"UserKnownHostsFile={tmp_path / 'known'}", "-F", "none", "-tt"]
    with subprocess.Popen(
        ["ssh", *trust, *road], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as ssh:
        assert ssh.stdin is not None
        ssh.stdin.write(b"echo seen by $((6 * 7)) eyes\n")
        ssh.stdin.flush()
        shown = clara.locator("opora-live-terminal")
        shown.wait_for()
        clara.get_by_role("button", name="Read as text").click()
        shown.get_by_text("seen by 42 eyes").first.wait_for()
        keep_picture(clara, "journey-watched-2-live")

        # One press, and it is over.
        clara.locator("form.steer button[value=stop]").click()
        ssh.wait(30)
    assert ssh.returncode != 0

    check_record(clara, desk, tmp_path)


def agree(clara: Any, boris: Any, site: str) -> str:
    """A request of Clara's, a window asked for and confirmed; returns the request's number."""
    # Clara writes; Boris asks for a window in writing; Clara says yes to exactly that text.
    clara.get_by_role("link", name="New request", exact=True).click()
    clara.fill("#id_subject", "The shop is slow at noon")
    clara.fill("#id_text", "Please have a look on web1 itself.")
    clara.get_by_label("Medium").check()
    clara.get_by_role("button", name="Send the request").click()
    clara.locator(".promise").first.wait_for()
    number = clara.url.rsplit("/", maxsplit=1)[-1].removesuffix("#sent")
    boris.goto(f"{site}/desk/tickets/{number}/confirmations")
    boris.get_by_label("web1").check()
    boris.fill("#id_what", "Look at the load and the limits of nginx.")
    boris.locator(f"input[name=level][value={'superuser' if ROOT else 'user'}]").check()
    boris.locator("input[name=actions][value=change]").check()
    begins = now().astimezone(ZoneInfo("Europe/Moscow")) - timedelta(minutes=2)
    boris.fill("#id_starts", written(begins))
    boris.fill("#id_ends", written(begins + timedelta(hours=2)))
    boris.get_by_role("button", name="Ask the customer").click()
    clara.goto(f"{site}/requests/{number}")
    clara.locator("a[href^='/confirmations/']").first.click()
    clara.fill("#password", "correct horse battery")
    clara.get_by_role("button", name="I confirm exactly this").click()
    clara.locator(".notice.good").first.wait_for()
    return number


def check_record(clara: Any, desk: Program, folder: Path) -> None:
    """She replays it, takes it away, and it verifies."""
    # The record: replayed, taken away, verified; a flipped byte is named.
    clara.get_by_role("link", name="Replay").click(timeout=60_000)  # the page that was left open leads there by itself
    clara.locator("opora-replay[data-loaded=yes]").wait_for()
    keep_picture(clara, "journey-watched-3-replay")
    with clara.expect_download() as taken:
        clara.get_by_role("link", name="Take the record away").click()
    bundle = folder / "record.zip"
    taken.value.save_as(bundle)
    whole = desk.run("verify", str(bundle))
    assert (whole.returncode, "whole and unchanged" in whole.stdout) == (0, True), whole.stdout
    changed = desk.run("verify", str(flipped(bundle, folder / "changed.zip")))
    assert changed.returncode == 1
    assert "frame" in changed.stdout
    assert reloaded(clara, clara.url, "took the record"), "that it was taken is kept"


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def reloaded(page: Any, place: str, words: str) -> bool:
    """Whether the page says so now."""
    page.goto(place)
    return words in page.content()


def flipped(bundle: Path, to: Path) -> Path:
    """The same bundle with one bit of its record changed."""
    with zipfile.ZipFile(bundle) as whole, zipfile.ZipFile(to, "w") as copy:
        for name in whole.namelist():
            piece = bytearray(whole.read(name))
            if name == "session.frames":
                piece[len(piece) // 2] ^= 1
            copy.writestr(name, bytes(piece))
    return to
