"""A total outage has a cause, with evidence (process rule 6): in the action and in the database."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from opora.desk.catalogue.vendors import add_vendor
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Licence
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.tickets import actions, queries, states
from opora.desk.tickets.actions import Cause
from opora.desk.tickets.models import CauseFinding, Ticket
from opora.desk.tickets.outages import by_cause, outages_between
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SWITCH = Cause("infrastructure", "A switch failed.", "Port errors on sw-3 from 09:58.")


@pytest.fixture
def outage(cast: Cast, monday: datetime) -> Ticket:
    return cast.write(cast.clara, monday, priority="high", system=cast.web1)


def licence(cast: Cast, until: date, at: datetime) -> Licence:
    return customers.note_licence(cast.web1, product="RDS licences", valid_until=until, by=SYSTEM, at=at)


def test_it_asks_for_evidence(cast: Cast, outage: Ticket, monday: datetime) -> None:
    with pytest.raises(Refused, match="Name the cause first"):
        actions.resolve(outage, by=cast.boris, at=monday)
    with pytest.raises(Refused, match="what shows it"):
        actions.resolve(outage, by=cast.boris, at=monday, found=Cause("infrastructure", "A switch."))
    actions.resolve(outage, by=cast.boris, at=monday + HOUR, found=SWITCH)
    assert (outage.state, outage.cause) == (states.RESOLVED, "infrastructure")


def test_it_takes_a_cause_named_before(cast: Cast, outage: Ticket, monday: datetime) -> None:
    actions.name_cause(outage, found=SWITCH, by=cast.boris, at=monday)
    actions.name_cause(outage, found=Cause("other", "A digger.", "A photo."), by=cast.boris, at=monday + HOUR)
    actions.resolve(outage, by=cast.boris, at=monday + HOUR)
    finding = queries.finding_of(outage)
    assert finding is not None
    assert (finding.cause, outage.cause_words) == ("other", "A digger.")
    assert CauseFinding.objects.count() == 2


def test_it_holds_the_evidence_in_the_database_too(cast: Cast, outage: Ticket, monday: datetime) -> None:
    with pytest.raises(IntegrityError, match="only with the evidence"), transaction.atomic():
        Ticket.objects.filter(pk=outage.pk).update(state=states.RESOLVED, cause="infrastructure")
    actions.name_cause(outage, found=SWITCH, by=cast.boris, at=monday)
    with pytest.raises(IntegrityError, match="only with the evidence"), transaction.atomic():
        Ticket.objects.filter(pk=outage.pk).update(state=states.RESOLVED, cause="other")
    with pytest.raises(DatabaseError), transaction.atomic():
        CauseFinding.objects.update(evidence="Something else.")
    with pytest.raises(IntegrityError), transaction.atomic():
        CauseFinding.objects.create(
            ticket=outage, cause="licence", evidence="They said so.", found_by=cast.boris, found_at=monday
        )


def test_it_suggests_a_licence_that_ran_out_before(cast: Cast, outage: Ticket, monday: datetime) -> None:
    licence(cast, date(2026, 12, 31), monday - 99 * HOUR)
    assert queries.expired_licences(outage) == []
    Licence.objects.create(
        system=cast.web1, product="SQL Server", valid_until=date(2026, 9, 13), noted_at=monday - 99 * HOUR
    )
    assert [one.product for one in queries.expired_licences(outage)] == ["SQL Server"]


def test_it_checks_the_licence_against_the_dates_we_hold(cast: Cast, outage: Ticket, monday: datetime) -> None:
    good = licence(cast, date(2026, 12, 31), monday - 99 * HOUR)
    for wrong, words in ((None, "Choose the licence"), (good, "had not run out")):
        with pytest.raises(Refused, match=words):
            found = Cause("licence", evidence="They said so.", licence=wrong)
            actions.resolve(outage, by=cast.boris, at=monday, found=found)
    gone = customers.note_licence(cast.web1, product="SQL", valid_until=date(2026, 9, 13), by=SYSTEM, at=monday + HOUR)
    actions.resolve(outage, by=cast.boris, at=monday + HOUR, found=Cause("licence", evidence="Log.", licence=gone))
    assert outage.cause == "licence"


def test_it_never_takes_another_customers_licence(cast: Cast, monday: datetime) -> None:
    licence(cast, date(2026, 9, 1), monday - 99 * HOUR)
    dans = cast.write(cast.dan, monday, priority="high")
    assert queries.expired_licences(dans) == []


def test_it_names_the_vendor(cast: Cast, outage: Ticket, monday: datetime) -> None:
    with pytest.raises(Refused, match="Name the vendor"):
        actions.name_cause(outage, found=Cause("vendor", evidence="Their letter."), by=cast.oleg, at=monday)
    vendor = add_vendor(name="Disk Works", emails=["support@disks.example"], by=SYSTEM, at=monday)
    found = Cause("vendor", evidence="Their letter.", vendor=vendor)
    assert actions.name_cause(outage, found=found, by=cast.oleg, at=monday).vendor == vendor


def test_it_keeps_the_kind_of_what_has_ended(cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday, kind="request", priority="high")
    actions.resolve(ticket, by=cast.anna, at=monday)
    with pytest.raises(Refused, match="has ended"):
        actions.change_kind(ticket, to="incident", by=cast.anna, at=monday)


def test_it_reports_by_cause_and_period_with_what_is_owed(cast: Cast, monday: datetime) -> None:
    customers.revise_contract(
        cast.terms.contract,
        targets=cast.terms.targets,
        calendar_version=cast.office,
        valid_from=monday - HOUR,
        by=SYSTEM,
        at=monday - HOUR,
        why="Money back.",
        credit={"fee": 500_000, "currency": "RUB", "missed": 5, "outage_hour": 2, "cap": 50, "excused": []},
    )
    outage = cast.write(cast.clara, monday, priority="high")
    actions.resolve(outage, by=cast.boris, at=monday + 3 * HOUR, found=SWITCH)
    cast.write(cast.dan, monday, priority="high")
    found = outages_between(cast.hanna, monday, monday + 9 * HOUR)
    assert [(one.ticket.pk, one.credit.hours, one.credit.amount) for one in found] == [(outage.pk, 3, 30_000)]
    line = next(one for one in by_cause(found) if one.cause == "infrastructure")
    assert (line.count, line.lasted, line.owed) == (1, 3 * HOUR, {"RUB": 30_000})
    assert outages_between(cast.hanna, monday + 9 * HOUR, monday + 99 * HOUR) == []
