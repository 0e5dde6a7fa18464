"""By phone, then in writing, as people do it: a real exchange's call, the operator's page, the customer's mailbox, the gate."""

import json
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import pytest

from tests.folders import passable_folder
from tests.journeys.conftest import SUPPORT, CustomersMail, assembled, text_of
from tests.journeys.test_main_job import come_in
from tests.pages.browser import keep_picture
from tests.phone.exchange import Asterisk, why_not
from tests.runs.program import Program
from tests.runs.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CLARA, CLARAS = "clara@bakery.example", "+74951234567"
BORDER = "mx.provider.example"
PROVED = f"{BORDER}; dmarc=pass header.from=bakery.example"
CONNECT = """
import django; django.setup()
from opora.desk.channels.phone import actions, errands
from opora.desk.customers.models import Contact, Phone
from opora.desk.kernel.clock import now
from opora.desk.people.models import Staff
staff = {{one.name.split()[0].lower(): one for one in Staff.objects.all()}}
office, _ = actions.connect(name="Office", preset="asterisk", region="RU", secret="", by=staff["hanna"], at=now())
actions.seat(office, extension="101", staff=staff["vera"])
errands.reach(
    office, address="ami://127.0.0.1:{port}", login="{login}", password="{password}", by=staff["hanna"], at=now()
)
Phone.objects.create(contact=Contact.objects.get(addresses__email="{clara}"), number="{claras}")
"""
HEARD = """
import django; django.setup()
from opora.desk.channels.phone.models import Connection
print(Connection.objects.get().reached_at or "")
"""
CALL = """
import django, json; django.setup()
from opora.desk.channels.phone.models import Call
call = Call.objects.get()
print(json.dumps([call.state, call.caller, call.answered_by, call.queue]))
"""
GATE = """
import django, json, sys; django.setup()
from opora.desk.consent.models import Answer, ConfirmationRequest
from opora.desk.consent.policies import may
from opora.desk.customers.models import System
from opora.desk.kernel.clock import now
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket
anna = Staff.objects.get(name="Anna Petrova")
found = may(anna.actor, "look", System.objects.get(name="web1"), at=now())
answers = list(Answer.objects.order_by("pk").values_list("why_not", flat=True))
ticket = Ticket.objects.get(channel="phone")
print(json.dumps({"open": found.granted, "code": found.code, "answers": answers, "state": ticket.state}))
"""
REFUSED = [
    ("forged", f"{BORDER}; dmarc=fail header.from=bakery.example", CLARA, "Yes", {}, "unproved"),
    ("unproved", "", CLARA, "Yes", {}, "unproved"),
    ("automatic", PROVED, CLARA, "Yes", {"Auto_Submitted": "auto-replied"}, "automatic"),
    ("ambiguous", PROVED, CLARA, "Yes, but not tonight", {}, "doubtful"),
    (
        "foreign",
        f"{BORDER}; dmarc=pass header.from=driftwood.example",
        "dan@driftwood.example",
        "Yes",
        {},
        "foreign_address",
    ),
]


@pytest.fixture(scope="module")
def desk(customers_mail: CustomersMail) -> Iterator[Program]:
    """An installation behind a border whose stamp it believes, sending to the customers' mail server."""
    settings = {
        "OPORA_SMTP_URL": customers_mail.address,
        "OPORA_MAIL_ADDRESS": SUPPORT,
        "OPORA_MAIL_BORDER": BORDER,
        "OPORA_SECOND_FACTOR": "optional",
    }
    with passable_folder() as folder:
        yield from assembled(Program(folder / "state", settings=settings))


@pytest.fixture(scope="module")
def exchange(desk: Program) -> Iterator[Asterisk]:
    """An Asterisk whose line the desk's worker keeps: Vera sits at its 101, Clara's number is known."""
    if reason := why_not():
        pytest.skip(reason)
    with passable_folder() as folder:
        running = Asterisk(folder / "asterisk").start()
        try:
            known = {"port": running.manager, "login": running.login, "password": running.password}
            inside(desk, CONNECT.format(**known, clara=CLARA, claras=CLARAS))
            wait_until(lambda: inside(desk, HEARD), "the worker signs in at the exchange")
            yield running
        finally:
            running.stop()


def inside(desk: Program, script: str) -> str:
    """The last line that a program inside the installation prints."""
    environment = {**desk.environment, "DJANGO_SETTINGS_MODULE": "opora.config.settings"}
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip().rpartition("\n")[2]


def send(
    desk: Program, asked: EmailMessage, words: str, *, sender: str = CLARA, stamp: str = PROVED, **headers: str
) -> None:
    """An answer to our letter, as the border hands it over."""
    reply = EmailMessage()
    if stamp:
        reply["Authentication-Results"] = stamp
    reply["From"] = sender
    reply["To"] = str(asked["Reply-To"])
    reply["Subject"] = f"Re: {asked['Subject']}"
    reply["Message-ID"] = make_msgid(domain="bakery.example")
    reply["In-Reply-To"] = str(asked["Message-ID"])
    for name, value in headers.items():
        reply[name.replace("_", "-")] = value
    quoted = "\n".join(f"> {line}" for line in text_of(asked).splitlines())
    reply.set_content(f"{words}\n\nOn Monday Opora wrote:\n{quoted}\n")
    with smtplib.SMTP("127.0.0.1", desk.mail_port, timeout=20) as road:
        assert road.send_message(reply, from_addr=sender, to_addrs=[str(asked["Reply-To"])]) == {}


