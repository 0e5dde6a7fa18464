"""Many tickets, one trouble: one update goes to all, each in its own thread and language, each with its own promises."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from opora.desk.channels.email.models import OutgoingLetter
from opora.desk.customers.models import Contact
from opora.desk.incidents import actions, queries
from opora.desk.incidents.models import IncidentMember, IncidentUpdate, MassIncident
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.queries import promises_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DOWN = {"subject": "The control panel is gone", "text": "Panel shows error 502 bad gateway for everybody"}
BOTH = {"text": "We found the broken switch.", "text_ru": "Мы нашли сломанный коммутатор."}


@pytest.fixture
def three(cast: Cast, monday: datetime) -> list[Ticket]:
    Contact.objects.filter(pk=cast.dan.pk).update(language="ru")
    cast.dan.refresh_from_db()
    return [cast.write(person, monday, **DOWN) for person in (cast.clara, cast.carl, cast.dan)]


@pytest.fixture
def incident(cast: Cast, three: list[Ticket], monday: datetime) -> MassIncident:
    return actions.declare(
        title="Control panel down",
        title_ru="Не работает панель",
        service=cast.hosting,
        tickets=three,
        by=cast.boris,
        at=monday + MINUTE,
    )


def test_it_finds_those_that_look_alike(cast: Cast, three: list[Ticket], monday: datetime) -> None:
    cast.write(cast.cleo, monday, subject="Invoice for August", text="The bill is missing", kind="question")
    (group,) = queries.look_alikes(cast.anna, at=monday + MINUTE)
    assert list(group.numbers) == [ticket.pk for ticket in three]
    actions.declare(title="Panel", tickets=three, by=cast.boris, at=monday + MINUTE, public=False)
    assert queries.look_alikes(cast.anna, at=monday + MINUTE) == []


def test_it_tells_all_at_once_in_their_own_threads_and_languages(
    cast: Cast, incident: MassIncident, three: list[Ticket], monday: datetime
) -> None:
    actions.tell_all(incident, stage="identified", by=cast.boris, at=monday + 9 * MINUTE, **BOTH)
    deliver_due(at=monday + 10 * MINUTE, limit=200)
    deliver_due(at=monday + 10 * MINUTE, limit=200)
    said = [ticket.messages.order_by("pk").last().text for ticket in three]  # type: ignore[union-attr]
    assert said == [BOTH["text"], BOTH["text"], BOTH["text_ru"]]
    assert {letter.ticket_id for letter in OutgoingLetter.objects.filter(kind="reply")} == {one.pk for one in three}
    for ticket in three:
        (clock,) = [one for one in promises_of(ticket) if one.promise == "first_reply"]
        assert (clock.state, clock.stopped_at) == ("kept", monday + 9 * MINUTE)
        ticket.refresh_from_db()
        assert ticket.state == "open"
    assert queries.updates_of(incident)[0].said == 3  # type: ignore[attr-defined]


def test_it_asks_for_both_languages_when_both_are_read(cast: Cast, incident: MassIncident, monday: datetime) -> None:
    with pytest.raises(Refused, match="in Russian too"):
        actions.tell_all(incident, stage="watching", text="It works.", by=cast.boris, at=monday)
    with pytest.raises(Refused, match="in English too"):
        actions.tell_all(incident, stage="watching", text="", text_ru="Работает.", by=cast.boris, at=monday)
    with pytest.raises(Refused, match="shall read"):
        actions.tell_all(incident, stage="watching", text=" ", by=cast.boris, at=monday)


def test_it_tells_a_ticket_that_joins_later_what_was_told_last(
    cast: Cast, incident: MassIncident, monday: datetime
) -> None:
    actions.tell_all(incident, stage="identified", by=cast.boris, at=monday + 2 * MINUTE, **BOTH)
    late = cast.write(cast.cleo, monday + 3 * MINUTE, **DOWN)
    actions.join(incident, ticket=late, by=cast.anna, at=monday + 4 * MINUTE)
    deliver_due(at=monday + 5 * MINUTE, limit=200)
    assert late.messages.order_by("pk").last().text == BOTH["text"]  # type: ignore[union-attr]


def test_it_lets_a_ticket_leave_and_says_nothing_more_on_it(
    cast: Cast, incident: MassIncident, three: list[Ticket], monday: datetime
) -> None:
    actions.leave(incident, ticket=three[0], by=cast.anna, at=monday + 2 * MINUTE)
    actions.tell_all(incident, stage="identified", by=cast.boris, at=monday + 3 * MINUTE, **BOTH)
    deliver_due(at=monday + 5 * MINUTE, limit=200)
    assert [ticket.messages.count() for ticket in three] == [1, 2, 2]
    assert queries.incident_of(three[0]) is None


def test_it_belongs_to_one_incident_at_a_time(
    cast: Cast, incident: MassIncident, three: list[Ticket], monday: datetime
) -> None:
    other = actions.declare(title="Another", by=cast.boris, at=monday, public=False)
    with pytest.raises(Refused, match="belongs to an incident already"):
        actions.join(other, ticket=three[0], by=cast.anna, at=monday)
    with pytest.raises(IntegrityError), transaction.atomic():
        IncidentMember.objects.create(incident=other, ticket=three[0], joined_at=monday)


def test_it_ends_by_resolving_all_with_one_cause(
    cast: Cast, incident: MassIncident, three: list[Ticket], monday: datetime
) -> None:
    tickets.change_priority(three[0], to="high", by=cast.anna, at=monday + 2 * MINUTE, why="All is gone.")
    with pytest.raises(Refused, match="Name the cause first"):
        actions.end_incident(incident, by=cast.boris, at=monday + 3 * MINUTE, **BOTH)
    found = tickets.Cause("infrastructure", "A switch.", "Port errors.")
    actions.end_incident(incident, by=cast.boris, at=monday + 3 * MINUTE, found=found, **BOTH)
    deliver_due(at=monday + 4 * MINUTE, limit=200)
    for ticket in three:
        ticket.refresh_from_db()
        assert (ticket.state, ticket.cause) == ("resolved", "infrastructure")
    with pytest.raises(Refused, match="is over"):
        actions.tell_all(incident, stage="watching", by=cast.boris, at=monday, **BOTH)


def test_it_may_end_without_resolving(
    cast: Cast, incident: MassIncident, three: list[Ticket], monday: datetime
) -> None:
    actions.end_incident(incident, by=cast.boris, at=monday + 3 * MINUTE, resolve=False, **BOTH)
    deliver_due(at=monday + 4 * MINUTE, limit=200)
    assert set(Ticket.objects.filter(pk__in=[one.pk for one in three]).values_list("state", flat=True)) == {"open"}


def test_it_lets_be_a_ticket_that_ended_meanwhile(
    cast: Cast, incident: MassIncident, three: list[Ticket], monday: datetime
) -> None:
    actions.tell_all(incident, stage="identified", by=cast.boris, at=monday + 2 * MINUTE, **BOTH)
    tickets.close(_resolved(three[0], cast, monday), by=cast.anna.actor, at=monday + 3 * MINUTE)
    deliver_due(at=monday + 5 * MINUTE, limit=200)
    assert three[0].messages.count() == 1


def _resolved(ticket: Ticket, cast: Cast, at: datetime) -> Ticket:
    tickets.resolve(ticket, by=cast.anna, at=at + 2 * MINUTE)
    return ticket


def test_it_suggests_the_incident_on_a_new_ticket(cast: Cast, incident: MassIncident, monday: datetime) -> None:
    new = cast.write(cast.cleo, monday + 20 * MINUTE, **DOWN)
    other = cast.write(cast.cleo, monday + 20 * MINUTE, subject="Add a mailbox", text="For our new colleague Ivan")
    deliver_due(at=monday + 21 * MINUTE, limit=200)
    suggested = Event.objects.filter(name="incidents.suggested").values_list("subject_id", flat=True)
    assert new.pk in suggested
    assert other.pk not in suggested


def test_it_is_not_for_operators(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused, match="does not work tickets"):
        actions.declare(title="Panel", by=cast.vera, at=monday)


def test_it_keeps_what_was_told(cast: Cast, incident: MassIncident, monday: datetime) -> None:
    actions.tell_all(incident, stage="identified", by=cast.boris, at=monday, **BOTH)
    with pytest.raises(DatabaseError), transaction.atomic():
        IncidentUpdate.objects.update(text="We said something else.")
