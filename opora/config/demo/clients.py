"""Borea Cloud's fifteen customers: their people, addresses, phones, contracts and systems. Data and the actions."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from opora.config.demo.provider import INNER, PAUSES, PREMIUM, STANDARD, Provider
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Contact, Organisation, System
from opora.desk.kernel.actors import SYSTEM


@dataclass(frozen=True, slots=True)
class Person:
    """One of a customer's people: name, first part of the address, roles."""

    name: str
    box: str
    roles: tuple[str, ...] = ("technical",)
    phone: str = ""
    second_address: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A customer before it is written down. `systems` are (name, service, address)."""

    name: str
    domain: str
    language: str
    plan: str
    calendar: str
    people: tuple[Person, ...]
    systems: tuple[tuple[str, str, str], ...]
    zone: str = "Europe/Moscow"
    revised: bool = False


@dataclass(slots=True)
class Customer:
    """A customer as it stands in the database."""

    client: Client
    organisation: Organisation
    contacts: list[Contact] = field(default_factory=list)
    systems: list[System] = field(default_factory=list)


OWNER, TECH, BILLS = ("owner",), ("technical",), ("billing",)
CLIENTS = (
    Client(
        "Northwind Bakery", "northwind.example", "en", "premium", "always",
        (
            Person("Clara Berg", "clara", OWNER, "+442079460101"),
            Person("Carl Ness", "carl", TECH, "+442079460102", "carl.ness@home.example"),
            Person("Cleo Bird", "cleo", BILLS),
        ),
        (
            ("web1", "vps", "198.51.100.21"), ("shop-db", "databases", "198.51.100.22"),
            ("ovens-k8s", "kubernetes", "198.51.100.23"), ("northwind-mail", "mail", "198.51.100.24"),
        ),
        zone="Europe/London", revised=True,
    ),
    Client(
        "Driftwood Furniture", "driftwood.example", "en", "standard", "london",
        (Person("Dan Drift", "dan", OWNER, "+442079460111"), Person("Polly Marsh", "polly")),
        (("driftwood-web", "hosting", "198.51.100.31"), ("driftwood-mail", "mail", "198.51.100.32")),
        zone="Europe/London",
    ),
    Client(
        "Kestrel Analytics", "kestrel.example", "en", "premium", "always",
        (
            Person("Ingrid Falk", "ingrid", OWNER, "+493090182001"),
            Person("Tom Reuter", "tom", TECH, "+493090182002"),
            Person("Yusuf Demir", "yusuf"),
        ),
        (
            ("etl-01", "vps", "198.51.100.41"), ("etl-02", "vps", "198.51.100.42"),
            ("warehouse", "databases", "198.51.100.43"), ("kestrel-k8s", "kubernetes", "198.51.100.44"),
            ("raw-events", "storage", "198.51.100.45"),
        ),
        zone="Europe/Berlin",
    ),
    Client(
        "Harbour & Finch Architects", "harbourfinch.example", "en", "standard", "london",
        (Person("Rosa Finch", "rosa", OWNER), Person("Neil Okafor", "neil")),
        (("plans-rds", "windows", "198.51.100.51"), ("plans-backup", "backup", "198.51.100.52")),
        zone="Europe/London",
    ),
    Client(
        "Maple Street Dental", "maplestreet.example", "en", "standard", "berlin",
        (Person("Dr. Amelia Hart", "amelia", OWNER, "+493090182071"), Person("Jonas Pohl", "jonas")),
        (("practice-rds", "windows", "198.51.100.61"), ("maple-backup", "backup", "198.51.100.62")),
        zone="Europe/Berlin",
    ),
    Client(
        "Tidewater Games", "tidewater.example", "en", "premium", "always",
        (
            Person("Max Larsen", "max", OWNER, "+4531220045"),
            Person("Priya Nair", "priya"),
            Person("Ewa Kowalska", "ewa", BILLS),
        ),
        (
            ("lobby-1", "dedicated", "198.51.100.71"), ("lobby-2", "dedicated", "198.51.100.72"),
            ("tidewater-cdn", "cdn", "198.51.100.73"), ("scores", "databases", "198.51.100.74"),
        ),
        zone="Europe/Copenhagen",
    ),
    Client(
        "Тёплый хлеб", "teplyhleb.example", "ru", "premium", "always",
        (
            Person("Марина Соболева", "soboleva", OWNER, "+74951230101"),
            Person("Алексей Дронов", "dronov", TECH, "+74951230102"),
            Person("Ольга Мещерякова", "buh", BILLS, "+74951230103"),
        ),
        (
            ("1c-terminal", "windows", "203.0.113.11"), ("kassa-db", "databases", "203.0.113.12"),
            ("teplyhleb-web", "vps", "203.0.113.13"), ("hleb-backup", "backup", "203.0.113.14"),
        ),
    ),
    Client(
        "Полюс Логистика", "poluslog.example", "ru", "premium", "always",
        (
            Person("Денис Карпов", "karpov", OWNER, "+78123330201"),
            Person("Егор Лапин", "lapin", TECH, "+78123330202", "egor.lapin@pochta.example"),
            Person("Светлана Юдина", "yudina", BILLS),
        ),
        (
            ("tms-app", "vps", "203.0.113.21"), ("tms-db", "databases", "203.0.113.22"),
            ("vpn-sklad", "network", "203.0.113.23"), ("polus-cloud", "private-cloud", "203.0.113.24"),
        ),
    ),
    Client(
        "Клиника «Доктор Лис»", "doctorlis.example", "ru", "premium", "always",
        (
            Person("Игорь Лисицын", "lisitsyn", OWNER, "+74957770301"),
            Person("Татьяна Рябова", "ryabova", TECH, "+74957770302"),
        ),
        (("mis-app", "vps", "203.0.113.31"), ("mis-db", "databases", "203.0.113.32"), ("dcm-arhiv", "storage", "203.0.113.33")),
    ),
    Client(
        "Аптека «Ромашка»", "romashka.example", "ru", "standard", "moscow",
        (Person("Галина Ивановна Жукова", "zhukova", OWNER, "+74954440401"), Person("Роман Тихий", "admin")),
        (("romashka-site", "hosting", "203.0.113.41"), ("romashka-mail", "mail", "203.0.113.42")),
    ),
    Client(
        "Издательство «Синий кит»", "sinykit.example", "ru", "standard", "moscow",
        (
            Person("Лев Абрамович Гранин", "granin", OWNER),
            Person("Юлия Носова", "nosova", TECH),
            Person("Вадим Ершов", "ershov", BILLS),
        ),
        (("kit-web", "vps", "203.0.113.51"), ("kit-mail", "mail", "203.0.113.52"), ("makety", "storage", "203.0.113.53")),
    ),
    Client(
        "СтройМаркет Урал", "stroyural.example", "ru", "standard", "yekaterinburg",
        (
            Person("Артур Хасанов", "hasanov", OWNER, "+73433330501"),
            Person("Кирилл Бажов", "bazhov", TECH),
            Person("Вера Пермякова", "permyakova", BILLS),
        ),
        (
            ("sm-shop", "vps", "203.0.113.61"), ("sm-db", "databases", "203.0.113.62"),
            ("sm-1c", "windows", "203.0.113.63"), ("sm-cdn", "cdn", "203.0.113.64"),
        ),
        zone="Asia/Yekaterinburg",
    ),
    Client(
        "Интернет-магазин «Самовар»", "samovar.example", "ru", "standard", "moscow",
        (Person("Фёдор Чаев", "chaev", OWNER, "+74872220601"), Person("Зоя Пряникова", "zoya")),
        (
            ("samovar-vps", "vps", "203.0.113.71"), ("samovar-db", "databases", "203.0.113.72"),
            ("samovar-mail", "mail", "203.0.113.73"),
        ),
    ),
    Client(
        "Школа «Логарифм»", "logarifm.example", "ru", "standard", "moscow",
        (Person("Елена Викторовна Степанова", "stepanova", OWNER), Person("Антон Гусев", "gusev")),
        (("logarifm-moodle", "vps", "203.0.113.81"), ("logarifm-mail", "mail", "203.0.113.82")),
    ),
    Client(
        "Студия «Две линии»", "dvelinii.example", "ru", "standard", "moscow",
        (
            Person("Никита Ремизов", "remizov", OWNER, "+79161110801"),
            Person("Ася Кольцова", "asya", TECH),
        ),
        (
            ("dl-hosting", "hosting", "203.0.113.91"), ("dl-stage", "vps", "203.0.113.92"),
            ("dl-k8s", "kubernetes", "203.0.113.93"), ("dl-dns", "dns", "203.0.113.94"),
        ),
    ),
)  # fmt: skip
STRANGERS = (
    ("Samuel Pike", "sam.pike@elsewhere.example", "en"),
    ("Полина Якушева", "yakusheva.p@gdeto.example", "ru"),
    ("Юрий", "yuri@nashdom.example", "ru"),
)

# What is owed back when we fail, in percent of a monthly fee in kopecks or cents.
CREDIT = {
    "standard": {"fee": 4_900_000, "missed": 2, "outage_hour": 1, "cap": 25, "excused": ["customer_change", "licence"]},
    "premium": {"fee": 19_000_000, "missed": 5, "outage_hour": 3, "cap": 60, "excused": ["customer_change"]},
}


def sign_up_all(provider: Provider, *, founded: datetime, at: datetime) -> list[Customer]:
    """Every customer with its people, contract and systems; one contract is revised a month before `at`."""
    return [_sign_up(client, number, provider, founded, at) for number, client in enumerate(CLIENTS, start=1)]


def add_strangers(*, at: datetime) -> list[Contact]:
    """People without an organisation who wrote once."""
    return [
        customers.add_contact(organisation=None, name=name, emails=[email], language=language, by=SYSTEM, at=at)
        for name, email, language in STRANGERS
    ]


def _sign_up(client: Client, number: int, provider: Provider, founded: datetime, at: datetime) -> Customer:
    signed = founded + timedelta(days=5 * number)
    organisation = customers.sign_up(
        name=client.name,
        language=client.language,
        zone=client.zone,
        domains=[client.domain],
        by=SYSTEM,
        at=signed,
    )
    customer = Customer(client, organisation)
    version = customers.sign_contract(
        organisation=organisation,
        number=f"BC-{signed.year}-{number:03d}",
        plan=client.plan,
        targets=PREMIUM if client.plan == "premium" else STANDARD,
        pauses=PAUSES,
        inner=INNER[client.plan],
        calendar_version=provider.calendars[client.calendar],
        valid_from=signed,
        by=SYSTEM,
        at=signed,
        credit=CREDIT[client.plan] | {"currency": "RUB" if client.language == "ru" else "EUR"},
    )
    if client.revised:
        month_ago = at - timedelta(days=30)
        customers.revise_contract(
            version.contract,
            targets=PREMIUM | {"first_reply": {"high": "10m", "medium": "45m", "low": "3h"}},
            calendar_version=provider.calendars[client.calendar],
            valid_from=month_ago,
            by=provider.staff["konstantin"].actor,
            at=month_ago,
            why="Quicker answers agreed for the shop's second year.",
        )
    customer.contacts = [_add_person(person, customer, signed) for person in client.people]
    customer.systems = [
        customers.register_system(
            organisation=organisation,
            service=provider.services[service],
            name=name,
            addresses=[f"{name}.{client.domain}", address],
            accepted_at=signed,
            by=SYSTEM,
            at=signed,
        )
        for name, service, address in client.systems
    ]
    return customer


def _add_person(person: Person, customer: Customer, at: datetime) -> Contact:
    contact = customers.add_contact(
        organisation=customer.organisation,
        name=person.name,
        emails=[f"{person.box}@{customer.client.domain}"],
        phones=[person.phone] if person.phone else [],
        roles=person.roles,
        may_confirm=person.roles != BILLS,
        by=SYSTEM,
        at=at,
    )
    if person.second_address:
        customers.add_address(contact, email=person.second_address, by=SYSTEM, at=at)
    customers.give_account(contact, by=SYSTEM, at=at)
    return contact
