"""A night in the life: an outage by mail, the one on duty told, handed up, a vendor asked, an argued priority, a cause named.

In real browsers and by real mail. It is night for everybody but Boris, who is on duty, and Hanna, who leads the shift.
"""

import smtplib
import subprocess
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import pytest

from tests.cast import PASSWORD
from tests.journeys.conftest import SUPPORT, CustomersMail, text_of
from tests.pages.browser import keep_picture
from tests.runs.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
CLARA, VENDOR = "clara@bakery.example", "support@disks.example"
PATIENCE = 90_000
NIGHT = """
import django; django.setup()
from datetime import timedelta
from opora.desk.catalogue.vendors import add_vendor
from opora.desk.dispatch import escalations, routing
from opora.desk.dispatch.rules import Policy, Rule, Step
from opora.desk.kernel.clock import now
from opora.desk.people import actions as people
from opora.desk.people.models import Staff, Team
at = now()
staff = {one.account.email.partition("@")[0]: one for one in Staff.objects.select_related("account")}
hanna, second = staff["hanna"], Team.objects.get(slug="second-line")
other = at + timedelta(hours=12)
night = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), [f"{other:%H}:00-{other:%H}:59"])
for key in ("anna", "boris", "oleg", "vera"):
    people.change_hours(staff[key], week=night, by=hanna.actor, at=at)
people.join_team(hanna, second, by=hanna.actor, at=at)
day = timedelta(days=1)
people.plan_rotation(
    team=second, name="Round the clock", zone="UTC", starts_on=at.date() - day, handoff=0, turn_hours=168,
    people=[staff["boris"]], by=hanna, at=at - day,
)
outages = Rule("Outages to whoever is on duty", "second-line", {"priority": ("high",)}, "least_load")
routing.write_rules([outages, Rule("The rest", "first-line")], by=hanna, at=at, why="Nights")
policy = Policy("high", (Step(0, "on_duty"), Step(30, "role", "head")))
escalations.write_terms("Outages", policy, by=hanna, at=at)
add_vendor(name="Disk Works", emails=["support@disks.example"], by=hanna.actor, at=at)
"""


def come_in(chromium: Any, desk: Program, path: str, email: str) -> Any:
    """A browser of this person's own, signed in by password."""
    page = chromium.new_context(locale="en", viewport={"width": 1360, "height": 860}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"http://localhost:{desk.port}{path}")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")
    return page


def colleague(chromium: Any, desk: Program, name: str) -> Any:
    return come_in(chromium, desk, "/desk/sign-in/", f"{name}@provider.example")


def letter() -> EmailMessage:
    """Clara's cry for help."""
    made = EmailMessage()
    made["From"], made["To"] = f"Clara Berg <{CLARA}>", SUPPORT
    made["Subject"], made["Message-ID"] = "Nothing works", make_msgid(domain="bakery.example")
    made.set_content("The shop is gone altogether since two o'clock. Nobody can order.")
    return made


