"""Which stories happen to whom and when, so that the desk looks lived in: 400 tickets in 90 days, some 60 of them live."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from opora.config.demo.clients import Customer
from opora.config.demo.provider import Provider
from opora.config.demo.scripts import Script
from opora.config.demo.story import Story
from opora.config.demo.troubles import TICKETS as TROUBLES
from opora.desk.customers.models import Contact

TICKETS = 400 - TROUBLES
DAYS = 90
UNFINISHED = {"open": 23, "waiting_customer": 14, "waiting_vendor": 7, "resolved": 6}
NEW_AT_ONCE, NEW_EARLIER, NEW_MISSED = 9, 5, 2
_PLACELESS = frozenset({"billing", "dns", "any"})


@dataclass
class Planner:
    """Hands out stories; the same dice give the same ones."""

    scripts: list[Script]
    customers: list[Customer]
    strangers: list[Contact]
    provider: Provider
    at: datetime
    dice: Random

    def __post_init__(self) -> None:
        self._deck: Iterator[Script] = self._shuffled()

    def everything(self) -> list[Story]:
        """All the stories, in no order of time."""
        stories = [*self._new_ones(), *self._unfinished_ones()]
        count = len(stories)
        while count < TICKETS:
            script = next(self._deck)
            if count + 1 + script.extra_tickets <= TICKETS:
                stories.append(self._ended(script))
                count += 1 + script.extra_tickets
        return stories

    def _shuffled(self) -> Iterator[Script]:
        """Every script once before any comes again."""
        while True:
            deck = [script for script in self.scripts if self._fitting(script)]
            self.dice.shuffle(deck)
            yield from deck

    def _fitting(self, script: Script, plan: str = "") -> list[Customer]:
        services = set(script.head["service"].split())
        return [
            customer
            for customer in self.customers
            if customer.client.language == script.language
            and (not plan or customer.client.plan == plan)
            and (services & _PLACELESS or any(service in services for _n, service, _a in customer.client.systems))
        ]

    def _story(self, script: Script, opened_at: datetime, steps: int, share: float, plan: str = "") -> Story:
        dice = Random(self.dice.random())  # noqa: S311
        services = set(script.head["service"].split())
        if script.head.get("who") == "stranger":
            found = [who for who in self.strangers if who.language == script.language]
            return Story(script, dice.choice(found), None, self.provider, opened_at, dice, steps, share)
        customer = dice.choice(self._fitting(script, plan) or self._fitting(script))
        asking = "billing" if "billing" in services else "technical"
        contacts = [c for c in customer.contacts if asking in c.roles or "owner" in c.roles]
        systems = [s for s in customer.systems if s.service.slug in services]
        system = dice.choice(systems) if systems else None
        return Story(
            script, dice.choice(contacts), customer, self.provider, opened_at, dice, steps, share, system=system
        )

    def _share(self) -> float:
        """How much of the promised time goes by before the first answer: nearly always less than all of it."""
        return self.dice.uniform(1.1, 1.7) if self.dice.random() < 0.05 else self.dice.uniform(0.04, 0.7)

    def _ended(self, script: Script) -> Story:
        day = self.at - timedelta(days=5 + (DAYS - 5) * self.dice.random() ** 1.1)
        hour = self.dice.choice((6, 7, 7, 8, 8, 9, 9, 10, 11, 12, 12, 13, 14, 15, 17, 20, 23))
        moment = day.replace(hour=hour, minute=self.dice.randint(0, 59), second=self.dice.randint(0, 59))
        if moment.weekday() > 4 and self.dice.random() < 0.7:
            moment -= timedelta(days=2)
        return self._story(script, moment, len(script.steps), self._share())

    def _new_ones(self) -> Iterator[Story]:
        """Unanswered as of now: fresh ones of customers we serve around the clock, older ones, and two that we missed."""
        for _ in range(NEW_AT_ONCE):
            script = self._opening(plan="premium")
            minutes = {"high": 12, "medium": 55, "low": 200}[script.head["priority"]]
            yield self._story(script, self._ago(minutes=self.dice.uniform(1, minutes)), 1, 0.5, "premium")
        for _ in range(NEW_EARLIER):
            yield self._story(self._opening(), self._ago(minutes=self.dice.uniform(4, 150)), 1, 0.5, "standard")
        for _ in range(NEW_MISSED):
            yield self._story(
                self._opening(plan="premium"), self._ago(hours=self.dice.uniform(5, 9)), 1, 0.5, "premium"
            )

    def _opening(self, plan: str = "") -> Script:
        return next(s for s in self._deck if self._fitting(s, plan) and not s.head.get("who"))

    def _unfinished_ones(self) -> Iterator[Story]:
        for state, wanted in UNFINISHED.items():
            for _ in range(wanted):
                yield self._unfinished(state)

    def _unfinished(self, state: str) -> Story:
        script = next(s for s in self._deck if not s.extra_tickets and self._stops(s, state))
        steps = self.dice.choice(self._stops(script, state))
        spoken = script.steps[script.first_answer + 1 : steps]
        spent = sum((step.after for step in spoken), timedelta()) * 1.5
        spent += timedelta(hours=14) * sum(step.after >= timedelta(hours=2) for step in spoken)
        story = self._story(script, self.at, steps, self.dice.uniform(0.04, 0.7))
        story.opened_at = self.at - spent - timedelta(minutes=self.dice.randint(10, 600))
        while story.first_answer_moment(story.opened_at) > self.at - spent:
            story.opened_at -= timedelta(hours=7)
        return story

    def _stops(self, script: Script, state: str) -> list[int]:
        """After how many steps the script stands in the state, our first answer given."""
        return [
            place + 1
            for place, found in enumerate(script.states())
            if found == state
            and place >= script.first_answer
            and (state != "resolved" or place + 1 == len(script.steps))
        ]

    def _ago(self, **span: float) -> datetime:
        return self.at - timedelta(**span)
