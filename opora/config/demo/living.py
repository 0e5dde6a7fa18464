"""Customers who go on writing while the demo is looked at, by real SMTP, as real customers would.

They write a new letter now and then, and answer what colleagues write to them, quoting it and in the same thread.
"""

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from email.utils import formataddr, make_msgid
from random import Random

from django.conf import settings
from django.db import close_old_connections

from opora.config.children import Stop
from opora.config.demo.fill import scripts
from opora.config.demo.filling import fill_in
from opora.config.demo.scripts import Script
from opora.desk.channels.email.models import CaughtLetter
from opora.desk.customers.models import Contact
from opora.desk.customers.queries import find_contact_by_email
from opora.desk.kernel import clock
from opora.desk.tickets.models import Ticket

FIRST_AFTER, PAUSE = 20.0, (35.0, 90.0)
ENOUGH_NEW = 40
ANSWERS = {
    "en": (
        "Thank you, that did it!",
        "Thanks. I tried it and it looks better already.",
        "Understood. Could you please keep an eye on it until tomorrow?",
        "Thank you for the quick answer. One more thing: will this happen again?",
        "Yes, please go ahead.",
    ),
    "ru": (
        "Спасибо, помогло!",
        "Спасибо. Попробовали, стало заметно лучше.",
        "Понятно. Понаблюдайте, пожалуйста, до завтра.",
        "Спасибо за быстрый ответ. Ещё вопрос: это может повториться?",
        "Да, делайте, пожалуйста.",
    ),
}


@dataclass
class Customers:
    """Everybody outside who writes to the desk."""

    stop: Stop
    dice: Random = field(default_factory=Random)

    def live(self) -> None:
        """Write and answer until stopped."""
        newest = CaughtLetter.objects.order_by("-pk").first()
        seen = newest.pk if newest else 0
        next_letter = clock.monotonic() + FIRST_AFTER
        stories = self._stories()
        while not self.stop.wait(self.dice.uniform(4, 9)):
            close_old_connections()
            seen = self._answer_what_came(seen)
            if clock.monotonic() >= next_letter:
                next_letter = clock.monotonic() + self.dice.uniform(*PAUSE)
                if Ticket.objects.filter(state="new").count() < ENOUGH_NEW:
                    self._write_new(next(stories))

    def _stories(self) -> Iterator[Script]:
        while True:
            deck = [s for s in scripts() if s.steps[0].who == "customer" and not s.head.get("who")]
            self.dice.shuffle(deck)
            yield from deck

    def _write_new(self, script: Script) -> None:
        contacts = Contact.objects.filter(organisation__language=script.language, active=True, addresses__isnull=False)
        contact = self.dice.choice(list(contacts.select_related("organisation").distinct()))
        systems = list(contact.organisation.systems.all()) if contact.organisation else []
        system = self.dice.choice(systems) if systems else None
        now = clock.now()
        facts = {
            "host": system.name if system else "server",
            "ip": system.addresses[-1] if system else "192.0.2.1",
            "other": system.name if system else "server",
            "domain": contact.organisation.domains[0] if contact.organisation else "elsewhere.example",
            "organisation": str(contact.organisation or contact.name),
            "first": contact.name.split()[0],
            "name": contact.name,
            "mate": contact.name,
            "date": f"{now - timedelta(days=4):%d.%m}",
            "time": f"{now - timedelta(minutes=self.dice.randint(5, 50)):%H:%M}",
            "contract": f"BC-{self.dice.randint(100, 999)}",
            "invoice": str(self.dice.randint(10_200, 19_800)),
            "mailbox": "info",
        }
        letter = _letter(contact, fill_in(self.dice.choice(script.subjects), facts, self.dice))
        ending = "С уважением" if script.language == "ru" else "Best regards"
        letter.set_content(f"{fill_in(script.steps[0].text, facts, self.dice)}\n\n{ending},\n{contact.name}\n")
        _send(letter)

    def _answer_what_came(self, seen: int) -> int:
        """Most answers of colleagues are answered; machines' letters never are."""
        for caught in CaughtLetter.objects.filter(pk__gt=seen).order_by("pk")[:20]:
            seen = caught.pk
            came = BytesParser(policy=modern).parsebytes(bytes(caught.raw))
            machine = came.get("Auto-Submitted", "no").lower() != "no"
            contact = find_contact_by_email(caught.envelope_to[0]) if caught.envelope_to else None
            if not machine and contact is not None and self.dice.random() < 0.75:
                if self.stop.wait(self.dice.uniform(8, 25)):
                    break
                self._answer(contact, came)
        return seen

    def _answer(self, contact: Contact, came: EmailMessage) -> None:
        subject = str(came["Subject"] or "")
        letter = _letter(contact, subject if subject.lower().startswith("re:") else f"Re: {subject}")
        letter["In-Reply-To"] = came["Message-ID"]
        letter["References"] = f"{came.get('References', '')} {came['Message-ID']}".strip()
        plain = came.get_body(("plain",))
        quoted = "\n".join(f"> {line}" for line in plain.get_content().splitlines()[:30]) if plain else ""
        words = self.dice.choice(ANSWERS["ru" if contact.language == "ru" else "en"])
        letter.set_content(f"{words}\n\n{contact.name}\n\n{quoted}\n")
        if came.get("Reply-To"):
            del letter["To"]
            letter["To"] = came["Reply-To"]
        _send(letter)


def _letter(contact: Contact, subject: str) -> EmailMessage:
    letter = EmailMessage()
    address = contact.addresses.order_by("pk")[0].email
    letter["From"] = formataddr((contact.name, address))
    letter["To"] = settings.OPORA_MAIL_ADDRESS
    letter["Subject"] = subject
    letter["Date"] = clock.now()
    letter["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    return letter


def _send(letter: EmailMessage) -> None:
    host, port = settings.OPORA_MAIL_LISTEN
    with smtplib.SMTP(host, port, timeout=20) as road:
        road.send_message(letter)