def test_it_takes_a_call_down_and_opens_the_gate_by_the_right_letter_alone(
    desk: Program, exchange: Asterisk, customers_mail: CustomersMail, chromium: Any
) -> None:
    vera = come_in(chromium, desk, "/desk/sign-in/", "vera@provider.example")
    vera.goto(f"http://localhost:{desk.port}/desk/queue/all")
    vera.wait_for_selector("body[data-live-open]")

    # It rings: whatever page Vera looks at, the call pops up, with what is known and how surely.
    telephone, customer = exchange.waiting(), exchange.stays(CLARAS)
    pop = vera.locator(".call-pop", has_text="Clara Berg")
    pop.wait_for()
    assert "known number" in pop.inner_text()
    keep_picture(vera, "journey-phone-1-pop")
    pop.get_by_role("link", name="Open the call").click()
    vera.get_by_text("A number is no proof of who calls.").wait_for()
    exchange.pick_up()
    exchange.await_talk()
    wait_until(lambda: _call(desk) == ["answered", CLARAS, "101", "support"], "the desk hears that Vera picked up")

    # She writes it down in the caller's words; the questions make the priority; the letter goes out meanwhile.
    vera.fill("#happened", "The shop is gone for everybody.")
    vera.get_by_label("nothing works").check()
    vera.get_by_label("everybody").check()
    vera.locator("[data-live-slot=reckoned]", has_text="Incident, high").wait_for()
    vera.select_option("#system", label="web1")
    vera.keyboard.press("Control+Enter")
    vera.get_by_text("waiting for the answer").wait_for()
    asked = customers_mail.wait_for(CLARA, "Find the cause of what was reported by phone")
    assert "answer this letter that it is right" in text_of(customers_mail.wait_for(CLARA, "We have written down"))
    keep_picture(vera, "journey-phone-2-taken-down")

    # Nobody else's word opens the door, and no doubtful one; each is kept with its reason.
    told: list[str] = []
    for _name, stamp, sender, words, headers, why in REFUSED:
        send(desk, asked, words, sender=sender, stamp=stamp, **headers)
        told.append(why)
        found = wait_until(lambda: _gate(desk, len(told)), f"the answer that is {why} is judged", 60)
        assert (found["open"], found["answers"]) == (False, told)

    # Clara's plain yes, proved and from her address, opens it, before Vera's eyes.
    send(desk, asked, "Yes, I confirm.")
    vera.get_by_text("Confirmed in writing").wait_for()
    found = wait_until(lambda: _gate(desk, len(told) + 1), "the yes is judged", 60)
    assert (found["open"], found["answers"][-1]) == (True, "")
    assert found["state"] in {"new", "open"}
    keep_picture(vera, "journey-phone-3-confirmed")

    # Both talked until now; then the line is cut, and the call stands in the log with its ticket.
    assert (telephone.poll(), customer.poll()) == (None, None), exchange.said()
    exchange.hang_up_all()
    assert (telephone.wait(60), customer.wait(60)) == (0, 0), exchange.said()
    wait_until(lambda: _call(desk)[0] == "ended", "the desk hears that it is over")
    vera.goto(f"http://localhost:{desk.port}/desk/calls/log")
    vera.locator(".entries", has_text="Clara Berg").locator("a", has_text="T-").wait_for()


def test_it_leaves_vera_out_of_the_queue_by_one_key(desk: Program, exchange: Asterisk, chromium: Any) -> None:
    vera = come_in(chromium, desk, "/desk/sign-in/", "vera@provider.example")
    vera.goto(f"http://localhost:{desk.port}/desk/calls/")
    vera.get_by_role("button", name="Pause from calls").wait_for()
    assert not exchange.is_paused()
    vera.keyboard.press("p")
    vera.get_by_text("The queues leave you out").wait_for()
    wait_until(exchange.is_paused, "the exchange leaves her out")
    keep_picture(vera, "journey-phone-4-paused")
    vera.keyboard.press("p")
    vera.get_by_role("button", name="Pause from calls").wait_for()
    wait_until(lambda: not exchange.is_paused(), "the exchange takes her in again")


def _call(desk: Program) -> list[str]:
    """How the one call stands: its state, who called, who answered, in which queue."""
    found: list[str] = json.loads(inside(desk, CALL))
    return found


def _gate(desk: Program, answers: int) -> dict[str, Any] | None:
    """How the gate stands, once so many answers are kept."""
    found: dict[str, Any] = json.loads(inside(desk, GATE))
    return found if len(found["answers"]) >= answers else None
