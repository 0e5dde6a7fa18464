"""After a total outage a letter is owed: on a clock, by one, approved by another, sent into the customer's thread."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from opora.desk.channels.email.models import OutgoingLetter
from opora.desk.incidents import actions
from opora.desk.incidents.models import RootCauseLetter
from opora.desk.incidents.wording import first_words
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.sla.queries import clocks_about, open_clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.outages import outage_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FOUND = tickets.Cause("infrastructure", "A switch failed.", "Port errors on sw-3.")


@pytest.fixture
def outage(cast: Cast, monday: datetime) -> Ticket:
    ticket = cast.write(cast.clara, monday, priority="high")
    tickets.resolve(ticket, by=cast.anna, at=monday + HOUR, found=FOUND)
    deliver_due(at=monday + HOUR, limit=200)
    return ticket


@pytest.fixture
def letter(outage: Ticket) -> RootCauseLetter:
    return RootCauseLetter.objects.get(ticket=outage)


def test_it_is_owed_on_a_clock_of_its_own(letter: RootCauseLetter, monday: datetime) -> None:
    clock = open_clock("root_cause", ("root_cause", letter.pk))
    assert clock is not None
    assert clock.started_at == monday + HOUR
    assert clock.target_seconds == 24 * 3600


def test_it_is_owed_for_total_outages_only(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday, priority="low")
    tickets.resolve(ticket, by=cast.anna, at=monday)
    deliver_due(at=monday, limit=100)
    assert not RootCauseLetter.objects.exists()


def test_it_begins_in_the_customers_language_with_what_we_know(cast: Cast, outage: Ticket) -> None:
    english = first_words(outage_of(outage))
    for words in ("Hello Clara Berg,", "A switch failed.", "Port errors on sw-3.", "it lasted 1 h"):
        assert words in english
    Ticket.objects.filter(pk=outage.pk).update(language="ru")
    outage.refresh_from_db()
    assert "Здравствуйте" in first_words(outage_of(outage))


def test_it_is_sent_only_when_another_approved_it(
    cast: Cast, letter: RootCauseLetter, outage: Ticket, monday: datetime
) -> None:
    with pytest.raises(Refused, match="Write the letter first"):
        actions.propose_letter(letter, by=cast.boris, at=monday)
    actions.write_letter(letter, text="It was a switch.", by=cast.boris, at=monday + 2 * HOUR)
    with pytest.raises(Refused, match="Nobody has proposed"):
        actions.approve_letter(letter, by=cast.hanna, at=monday + 2 * HOUR)
    actions.propose_letter(letter, by=cast.boris, at=monday + 2 * HOUR)
    for person in (cast.boris, cast.anna):
        with pytest.raises(Refused, match="never its own author"):
            actions.approve_letter(letter, by=person, at=monday + 2 * HOUR)
    tickets.close(outage, by=cast.clara.actor, at=monday + 2 * HOUR)
    actions.approve_letter(letter, by=cast.hanna, at=monday + 3 * HOUR)
    deliver_due(at=monday + 3 * HOUR, limit=200)
    outage.refresh_from_db()
    assert outage.state == "closed"
    assert outage.messages.order_by("pk").last().text == "It was a switch."  # type: ignore[union-attr]
    assert [clock.state for clock in clocks_about(("root_cause", letter.pk))] == ["kept"]
    raw = bytes(OutgoingLetter.objects.filter(kind="reply").latest("pk").raw).decode()
    assert "It was a switch." in raw


def test_it_goes_back_with_words(cast: Cast, letter: RootCauseLetter, monday: datetime) -> None:
    actions.write_letter(letter, text="It broke.", by=cast.anna, at=monday)
    actions.propose_letter(letter, by=cast.anna, at=monday)
    with pytest.raises(Refused, match="not open for writing"):
        actions.write_letter(letter, text="More.", by=cast.anna, at=monday)
    with pytest.raises(Refused, match="Say what is missing"):
        actions.return_letter(letter, words=" ", by=cast.boris, at=monday)
    actions.return_letter(letter, words="What do we change?", by=cast.boris, at=monday)
    letter.refresh_from_db()
    assert (letter.state, letter.returned_words) == ("owed", "What do we change?")


def test_it_holds_the_second_person_in_the_database_too(cast: Cast, letter: RootCauseLetter, monday: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RootCauseLetter.objects.update(state="sent")
    with pytest.raises(IntegrityError), transaction.atomic():
        RootCauseLetter.objects.update(author=cast.anna, approved_by=cast.anna)


def test_it_waits_while_the_ticket_is_open_again(
    cast: Cast, letter: RootCauseLetter, outage: Ticket, monday: datetime
) -> None:
    tickets.reopen(outage, by=cast.clara.actor, at=monday + 2 * HOUR, why="It is down again.")
    deliver_due(at=monday + 2 * HOUR, limit=200)
    assert open_clock("root_cause", ("root_cause", letter.pk)) is None
    tickets.resolve(outage, by=cast.anna, at=monday + 3 * HOUR)
    deliver_due(at=monday + 3 * HOUR, limit=200)
    clock = open_clock("root_cause", ("root_cause", letter.pk))
    assert clock is not None
    assert clock.started_at == monday + 3 * HOUR
