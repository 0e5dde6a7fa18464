"""The main job, as people do it: a customer's request becomes a kept promise, in real browsers and by real mail."""

import smtplib
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import pytest

from tests.cast import PASSWORD
from tests.journeys.conftest import SUPPORT, CustomersMail, text_of
from tests.pages.browser import keep_picture
from tests.runs.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CLARA, ANNA = "clara@bakery.example", "anna@provider.example"
PATIENCE = 30_000


def come_in(chromium: Any, desk: Program, path: str, email: str) -> Any:
    """A browser of this person's own, signed in by password."""
    page = chromium.new_context(locale="en", viewport={"width": 1360, "height": 860}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"http://localhost:{desk.port}{path}")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def answer_to(letter: EmailMessage, words: str) -> EmailMessage:
    """What a mail program makes of “Reply” under this letter."""
    reply = EmailMessage()
    reply["From"] = f"Clara Berg <{CLARA}>"
    reply["To"] = str(letter["Reply-To"] or letter["From"])
    reply["Subject"] = f"Re: {letter['Subject']}"
    reply["Message-ID"] = make_msgid(domain="bakery.example")
    reply["In-Reply-To"] = str(letter["Message-ID"])
    reply["References"] = f"{letter['References'] or ''} {letter['Message-ID']}".strip()
    quoted = "\n".join(f"> {line}" for line in text_of(letter).splitlines())
    reply.set_content(f"{words}\n\nOn Monday Anna Petrova wrote:\n{quoted}\n")
    return reply


def test_it_makes_a_kept_promise_of_a_customers_request(
    desk: Program, customers_mail: CustomersMail, chromium: Any
) -> None:
    anna = come_in(chromium, desk, "/desk/sign-in/", ANNA)
    anna.goto(f"http://localhost:{desk.port}/desk/queue/line")
    clara = come_in(chromium, desk, "/sign-in/password/", CLARA)

    # Clara writes in the portal, and reads at once what she may expect.
    clara.get_by_role("link", name="New request", exact=True).click()
    clara.fill("#id_subject", "The shop answers with 502")
    clara.fill("#id_text", "Since nine, for everybody.")
    clara.get_by_label("Medium").check()
    clara.get_by_role("button", name="Send the request").click()
    clara.locator(".promise", has_text="We promise a first answer within 4 h").wait_for()
    number = clara.url.rsplit("/", maxsplit=1)[-1].removesuffix("#sent")
    mark = f"T-{number}"
    keep_picture(clara, "journey-1-promised")

    # Anna's queue learns of it by itself; she opens it and answers.
    anna.locator("[data-fresh]:not([hidden])").click()
    anna.locator("a[data-main]", has_text="The shop answers with 502").click()
    anna.locator(".conversation", has_text="Since nine, for everybody.").wait_for()
    anna.fill("#say", "We see it: a full disk on web1. Which path do you open?")
    anna.keyboard.press("Control+Enter")
    anna.locator(".conversation", has_text="a full disk on web1").wait_for()
    keep_picture(anna, "journey-2-answered")

    # Clara's page, still open, shows it without a reload; and it lies in her mailbox, in one thread.
    clara.locator(".letter.ours", has_text="a full disk on web1").wait_for()
    clara.locator(".promise.good").wait_for()
    received = customers_mail.wait_for(CLARA, mark)
    answer = customers_mail.wait_for(CLARA, "a full disk on web1")
    assert SUPPORT in str(answer["From"])
    assert mark in str(answer["Subject"])
    assert received["Message-ID"] in str(answer["References"])
    assert answer["In-Reply-To"] in (received["Message-ID"], *str(answer["References"]).split())

    # She answers from her mail program; the words come to the same ticket, before Anna's eyes.
    reply = answer_to(answer, "The start page, /cart too.")
    with smtplib.SMTP("127.0.0.1", desk.mail_port, timeout=20) as road:
        assert road.send_message(reply, from_addr=CLARA, to_addrs=[SUPPORT]) == {}
    anna.locator(".conversation", has_text="The start page, /cart too.").wait_for()
    anna.fill("#say", "The disk has room again; the shop answers.")
    anna.get_by_role("button", name="Send and resolve").click()
    last = customers_mail.wait_for(CLARA, "The disk has room again")
    assert str(reply["Message-ID"]) in str(last["References"])

    # It is solved, the promise stands as kept, there is one ticket, and Clara closes it.
    clara.locator(".state-line.done").wait_for()
    assert clara.locator(".letter").count() == 4
    assert "kept" in clara.locator(".promise.good").inner_text()
    keep_picture(clara, "journey-3-solved")
    clara.get_by_role("button", name="Yes, this solved it").click()
    clara.locator(".state-line.closed").wait_for()
    clara.goto(f"http://localhost:{desk.port}/requests/?tab=ended")
    assert clara.locator(".request-line").count() == 1
    once = [letter for letter in customers_mail.letters(CLARA) if "a full disk on web1" in text_of(letter)]
    assert len(once) == 1
