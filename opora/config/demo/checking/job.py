"""The steps of the main job: a customer's words become a ticket with a promise, are answered, and come to an end.

Clara writes in the portal, Dan by mail; Anna answers both in the console. What they get is read from the letters
themselves, and Dan must see nothing of Clara's.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC
from email.message import EmailMessage
from html import unescape

from opora.config.demo.checking.browser import Browser, Page
from opora.config.demo.checking.letters import MailProgram, plain
from opora.config.demo.checking.running import Demo
from opora.desk.kernel import clock
from opora.desk.web.catcher.visitors import PASSWORD

PATIENCE = 30.0
DESK = "support@borea.example"
_NUMBER = re.compile(r"/(?:requests|tickets)/(\d+)")


class NotSeen(Exception):
    """What must be seen was not there."""


class MainJob:
    """One run through the main job."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.clara, self.anna, self.dan = (Browser(demo.site) for _ in range(3))
        self.claras_mail = MailProgram("clara@northwind.example", "Clara Berg", demo.site, demo.mail, DESK)
        self.dans_mail = MailProgram("dan@driftwood.example", "Dan Drift", demo.site, demo.mail, DESK)
        self.run = f"{clock.now().astimezone(UTC):%H%M%S}"
        self.request = self.letters_ticket = 0
        self.dans_letter = self.answer_to_dan = EmailMessage()
        self.answer_to_clara = EmailMessage()

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Every step with its name, in order."""
        return [
            ("Clara signs in to the portal with her password", self.clara_signs_in),
            ("Anna signs in to the console", self.anna_signs_in),
            ("Clara writes a request; the portal says until when she gets an answer", self.clara_asks),
            ("Anna finds it in her line's queue, with the promise on a clock", self.anna_sees_it),
            ("Anna takes it and answers", self.anna_answers),
            ("the answer reaches Clara's mail", self.clara_gets_the_answer),
            ("Clara answers by mail; it lands on the same ticket", self.clara_replies),
            ("Anna answers again: it stands in Clara's thread", self.anna_stays_in_the_thread),
            ("Anna resolves it; the promise shows as kept", self.anna_resolves),
            ("Clara's portal shows it as solved", self.clara_sees_it_solved),
            ("Dan writes a letter by SMTP; a ticket with a promise is there", self.dan_writes),
            ("Anna answers Dan; the answer is tied to his letter", self.anna_answers_dan),
            ("Dan replies in his thread; same ticket, nothing quoted twice", self.dan_replies),
            ("Dan sees nothing of Clara's", self.dan_sees_nothing),
        ]

    def clara_signs_in(self) -> str:
        page = _signed_in(self.clara, "/sign-in/password/", "clara@northwind.example")
        return _saw(page, "Clara Berg")

    def anna_signs_in(self) -> str:
        page = _signed_in(self.anna, "/desk/sign-in/", "anna@borea.example")
        _must("/desk/" in page.address, f"Anna came to {page.address}")
        return _saw(page, "Anna Petrova")

    def clara_asks(self) -> str:
        blank = self.clara.get("/requests/new")
        form = blank.form(having="subject")
        words = f"The shop does not open, customers see error 502. Run {self.run}."
        page = self.clara.send(
            blank, form, subject=f"Shop is down {self.run}", text=words, kind="incident", priority="medium"
        )
        _must(page.status == 200, f"the portal answered {page.status}: {page.text[:300]}")
        self.request = _number(page.address)
        _saw(page, words)
        promise = re.search(r"[^.·]*\b(answer|reply)[^.·]{0,60}\b(by|within|until)\b[^.·]{0,40}", page.text)
        _must(promise is not None, f"no promise is on the page: {page.text[:600]}")
        return f"T-{self.request}; “{promise[0].strip() if promise else ''}”"

    def anna_sees_it(self) -> str:
        page = self.anna.get("/desk/queue/line")
        _saw(page, f"Shop is down {self.run}")
        ticket = self._ticket(self.request)
        _must("time-left" in ticket.html or "<time" in ticket.html, "no clock is on the ticket's page")
        return f"T-{self.request} stands in the queue of {page.address}, its clock runs"

    def anna_answers(self) -> str:
        page = self._ticket(self.request)
        page = self.anna.send(page, page.form(action=f"/tickets/{self.request}/take"))
        words = f"We restarted the gateway, the shop answers again. Run {self.run}."
        page = self._say(self.request, words)
        return _saw(page, words)

    def clara_gets_the_answer(self) -> str:
        self.answer_to_clara = self.claras_mail.wait_for(f"the shop answers again. Run {self.run}")
        return self._headers(self.answer_to_clara, self.request)

    def clara_replies(self) -> str:
        words = f"It opens, thank you! Pictures are still missing, though. Run {self.run}."
        self.claras_mail.answer(self.answer_to_clara, words)
        return f"“{words}” on T-{self.request}: {self._appears(self.request, words)}"

    def anna_stays_in_the_thread(self) -> str:
        self._say(self.request, f"The pictures are back as well. Run {self.run}.")
        came = self.claras_mail.wait_for(f"The pictures are back as well. Run {self.run}")
        references = str(came["References"] or "")
        _must(str(self.answer_to_clara["Message-ID"]) in references, f"References are “{references}”")
        return f"References hold {self.answer_to_clara['Message-ID']}; {self._headers(came, self.request)}"

    def anna_resolves(self) -> str:
        self._say(self.request, f"Solved then. Run {self.run}.", then="resolve")
        page = self._ticket(self.request)
        _saw(page, "Resolved")
        kept = re.search(r"[^.·]{0,40}\bkept\b[^.·]{0,40}", page.text, re.IGNORECASE)
        _must(kept is not None, f"the promise does not show as kept: {page.text[:900]}")
        return f"resolved; “{kept[0].strip() if kept else ''}”"

    def clara_sees_it_solved(self) -> str:
        page = self.clara.get(f"/requests/{self.request}")
        found = re.search(r"\b(solved|resolved)\b[^.]{0,60}", page.text, re.IGNORECASE)
        _must(found is not None, f"the portal does not say it is solved: {page.text[:600]}")
        return f"“{found[0].strip() if found else ''}”"

    def dan_writes(self) -> str:
        words = f"Good day, our mailbox polly@driftwood.example gets no letters since noon. Run {self.run}."
        self.dans_letter = self.dans_mail.write(f"No mail for Polly {self.run}", words)
        end = clock.monotonic() + PATIENCE
        while clock.monotonic() < end:
            page = self.anna.get(f"/desk/search?q={self.run}+Polly")
            numbers = {int(one) for one in re.findall(r"/desk/tickets/(\d+)", page.html)} - {self.request}
            if numbers:
                self.letters_ticket = max(numbers)
                seen = self._ticket(self.letters_ticket)
                _must("<time" in seen.html or "time-left" in seen.html, "no promise is on the ticket")
                return f"T-{self.letters_ticket}: {_saw(seen, words)}"
            time.sleep(0.3)
        raise NotSeen(f"no ticket was made of Dan's letter within {PATIENCE:.0f} s")

    def anna_answers_dan(self) -> str:
        words = f"Polly's mailbox was full; we made room. Run {self.run}."
        self._say(self.letters_ticket, words)
        self.answer_to_dan = self.dans_mail.wait_for(words)
        mine = str(self.dans_letter["Message-ID"])
        threaded = f"{self.answer_to_dan['In-Reply-To'] or ''} {self.answer_to_dan['References'] or ''}"
        _must(mine in threaded, f"his letter {mine} is not in “{threaded}”")
        return f"tied to {mine}; {self._headers(self.answer_to_dan, self.letters_ticket)}"

    def dan_replies(self) -> str:
        words = f"They arrive again, thanks. Run {self.run}."
        self.dans_mail.answer(self.answer_to_dan, words)
        return f"“{words}” on T-{self.letters_ticket}: {self._appears(self.letters_ticket, words)}"

    def dan_sees_nothing(self) -> str:
        _signed_in(self.dan, "/sign-in/password/", "dan@driftwood.example")
        there, own = self.dan.get(f"/requests/{self.request}"), self.dan.get(f"/requests/{self.letters_ticket}")
        _must(there.status == 404, f"Dan got {there.status} for Clara's request")
        _must(own.status == 200, f"Dan got {own.status} for his own request")
        _must(
            self.dan.get("/desk/queue/all").status in {403, 404} or "/sign-in" in self.dan.get("/desk/").address,
            "console",
        )
        _must("Shop is down" not in self.dan.get("/requests/").text, "Clara's request stands in Dan's list")
        return f"/requests/{self.request}: 404; his own: 200; the console is shut"

    def _ticket(self, number: int) -> Page:
        page = self.anna.get(f"/desk/tickets/{number}")
        _must(page.status == 200, f"the console answered {page.status} for T-{number}")
        return page

    def _say(self, number: int, words: str, then: str = "") -> Page:
        page = self._ticket(number)
        form = page.form(action=f"/tickets/{number}/say", having="text")
        page = self.anna.send(page, form, kind="reply", text=words, then=then)
        _must(page.status == 200, f"the console answered {page.status}: {page.text[:400]}")
        return page

    def _appears(self, number: int, words: str) -> str:
        """Wait until the customer's words stand once on the ticket."""
        end = clock.monotonic() + PATIENCE
        while clock.monotonic() < end:
            page = self._ticket(number)
            if words in page.text:
                count = _conversation(page).count(words)
                _must(count == 1, f"they stand there {count} times")
                return "there, once"
            time.sleep(0.3)
        raise NotSeen(f"“{words}” did not appear on T-{number} within {PATIENCE:.0f} s")

    def _headers(self, came: EmailMessage, number: int) -> str:
        """What a mail program needs to thread it, and what a person needs to see."""
        _must(bool(came["Message-ID"]), "it has no Message-ID")
        _must("borea.example" in str(came["From"]), f"it is from {came['From']}")
        _must(f"T-{number}" in f"{came['Subject']} {plain(came)}", f"T-{number} is not named in it")
        _must(came.get_body(("html",)) is not None, "it has no HTML part")
        return f"From {came['From']}; Subject “{came['Subject']}”; Message-ID {came['Message-ID']}"


def _signed_in(browser: Browser, door: str, email: str) -> Page:
    page = browser.get(door)
    _must(page.status == 200, f"{door} answered {page.status}")
    page = browser.send(page, page.form(having="password"), email=email, password=PASSWORD)
    _must(page.status == 200 and "sign-in" not in page.address, f"{email} was not let in: {page.text[:300]}")
    return page


def _number(address: str) -> int:
    found = _NUMBER.search(address)
    if found is None:
        raise NotSeen(f"{address} names no ticket")
    return int(found[1])


def _conversation(page: Page) -> str:
    """What was said, without the choices of the dialogs that repeat it."""
    said = page.html.partition('class="conversation"')[2].partition("</ol>")[0]
    return unescape(re.sub(r"<[^>]+>", " ", said))


def _saw(page: Page, words: str) -> str:
    _must(words in page.text or words in page.html, f"“{words}” is not on {page.address}: {page.text[:500]}")
    return f"“{words}” on {page.address}"


def _must(held: bool, otherwise: str) -> None:
    if not held:
        raise NotSeen(otherwise)
