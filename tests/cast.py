"""The people every test knows.

Anna is first line, Boris second line and shift lead, Oleg the architect, Vera works in the contact centre. Clara owns
our customer Northwind Bakery, Carl is her technical colleague, Cleo does its bills; Dan is of another customer, Driftwood,
and must see nothing of Clara's. Sam is a stranger without an organisation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from opora.desk.catalogue import actions as catalogue
from opora.desk.catalogue.models import Service
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Contact, ContractVersion, Organisation, System
from opora.desk.kernel.actors import SYSTEM
from opora.desk.people import actions as people
from opora.desk.people.models import Role, Staff, Team
from opora.desk.sla import actions as sla
from opora.desk.sla.models import CalendarVersion
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket

BEGINNING = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
TARGETS = {"first_reply": {"low": "8h", "medium": "4h", "high": "1h"}}
OFFICE = {
    "zone": "Europe/Moscow",
    "week": {day: ["09:00-13:00", "14:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
}


@dataclass
class Cast:
    """Everybody, and the things they have."""

    anna: Staff
    boris: Staff
    oleg: Staff
    vera: Staff
    hanna: Staff
    first: Team
    second: Team
    third: Team
    hosting: Service
    office: CalendarVersion
    bakery: Organisation
    driftwood: Organisation
    terms: ContractVersion
    clara: Contact
    carl: Contact
    cleo: Contact
    dan: Contact
    sam: Contact
    web1: System

    def write(self, by: Contact, at: datetime, **more: object) -> Ticket:
        """A ticket as the person would open it in the portal."""
        words: dict[str, object] = {
            "subject": "The shop is slow",
            "text": "Pages take ten seconds since the morning.",
            "kind": "incident",
            "priority": "medium",
            "service": self.hosting,
        }
        return tickets.open_ticket(requester=by, by=by.actor, at=at, **(words | more))  # type: ignore[arg-type]


STAFF = (
    ("anna", "Anna Petrova", [Role.L1]),
    ("boris", "Boris Orlov", [Role.L2]),
    ("oleg", "Oleg Stern", [Role.L3]),
    ("vera", "Vera Lis", [Role.OPERATOR]),
    ("hanna", "Hanna Weiss", [Role.HEAD, Role.ADMIN]),
)
TEAMS = (
    ("first-line", "First line", "l1"),
    ("second-line", "Second line", "l2"),
    ("third-line", "Third line", "l3"),
    ("contact-centre", "Contact centre", "contact_centre"),
)
MEMBERS = (("anna", "l1"), ("boris", "l2"), ("oleg", "l3"), ("vera", "contact_centre"))


def assemble() -> Cast:
    """The whole cast, written to the database by the rooms' own actions."""
    staff = _hire()
    teams = _form_teams(staff)
    hosting = _offer_hosting()
    office = sla.make_calendar(slug="office", name="Moscow office", terms=OFFICE, by=SYSTEM, at=BEGINNING)
    bakery, terms = _sign_up("Northwind Bakery", "B-1", "premium", office, domains=["bakery.example"])
    driftwood, _ = _sign_up("Driftwood", "D-1", "standard", office)
    addresses = ["web1.bakery.example"]
    return Cast(
        **staff,
        first=teams["l1"],
        second=teams["l2"],
        third=teams["l3"],
        hosting=hosting,
        office=office,
        bakery=bakery,
        driftwood=driftwood,
        terms=terms,
        clara=_contact("Clara Berg", "clara@bakery.example", bakery, "owner"),
        carl=_contact("Carl Ness", "carl@bakery.example", bakery, "technical"),
        cleo=_contact("Cleo Bird", "cleo@bakery.example", bakery, "billing"),
        dan=_contact("Dan Drift", "dan@driftwood.example", driftwood, "owner"),
        sam=_contact("Sam", "sam@stranger.example", None),
        web1=customers.register_system(
            organisation=bakery, service=hosting, name="web1", addresses=addresses, by=SYSTEM, at=BEGINNING
        ),
    )


def _hire() -> dict[str, Staff]:
    return {
        key: people.hire(
            email=f"{key}@provider.example",
            name=name,
            roles=roles,
            by=SYSTEM,
            at=BEGINNING,
            password=PASSWORD,
            languages=["ru", "en"],
        )
        for key, name, roles in STAFF
    }


def _form_teams(staff: dict[str, Staff]) -> dict[str, Team]:
    teams = {
        kind: people.form_team(slug=slug, name=name, kind=kind, by=SYSTEM, at=BEGINNING) for slug, name, kind in TEAMS
    }
    for member, kind in MEMBERS:
        people.join_team(staff[member], teams[kind], by=SYSTEM, at=BEGINNING, lead=member == "boris")
    return teams


def _offer_hosting() -> Service:
    group = catalogue.add_group(slug="hosting", name="Hosting", name_ru="Хостинг", by=SYSTEM, at=BEGINNING)
    names = {"name": "Virtual servers", "name_ru": "Виртуальные серверы"}
    return catalogue.add_service(group=group, slug="vps", **names, by=SYSTEM, at=BEGINNING)


def _sign_up(
    name: str, number: str, plan: str, office: CalendarVersion, domains: Sequence[str] = ()
) -> tuple[Organisation, ContractVersion]:
    organisation = customers.sign_up(name=name, language="en", by=SYSTEM, at=BEGINNING, domains=domains)
    terms = customers.sign_contract(
        organisation=organisation,
        number=number,
        plan=plan,
        targets=TARGETS,
        calendar_version=office,
        valid_from=BEGINNING,
        by=SYSTEM,
        at=BEGINNING,
    )
    return organisation, terms


def _contact(name: str, email: str, organisation: Organisation | None, *roles: str) -> Contact:
    person = customers.add_contact(
        organisation=organisation,
        name=name,
        emails=[email],
        roles=roles,
        language="en",
        may_confirm="owner" in roles,
        by=SYSTEM,
        at=BEGINNING,
    )
    if organisation is not None:
        customers.give_account(person, by=SYSTEM, at=BEGINNING, password=PASSWORD)
    return person
