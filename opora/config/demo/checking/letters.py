"""A customer's mail program: writes by SMTP, reads what came back from the page of caught letters, keeps the thread."""

import re
import smtplib
import time
from datetime import UTC
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from email.utils import make_msgid

from opora.config.demo.checking.browser import Browser
from opora.desk.kernel import clock

PATIENCE = 30.0
_ONE = re.compile(r'href="/demo/mail/(\d+)"')


class MailProgram:
    """One person's mail."""

    def __init__(self, address: str, name: str, site: str, road: tuple[str, int], desk: str) -> None:
        self.address, self.name, self.desk = address, name, desk
        self._browser = Browser(site)
        self._road = road

    def write(self, subject: str, text: str) -> EmailMessage:
        """A new letter to the desk, handed over by SMTP."""
        return self._send(self._letter(subject, text))

    def answer(self, came: EmailMessage, text: str) -> EmailMessage:
        """An answer as mail programs make them: quoted, and tied to the letter by In-Reply-To and References."""
        subject = str(came["Subject"])
        letter = self._letter(subject if subject.lower().startswith("re:") else f"Re: {subject}", "")
        quoted = "\n".join(f"> {line}" for line in plain(came).splitlines())
        letter.set_content(f"{text}\n\nOn {came['Date']}, {came['From']} wrote:\n{quoted}\n")
        letter["In-Reply-To"] = str(came["Message-ID"])
        letter["References"] = f"{came['References'] or ''} {came['Message-ID']}".strip()
        if came["Reply-To"]:
            del letter["To"]
            letter["To"] = str(came["Reply-To"])
        return self._send(letter)

    def wait_for(self, words: str) -> EmailMessage:
        """The newest letter to this person that holds the words. Raises LookupError when none comes."""
        end = clock.monotonic() + PATIENCE
        while clock.monotonic() < end:
            for came in self.inbox():
                if words in plain(came):
                    return came
            time.sleep(0.3)
        raise LookupError(f"no letter with “{words}” came to {self.address} within {PATIENCE:.0f} s")

    def inbox(self) -> list[EmailMessage]:
        """Every letter to this person, newest first, as octets parsed by a mail library."""
        page = self._browser.get(f"/demo/mail/?to={self.address}")
        numbers = dict.fromkeys(_ONE.findall(page.html))
        octets = [self._browser.get(f"/demo/mail/{number}.eml").octets for number in numbers]
        return [BytesParser(policy=modern).parsebytes(raw) for raw in octets]

    def _letter(self, subject: str, text: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = f"{self.name} <{self.address}>"
        letter["To"] = self.desk
        letter["Subject"] = subject
        letter["Date"] = clock.now().astimezone(UTC)
        letter["Message-ID"] = make_msgid(domain=self.address.rpartition("@")[2])
        letter.set_content(text + "\n")
        return letter

    def _send(self, letter: EmailMessage) -> EmailMessage:
        with smtplib.SMTP(*self._road, timeout=PATIENCE) as road:
            road.send_message(letter)
        return letter


def plain(letter: EmailMessage) -> str:
    """The plain words of a letter."""
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""
