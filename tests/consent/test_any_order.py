"""Letters, withdrawals, edits, expiries and clocks in any order: the gate opens only on a live yes to exactly that text."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from opora.desk.consent import actions, jobs
from opora.desk.consent.actions import Told
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.consent.policies import may
from opora.desk.kernel.errors import NotHere, Refused
from tests.cast import Cast
from tests.consent.asking import asked, wanted

HOUR = timedelta(hours=1)


@dataclass
class Story:
    """What happened so far, and what we believe of it by the plainest reading."""

    cast: Cast
    now: datetime
    request: ConfirmationRequest
    tokens: list[tuple[str, str, int]]
    live: int | None = None

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        jobs.take_next_steps(self.now)

    def invite(self, _: int) -> None:
        self.request.refresh_from_db()
        address = self.cast.clara.addresses.all()[0]
        self.tokens.append((*actions.invite(self.request, address=address, at=self.now), self.request.pk))

    def press_yes(self, which: int) -> None:
        link, _, number = self.tokens[which % len(self.tokens)]
        digest = ConfirmationRequest.objects.get(pk=number).digest
        actions.answer_by_page(link, told=Told("confirmed", digest), at=self.now)
        self.live = number

    def press_yes_to_another_text(self, which: int) -> None:
        actions.answer_by_page(self.tokens[which % len(self.tokens)][0], told=Told("confirmed", "0" * 64), at=self.now)

    def write(self, which: int) -> None:
        words = ("Yes", "Yes, but", "No", "Confirmed", "")[which % 5]
        proved, automatic = which % 3 != 0, which % 7 == 0
        _, token, number = self.tokens[which % len(self.tokens)]
        answer = actions.answer_by_letter(
            token,
            sender="clara@bakery.example",
            senders=1,
            proved=proved,
            automatic=automatic,
            forwarded=False,
            words=words,
            proof={},
            at=self.now,
        )
        if answer is not None and answer.counts and answer.kind == "confirmed":
            assert proved
            assert not automatic
            assert words in {"Yes", "Confirmed"}
            self.live = number

    def take_back(self, _: int) -> None:
        self.request.refresh_from_db()
        actions.withdraw(self.request, by=self.cast.clara, at=self.now)
        self.live = None if self.live == self.request.pk else self.live

    def change(self, minutes: int) -> None:
        starts = self.now + timedelta(minutes=minutes % 90)
        self.request.refresh_from_db()
        old = self.request
        self.request = actions.ask_again(old, starts=starts, ends=starts + HOUR, by=self.cast.boris, at=self.now)
        self.live = None if self.live == old.pk else self.live

    def confirm_in_the_portal(self, _: int) -> None:
        self.request.refresh_from_db()
        told = Told("confirmed", self.request.digest)
        actions.answer_in_portal(self.request, by=self.cast.clara, told=told, at=self.now)
        self.live = self.request.pk

    def decline(self, which: int) -> None:
        self.request.refresh_from_db()
        told = Told("declined", self.request.digest, "Not now." if which % 4 else "")
        actions.answer_in_portal(self.request, by=self.cast.clara, told=told, at=self.now)

    def want_another_window(self, minutes: int) -> None:
        self.request.refresh_from_db()
        starts = self.now + timedelta(minutes=minutes)
        told = Told("other_window", self.request.digest, "Later.", starts, starts + HOUR)
        actions.answer_in_portal(self.request, by=self.cast.clara, told=told, at=self.now)

    def write_from_elsewhere(self, which: int) -> None:
        _, token, _number = self.tokens[which % len(self.tokens)]
        answer = actions.answer_by_letter(
            token,
            sender=("dan@driftwood.example", "carl@bakery.example", "")[which % 3],
            senders=1,
            proved=True,
            automatic=False,
            forwarded=which % 2 == 0,
            words="Yes",
            proof={},
            at=self.now,
        )
        assert answer is not None
        assert not answer.counts

    def take_back_ourselves(self, which: int) -> None:
        self.request.refresh_from_db()
        actions.withdraw_by_desk(self.request, by=self.cast.boris, why="Solved." if which % 4 else "", at=self.now)
        self.live = None if self.live == self.request.pk else self.live

    def try_by_other_hands(self, _: int) -> None:
        """Nobody but the engineer named, on the system named, in the way named."""
        for person in (self.cast.anna, self.cast.vera, self.cast.hanna, self.cast.clara):
            assert not may(person.actor, "change", self.cast.web1, at=self.now).granted
        assert not may(self.cast.boris.actor, "delete", self.cast.web1, at=self.now).granted
        assert not may(self.cast.boris.actor, "session.superuser", self.cast.web1, at=self.now).granted

    def strike_from_the_list(self, _: int) -> None:
        self.cast.clara.addresses.update(may_confirm=False)

    def look_at_the_gate(self) -> None:
        permission = may(self.cast.boris.actor, "change", self.cast.web1, at=self.now)
        terms = ConfirmationRequest.objects.get(pk=self.live).asked_terms if self.live else None
        expected = terms is not None and terms.starts <= self.now < terms.ends
        assert permission.granted is expected
        if permission.granted:
            request = ConfirmationRequest.objects.get(pk=permission.request)
            answer = request.answers.get(pk=permission.answer)
            assert (request.state, request.pk) == ("confirmed", self.live)
            assert (answer.counts, answer.kind, answer.digest) == (True, "confirmed", request.digest)


STEPS: tuple[Callable[[Story, int], None], ...] = (
    Story.wait,
    Story.invite,
    Story.press_yes,
    Story.press_yes_to_another_text,
    Story.write,
    Story.take_back,
    Story.change,
    Story.confirm_in_the_portal,
    Story.decline,
    Story.want_another_window,
    Story.write_from_elsewhere,
    Story.take_back_ourselves,
    Story.try_by_other_hands,
    Story.strike_from_the_list,
)
WEIGHTED = (*STEPS[:-1] * 3, STEPS[-1])


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.tuples(some.sampled_from(WEIGHTED), some.integers(0, 200)), max_size=14))
def test_the_gate_is_never_open_without_a_live_yes_to_exactly_that_text(
    cast: Cast, monday: datetime, steps: list[tuple[Callable[[Story, int], None], int]]
) -> None:
    with transaction.atomic():
        request = asked(cast, monday, starts=monday, ends=monday + 4 * HOUR)
        story = Story(cast, monday, request, [])
        story.invite(0)
        story.look_at_the_gate()
        for step, number in steps:
            with suppress(Refused, NotHere), transaction.atomic():
                step(story, number)
            story.look_at_the_gate()
        assert wanted(cast, monday, starts=monday, ends=monday + 4 * HOUR) == request.asked_terms
        transaction.set_rollback(True)
