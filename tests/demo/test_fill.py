"""The demo provider: complete, lived in, and the same every time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F
from pytest_django import DjangoDbBlocker

from opora.config.demo import fill as demo
from opora.desk.channels.email.models import OutgoingLetter, Recipient
from opora.desk.customers.models import Contact, Contract, ContractVersion, Organisation
from opora.desk.dispatch.escalations import policies_in_force
from opora.desk.dispatch.models import Notice, OwnEngineer, Placement
from opora.desk.incidents.models import IncidentWord, MassIncident, PlannedWork, RootCauseLetter
from opora.desk.incidents.queries import look_alikes, tickets_like
from opora.desk.kernel.models import Delivery, Event
from opora.desk.people.models import Account, Role, Staff, Team
from opora.desk.people.queries import gaps, on_duty
from opora.desk.sla.models import Clock
from opora.desk.tickets.events import REPLIED
from opora.desk.tickets.models import Handoff, Message, MessageFile, Note, Objection, SearchEntry, Ticket, TicketLink
from opora.desk.vendors.models import VendorCase
from opora.desk.web.catcher.visitors import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(600)]
AT = datetime(2026, 9, 16, 10, 30, tzinfo=UTC)


def picture() -> list[tuple[object, ...]]:
    """All that was said, in an order that does not hang on ids."""
    rows = Message.objects.values_list("ticket__subject", "at", "text", "author_staff__name", "author_contact__name")
    return sorted(rows, key=repr)


@contextmanager
def filling() -> Iterator[list[tuple[object, ...]]]:
    """The desk filled while the block lasts."""
    outer = transaction.atomic()
    outer.__enter__()
    try:
        demo.fill(at=AT)
        yield picture()
    finally:
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[list[tuple[object, ...]]]]:
    """The provider filled twice, the second time for all tests of this file, and taken back at the end."""
    with django_db_blocker.unblock():
        with filling() as first:
            pass
        with filling() as second:
            yield [first, second]


@pytest.fixture(autouse=True)
def _use(filled: list[list[tuple[object, ...]]]) -> None:
    """Every test here looks at the filled desk."""


def test_its_lines_have_duty_rules_and_escalations() -> None:
    l2 = Team.objects.get(kind="l2")
    assert [one.rotation.name for one in on_duty(l2, at=AT)] == ["Round the clock"]
    assert gaps(Team.objects.all(), since=AT, until=AT + timedelta(days=21)), "a holiday leaves a gap to be seen"
    assert Placement.objects.exists()
    assert OwnEngineer.objects.count() == 12
    assert {terms.policy.name for terms in policies_in_force()} == {"Missed promise", "Total outage"}
    assert Handoff.objects.filter(kind="up").exists() and Handoff.objects.filter(kind="close").exists()


def test_it_has_the_people_and_customers_of_a_provider() -> None:
    assert Organisation.objects.count() == 15
    assert Counter(Organisation.objects.values_list("language", flat=True)) == {"ru": 9, "en": 6}
    assert Staff.objects.filter(roles__overlap=[Role.L1, Role.L2, Role.L3]).count() == 12
    for kind in ("l1", "l2", "l3", "contact_centre", "billing", "sales", "product"):
        assert Team.objects.get(kind=kind).members.exists()
    assert set(Contract.objects.values_list("plan", flat=True)) == {"standard", "premium"}
    assert ContractVersion.objects.filter(number=2).count() == 1
    roles = Counter(role for roles in Contact.objects.values_list("roles", flat=True) for role in roles)
    assert set(roles) == {"owner", "technical", "billing"}


def test_it_has_four_hundred_tickets_over_ninety_days_and_every_state() -> None:
    assert Ticket.objects.count() == 400
    states = Counter(Ticket.objects.values_list("state", flat=True))
    assert set(states) == {"new", "open", "waiting_customer", "waiting_vendor", "resolved", "closed", "merged"}
    live = sum(states[state] for state in ("new", "open", "waiting_customer", "waiting_vendor"))
    assert 45 <= live <= 80, states
    assert min(states.values()) >= 4, states
    span = [Ticket.objects.order_by(way).values_list("opened_at", flat=True)[0] for way in ("opened_at", "-opened_at")]
    assert span[1] - span[0] > timedelta(days=80) and span[1] <= AT


def test_it_leaves_nothing_in_the_future_and_nothing_to_send() -> None:
    assert not Event.objects.filter(at__gt=AT).exists()
    assert not Message.objects.filter(at__gt=AT).exists()
    assert not Delivery.objects.exists()
    assert Notice.objects.filter(read_at__isnull=True).exists()


def test_it_sent_every_answer_of_the_last_weeks_by_letter() -> None:
    answers = Event.objects.filter(name=REPLIED, at__gt=AT - timedelta(days=20))
    letters = OutgoingLetter.objects.filter(kind=OutgoingLetter.Kind.REPLY, made_at__gt=AT - timedelta(days=20))
    assert answers.count() > 80
    assert letters.count() >= answers.count() * 0.95, "some customers can be read to by phone only"
    assert set(Recipient.objects.values_list("state", flat=True)) == {"sent"}
    assert not Recipient.objects.filter(ended_at__lt=F("letter__made_at")).exists()


def test_it_keeps_most_promises_misses_some_and_has_some_running_out() -> None:
    judged = Counter(Clock.objects.values_list("state", flat=True))
    assert judged["kept"] > 10 * judged["missed"] > 0, judged
    soon = Clock.objects.filter(state="running", due_at__lte=AT + timedelta(hours=4), due_at__gt=AT)
    assert soon.count() >= 4
    assert not Clock.objects.filter(state="running", due_at__lt=AT).exists()


def test_it_tells_believable_conversations() -> None:
    texts = list(Message.objects.filter(automatic=False).values_list("text", flat=True))
    assert not [text for text in texts if "{" in text or "}" in text]
    openings = [ticket.messages.order_by("at", "pk").first() for ticket in Ticket.objects.exclude(state="merged")]
    words = [(message.author_contact_id, message.text) for message in openings if message]
    assert len(set(words)) > len(words) * 0.97
    assert Note.objects.count() > 50
    assert MessageFile.objects.filter(file__type="image/png").exists()
    assert MessageFile.objects.filter(name__endswith=".log").exists()
    assert Message.objects.filter(automatic=True).exists()
    assert TicketLink.objects.exists() and Ticket.objects.filter(merged_into__isnull=False).exists()
    names = set(Event.objects.values_list("name", flat=True))
    assert {"tickets.handed_over", "tickets.priority_changed", "tickets.split", "tickets.merged"} <= names
    assert set(Ticket.objects.exclude(cause="").values_list("cause", flat=True)) >= {
        "infrastructure",
        "licence",
        "other",
    }
    assert set(Ticket.objects.values_list("channel", flat=True)) >= {"email", "portal", "phone"}


def test_it_shows_what_hit_many_and_what_it_led_to() -> None:
    assert Counter(MassIncident.objects.values_list("state", flat=True)) == {"open": 1, "over": 2}
    going_on = MassIncident.objects.get(state="open")
    assert going_on.members.count() == 3
    assert IncidentWord.objects.filter(update__incident=going_on, message__isnull=False).count() == 3
    assert [group.numbers for group in look_alikes(Staff.objects.get(name="Boris Orlov"), at=AT)] == []
    assert len(tickets_like(going_on, Staff.objects.get(name="Boris Orlov"), at=AT)) >= 2
    assert Counter(RootCauseLetter.objects.values_list("state", flat=True))["sent"] >= 1
    assert Objection.objects.filter(state="raised").count() == 1
    assert VendorCase.objects.filter(state="asked").count() == 1
    assert PlannedWork.objects.filter(ends_at__gt=AT).count() == 1


def test_it_finds_every_word() -> None:
    assert SearchEntry.objects.count() == 400


def test_it_lets_everybody_sign_in_with_the_one_password() -> None:
    hashes = set(Account.objects.values_list("password", flat=True))
    assert len(hashes) == 1
    assert Account.objects.get(email="anna@borea.example").check_password(PASSWORD)
    assert Account.objects.get(email="clara@northwind.example").check_password(PASSWORD)


def test_it_fills_only_an_empty_desk() -> None:
    with pytest.raises(RuntimeError, match="not empty"):
        demo.fill(at=AT)


def test_it_fills_the_same_every_time(filled: list[list[tuple[object, ...]]]) -> None:
    first, second = filled
    assert len(first) > 1500
    assert first == second
