"""One ticket's life: plays a script step by step, each step one action of the rooms with its moment in the past."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from opora.config.demo.acts import ACTS
from opora.config.demo.clients import Customer
from opora.config.demo.files import attached
from opora.config.demo.filling import fill_in
from opora.config.demo.provider import Provider, first_name
from opora.config.demo.scripts import CUSTOMERS, Script, Step
from opora.desk.customers.models import Contact, System
from opora.desk.customers.queries import terms_in_force
from opora.desk.kernel.actors import SYSTEM
from opora.desk.people.models import Staff
from opora.desk.sla.models import CalendarVersion
from opora.desk.sla.queries import calendar_of
from opora.desk.sla.rules import add_work
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Message, Ticket

SILENCE_BEFORE_CLOSING = timedelta(days=7)
MORNING, EVENING = 8, 21
_MONTHS_RU = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()  # noqa: SIM905


@dataclass
class Story:
    """A script, whom it happens to, when it begins and after how many steps it stops (all of them, if not said)."""

    script: Script
    requester: Contact
    customer: Customer | None
    provider: Provider
    opened_at: datetime
    dice: Random
    steps: int
    answer_share: float
    system: System | None = None
    done: int = 0
    ticket: Ticket | None = None
    duplicate: Ticket | None = None
    last_said: Message | None = None
    crew: dict[str, Staff] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.facts = self._facts()
        self.channel = self.dice.choice(self.script.head.get("channels", "email portal email").split())

    @property
    def language(self) -> str:
        """The language it is written in."""
        return self.script.language

    def next_moment(self, last: datetime) -> datetime | None:
        """When the next step happens, given the moment of the last; None when the story is over."""
        if self.done >= self.steps:
            if self.ticket is not None and self.ticket.state == "resolved" and self.steps == len(self.script.steps):
                return last + SILENCE_BEFORE_CLOSING
            return None
        if self.done <= self.script.first_answer:
            return self._towards_first_answer()
        step = self.script.steps[self.done]
        moment = last + step.after * self.dice.uniform(0.6, 1.7) + timedelta(seconds=self.dice.randint(5, 55))
        return self._waking(moment, step)

    def perform(self, at: datetime) -> None:
        """Play the next step at the moment; after the last one, what nobody objected to is closed."""
        if self.done >= len(self.script.steps):
            assert self.ticket is not None
            tickets.close(self.ticket, by=SYSTEM, at=at, why=self._closing_words())
            self.steps = self.done = len(self.script.steps) + 1
            return
        step = self.script.steps[self.done]
        if self.ticket is None:
            self._open(step, at)
        else:
            ACTS[step.verb](self, step, at)
        self.done += 1

    def first_answer_moment(self, opened_at: datetime) -> datetime:
        """When the first answer is given to a ticket opened then: a share of the promised working time."""
        terms = self._promise()
        if terms is None:
            return opened_at + timedelta(minutes=25 + 200 * self.answer_share)
        version, seconds = terms
        return add_work(calendar_of(version), opened_at, max(60, int(seconds * self.answer_share)))

    def _promise(self) -> tuple[CalendarVersion, int] | None:
        version = terms_in_force(self.requester.organisation, at=self.opened_at)
        if version is None:
            return None
        return version.calendar_version, version.targets["first_reply"][self.script.head["priority"]]

    def _towards_first_answer(self) -> datetime:
        if self.done == 0:
            return self.opened_at
        answered = self.first_answer_moment(self.opened_at)
        return self.opened_at + (answered - self.opened_at) * (self.done / self.script.first_answer)

    def _waking(self, moment: datetime, step: Step) -> datetime:
        """People write by day; machines answer at once, and the lines of a premium customer never sleep."""
        premium = self.customer is not None and self.customer.client.plan == "premium"
        if step.verb == "away" or (premium and step.who not in CUSTOMERS):
            return moment
        zone = ZoneInfo(self.requester.zone if step.who in CUSTOMERS else "Europe/Moscow")
        local = moment.astimezone(zone)
        if MORNING <= local.hour < EVENING:
            return moment
        day = local.replace(hour=MORNING, minute=0) + timedelta(days=1 if local.hour >= EVENING else 0)
        return (day + timedelta(minutes=self.dice.randint(2, 110))).astimezone(moment.tzinfo)

    def _facts(self) -> dict[str, str]:
        dice, contact, customer = self.dice, self.requester, self.customer
        systems = customer.systems if customer else []
        other = dice.choice(systems).name if systems else "server"
        local = self.opened_at.astimezone(ZoneInfo(contact.zone))
        day = f"{local.day} {_MONTHS_RU[local.month - 1]}" if self.language == "ru" else f"{local:%-d %B}"
        mates = [mate for mate in customer.contacts if mate.pk != contact.pk] if customer else []
        return {
            "host": self.system.name if self.system else other,
            "ip": self.system.addresses[-1] if self.system else "192.0.2.10",
            "other": other,
            "domain": customer.client.domain if customer else "elsewhere.example",
            "organisation": customer.client.name if customer else contact.name,
            "first": _first_of(contact.name),
            "name": contact.name,
            "mate": dice.choice(mates).name if mates else contact.name,
            "date": day,
            "time": f"{local.hour:02d}:{dice.randint(0, 59):02d}",
            "contract": f"BC-{dice.randint(100, 999)}",
            "invoice": str(dice.randint(10_200, 19_800)),
            "mailbox": dice.choice(("info", "office", "sales", "zakaz", "orders", "hello", "director", "buh")),
        }

    def words(self, text: str, speaker: Staff | None = None) -> str:
        """The script's words with this story's facts filled in."""
        facts = self.facts | {"me": first_name(speaker, self.language) if speaker else ""}
        return fill_in(text, facts, self.dice)

    def _closing_words(self) -> str:
        return "Семь дней без возражений." if self.language == "ru" else "No objection in seven days."

    def speaker(self, role: str, at: datetime) -> Staff:
        """Who of the line has it; the one who begins to work on it takes it first."""
        if role not in self.crew:
            self.crew[role] = self.dice.choice(self.provider.of_role(role, self.language))
        return self.crew[role]

    def worker(self, step: Step, at: datetime) -> Staff:
        """Who does the step; a line's engineer has taken the ticket before."""
        staff = self.speaker(step.who, at)
        if self.opened.assignee_id != staff.pk and step.who in {"l1", "l2", "l3", "billing"}:
            tickets.take(self.opened, by=staff, at=at)
        return staff

    @property
    def opened(self) -> Ticket:
        """The ticket of a story that has begun."""
        assert self.ticket is not None
        return self.ticket

    def _open(self, step: Step, at: datetime) -> None:
        head, dice = self.script.head, self.dice
        service = self.provider.services.get(head["service"].split()[0])
        if self.system is not None:
            service = self.provider.services[self.system.service.slug]
        by = self.requester.actor
        if step.who in {"operator", "l1", "l2"}:
            by = self.speaker(step.who, at).actor
            self.channel = "phone" if step.who == "operator" else "staff"
        self.ticket = tickets.open_ticket(
            requester=self.requester,
            subject=self.words(dice.choice(self.script.subjects)),
            text=self._signed(self.words(step.text)) if step.who in CUSTOMERS else self.words(step.text),
            kind=head["kind"],
            priority=head["priority"],
            channel=self.channel,
            service=service,
            system=self.system,
            files=self.files(step),
            by=by,
            at=at,
        )
        for word in head.get("tags", "").replace(",", " ").split():
            if dice.random() < 0.6:
                tickets.tag(self.ticket, word=word, by=SYSTEM, at=at)

    def _signed(self, text: str) -> str:
        if self.channel != "email" or self.dice.random() < 0.25:
            return text
        ending = ("С уважением,", "--", "Спасибо!") if self.language == "ru" else ("Best regards,", "--", "Thanks,")
        organisation = f"\n{self.customer.client.name}" if self.customer else ""
        return f"{text}\n\n{self.dice.choice(ending)}\n{self.requester.name}{organisation}"

    def files(self, step: Step) -> list[tickets.NewFile]:
        """What the step encloses."""
        name = step.options.get("file")
        return [attached(name, step.text, self.dice)] if name else []

    def mate(self) -> Contact:
        """The colleague of the requester's whom the story knows, or the requester."""
        mates = [mate for mate in self.customer.contacts if mate.pk != self.requester.pk] if self.customer else []
        return next((mate for mate in mates if mate.name == self.facts["mate"]), self.requester)


def _first_of(name: str) -> str:
    """How one addresses the person: name and patronymic in Russian where given that way, else the first name."""
    words = [word for word in name.split() if word != "Dr."]
    if len(words) == 3:
        return f"{words[0]} {words[1]}" if words[1].endswith(("вна", "вич")) else words[0]
    return words[0]