@dataclass
class Night:
    """Who is awake, and the ticket it is about."""

    desk: Program
    customers_mail: CustomersMail
    chromium: Any
    hanna: Any = None
    boris: Any = None
    oleg: Any = None
    number: str = ""

    @property
    def here(self) -> str:
        return f"http://localhost:{self.desk.port}"

    @property
    def mark(self) -> str:
        return f"T-{self.number}"

    def an_outage_comes_by_mail(self) -> None:
        """Hanna leads the shift and looks at the board; Anna sees the letter come, and argues the priority."""
        self.hanna = colleague(self.chromium, self.desk, "hanna")
        self.hanna.goto(f"{self.here}/desk/shift/second-line/")
        with smtplib.SMTP("127.0.0.1", self.desk.mail_port, timeout=30) as road:
            assert road.send_message(letter(), from_addr=CLARA, to_addrs=[SUPPORT]) == {}
        self.customers_mail.wait_for(CLARA, "T-")
        anna = colleague(self.chromium, self.desk, "anna")
        anna.goto(f"{self.here}/desk/queue/line")
        anna.locator("a[data-main]", has_text="Nothing works").click()
        anna.locator(".conversation", has_text="gone altogether").wait_for()
        self.number = anna.url.split("?")[0].rsplit("/", maxsplit=1)[-1]
        anna.get_by_label("More", exact=True).click()
        anna.get_by_role("button", name="Subject and kind…").click()
        anna.select_option("#kind-new", "incident")
        anna.locator("#rename form", has=anna.locator("#kind-new")).get_by_role("button", name="Change").click()
        anna.locator(".told", has_text="Incident").wait_for()
        anna.keyboard.press("p")
        anna.locator("#priority input[value=high]").check()
        anna.fill("#priority-why", "Nobody can order: the service is gone altogether.")
        anna.locator("#priority button.primary").click()
        anna.locator(".told", has_text="gone altogether").first.wait_for()

    def the_one_on_duty_is_told(self) -> None:
        """The rules give it to Boris, who is on duty; the board shows it by itself; a notice and a letter tell him."""
        self.hanna.locator("[data-lane]", has_text="Boris Orlov").locator(f"[data-card='{self.number}']").wait_for()
        keep_picture(self.hanna, "night-1-the-board")
        woken = self.customers_mail.wait_for("boris@provider.example", self.mark)
        assert "I have it" in text_of(woken)
        self.boris = colleague(self.chromium, self.desk, "boris")
        self.boris.goto(f"{self.here}/desk/notices")
        self.boris.get_by_text("Escalated: nobody has it yet").first.wait_for()
        self.boris.goto(f"{self.here}/desk/tickets/{self.number}")
        keep_picture(self.boris, "night-2-escalated")
        self.boris.get_by_role("button", name="I have it").click()
        self.boris.locator(".told", has_text="has it").wait_for()
        assert self.boris.locator(".escalating").count() == 0
        self.boris.fill("#say", "I am at it, Clara. The disks of web1 do not answer.")
        self.boris.keyboard.press("Control+Enter")
        self.boris.locator(".message.ours", has_text="The disks of web1").wait_for()

    def it_is_handed_up(self) -> None:
        """Boris hands it up; the note is there but for what he suspects."""
        self.boris.keyboard.press("Escape")
        self.boris.locator("h1").click()
        self.boris.keyboard.press("e")
        self.boris.locator("#hand-line option").first.wait_for(state="attached")
        assert "gone altogether" in self.boris.input_value("#hand-asked")
        assert "The disks of web1" in self.boris.input_value("#hand-tried")
        self.boris.select_option("#hand-line", label="Third line (up)")
        self.boris.fill("#hand-suspected", "The firmware of the disks: all of one batch.")
        self.boris.locator("#hand button.primary").click()
        self.boris.locator(".handed", has_text="all of one batch").wait_for()

    def the_vendor_answers(self) -> None:
        """Oleg reads the note first, asks the vendor, and hears from it."""
        self.oleg = colleague(self.chromium, self.desk, "oleg")
        self.oleg.goto(f"{self.here}/desk/tickets/{self.number}")
        self.oleg.locator(".handed", has_text="all of one batch").wait_for()
        keep_picture(self.oleg, "night-3-handed-up")
        self.oleg.get_by_role("button", name="Take it").click()
        self.oleg.locator(".told", has_text="took it").wait_for()
        self.oleg.goto(f"{self.here}/desk/vendor-cases/new?ticket={self.number}")
        self.oleg.select_option("#vendor", label="Disk Works")
        self.oleg.fill("#text", "All disks of batch 7 stopped at two. Is there newer firmware?")
        self.oleg.get_by_role("button", name="Send to the vendor").click()
        assert "batch 7" in text_of(self.customers_mail.wait_for(VENDOR, "batch 7"))
        self.oleg.locator("summary", has_text="They answered by telephone").click()
        self.oleg.fill("#hear", "Yes: firmware 2.1 cures it.")
        self.oleg.get_by_role("button", name="Keep as their answer").click()
        self.oleg.locator(".vendor-words", has_text="firmware 2.1").wait_for()
        self.oleg.get_by_role("button", name="The case is settled").click()
        self.oleg.wait_for_load_state("networkidle")

    def a_lowered_priority_is_objected_to(self) -> None:
        """Boris thinks half of it works again; Clara sees it otherwise, and Hanna gives it back."""
        self.boris.goto(f"{self.here}/desk/tickets/{self.number}")
        self.boris.keyboard.press("p")
        self.boris.locator("#priority input[value=medium]").check()
        self.boris.fill("#priority-why", "One of two web nodes answers again.")
        self.boris.locator("#priority button.primary").click()
        self.boris.locator(".told", has_text="One of two web nodes").first.wait_for()
        clara = come_in(self.chromium, self.desk, "/sign-in/password/", CLARA)
        clara.goto(f"{self.here}/requests/{self.number}")
        clara.get_by_text("One of two web nodes answers again.").first.wait_for()
        clara.get_by_role("button", name="I see it otherwise").click()
        clara.get_by_text("is with our shift lead").first.wait_for()
        keep_picture(clara, "night-4-objected")
        self.hanna.goto(f"{self.here}/desk/objections/")
        card = self.hanna.locator("section.card", has_text=self.mark)
        card.locator("textarea").fill("You are right: nobody can pay yet.")
        card.get_by_role("button", name="Give the customer’s priority back").click()
        self.hanna.wait_for_load_state("networkidle")
        clara.goto(f"{self.here}/requests/{self.number}")
        clara.get_by_text("You are right: nobody can pay yet.").first.wait_for()

    def the_cause_is_named_and_told(self) -> None:
        """Oleg names the cause with its evidence; the root-cause letter, approved by another, reaches Clara."""
        self.oleg.goto(f"{self.here}/desk/tickets/{self.number}")
        self.oleg.locator("summary[data-key=s]").click()
        self.oleg.get_by_role("button", name="Resolved…").click()
        self.oleg.locator("#resolve input[value=vendor]").check()
        self.oleg.select_option("#resolve-vendor", label="Disk Works")
        self.oleg.fill("#resolve-words", "The firmware of the disks failed.")
        self.oleg.fill("#resolve-evidence", "The disks' logs from two o'clock; the vendor's note on firmware 2.1.")
        self.oleg.fill("#resolve-tried", "Firmware 2.1 on all disks.")
        self.oleg.fill("#resolve-suspected", "Firmware of batch 7.")
        self.oleg.locator("#resolve button.primary").click()
        self.oleg.locator(".state.resolved").first.wait_for()
        keep_picture(self.oleg, "night-5-resolved")
        self.oleg.goto(f"{self.here}/desk/root-causes/")
        for _each in range(30):
            if self.oleg.get_by_text(self.mark).count():
                break
            self.oleg.wait_for_timeout(1000)
            self.oleg.reload()
        self.oleg.get_by_role("link", name=self.mark).first.click()
        self.oleg.fill("#text", "It was the firmware of our disks. Every disk has version 2.1 now.")
        self.oleg.get_by_role("button", name="Ready: ask for approval").click()
        self.oleg.wait_for_load_state("networkidle")
        self.hanna.goto(self.oleg.url)
        self.hanna.get_by_role("button", name="Approve and send").click()
        sent = self.customers_mail.wait_for(CLARA, "Every disk has version 2.1 now")
        assert self.mark in str(sent["Subject"])
        self.hanna.goto(f"{self.here}/desk/tickets/{self.number}")
        keep_picture(self.hanna, "night-6-the-whole-story")


def test_a_night_in_the_life(desk: Program, customers_mail: CustomersMail, chromium: Any) -> None:
    environment = {**desk.environment, "DJANGO_SETTINGS_MODULE": "opora.config.settings"}
    subprocess.run([sys.executable, "-c", NIGHT], env=environment, check=True, timeout=120)
    night = Night(desk, customers_mail, chromium)
    night.an_outage_comes_by_mail()
    night.the_one_on_duty_is_told()
    night.it_is_handed_up()
    night.the_vendor_answers()
    night.a_lowered_priority_is_objected_to()
    night.the_cause_is_named_and_told()
    assert night.hanna.locator("li.handoff").count() == 2
